"""Status lists: encoding, reading in every form, judging."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.dcp import jws, status_list
from connector.dcp.status_entries import BITSTRING, STATUS_LIST_2021, StatusEntry, entry, read_entry

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
URL = "https://issuer.example/statuslist/1"
ENTRY = StatusEntry(URL, 7, "revocation")


def packed(bits: bytes) -> str:
    return base64.urlsafe_b64encode(gzip.compress(bits, mtime=0)).rstrip(b"=").decode()


def unsigned(issuer: str, bits: bytes, **members: Any) -> dict[str, Any]:
    """The plain JSON form, with the 16384 bits that the compatibility kit serves."""
    subject = {
        "id": "x",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "u" + packed(bits),
    } | members
    return {"id": "x", "type": ["BitstringStatusListCredential"], "issuer": issuer, "credentialSubject": subject}


@given(st.sets(st.integers(0, status_list.MIN_BITS - 1), max_size=50), st.booleans())
def test_what_is_encoded_is_decoded(revoked: set[int], multibase: bool) -> None:
    text = status_list.encode(revoked, multibase=multibase)
    assert text.startswith("uH4sI" if multibase else "H4sI")
    bits = status_list.decode(text)
    assert len(bits) * 8 == status_list.MIN_BITS
    found = {place * 8 + bit for place, byte in enumerate(bits) if byte for bit in range(8) if byte & 0x80 >> bit}
    assert found == revoked


def test_bit_zero_is_the_leftmost() -> None:
    assert status_list.decode(status_list.encode({0}))[0] == 0b1000_0000


def test_the_encoding_is_the_same_each_time() -> None:
    assert status_list.encode({5, 9}) == status_list.encode({9, 5})


@pytest.mark.parametrize(("revoked", "size"), [((), 131_064), ((), 131_073), ((-1,), 131_072), ((131_072,), 131_072)])
def test_lists_that_the_standard_forbids_are_not_made(revoked: tuple[int, ...], size: int) -> None:
    with pytest.raises(ValueError, match=r"status list|outside"):
        status_list.encode(revoked, size=size)


def test_padded_and_standard_base64_are_read() -> None:
    bits = bytes(range(256)) * 4
    raw = gzip.compress(bits)
    for text in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), "u" + packed(bits)):
        assert status_list.decode(text) == bits


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "dcp/status-encoding"),
        ("u", "dcp/status-encoding"),
        ("zzzz!", "dcp/status-encoding"),
        ("ä", "dcp/status-encoding"),
        (base64.urlsafe_b64encode(b"plain bytes, no gzip").decode(), "dcp/status-encoding"),
        (packed(b""), "dcp/status-encoding"),
        (packed(b"\x00" * 20_000)[:-8], "dcp/status-encoding"),
        (packed(b"\x00" * (status_list.MAX_BYTES + 1)), "dcp/status-size"),
        (packed(b"\x00" * 64 * 1024 * 1024), "dcp/status-size"),
    ],
)
def test_bad_encodings_and_bombs_are_refused(refused: Any, text: str, code: str) -> None:
    with refused(code):
        status_list.decode(text)


@pytest.mark.parametrize("kind", [STATUS_LIST_2021, BITSTRING])
def test_a_signed_list_of_either_kind_is_read(space: Any, kind: str) -> None:
    space.revoked = {7, 131_071}
    listed = space.status_list(kind=kind)
    assert jws.verify(listed.raw, space.issuer.jwk)["vc"]["type"][1] == f"{kind}Credential"
    assert [index for index in (0, 6, 7, 8, 131_071) if status_list.is_revoked(listed, index)] == [7, 131_071]
    assert (listed.issuer, listed.purpose) == (space.issuer.did, "revocation")
    assert listed.expires_at == NOW + timedelta(hours=1)
    assert read_entry(entry(URL, 7, kind=kind)) == ENTRY


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_unsigned_short_list_is_read(space: Any, wrapped: bool) -> None:
    document = unsigned(space.issuer.did, b"\x01" + bytes(2047))
    listed = status_list.read(json.dumps({"vc": document} if wrapped else document).encode())
    assert listed.raw is None
    assert status_list.is_revoked(listed, 7)
    assert not status_list.is_revoked(listed, 16_383)


@pytest.mark.parametrize("index", [-1, 16_384, 10**9])
def test_an_index_outside_the_list_is_refused(space: Any, refused: Any, index: int) -> None:
    listed = status_list.read(unsigned(space.issuer.did, bytes(2048)))
    with refused("dcp/status-index"):
        status_list.is_revoked(listed, index)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "dcp/status-malformed"),
        (b"\xff\xfe", "dcp/status-malformed"),
        (b"<html>", "dcp/status-malformed"),
        (b"[]", "dcp/status-malformed"),
        (b"{}", "dcp/status-malformed"),
        (b'{"vc":7}', "dcp/status-malformed"),
        (b'{"credentialSubject":{"type":["BitstringStatusList"]}}', "dcp/status-malformed"),
        (b'{"credentialSubject":{"type":"BitstringStatusList"}}', "dcp/status-malformed"),
        (b'{"credentialSubject":{"type":"BitstringStatusList","encodedList":7}}', "dcp/status-malformed"),
        (b"eyJ.a.b", "dcp/jws-malformed"),
    ],
)
def test_what_is_no_list_is_refused(refused: Any, body: bytes, code: str) -> None:
    with refused(code):
        status_list.read(body)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"statusPurpose": "message"}, "dcp/status-purpose"),
        ({"statusSize": 2}, "dcp/status-bits"),
        ({"encodedList": "x"}, "dcp/status-encoding"),
    ],
)
def test_lists_of_another_make_are_refused(space: Any, refused: Any, members: dict[str, Any], code: str) -> None:
    with refused(code):
        status_list.read(unsigned(space.issuer.did, bytes(2048), **members))


def test_an_unsigned_list_without_issuer_is_refused(refused: Any) -> None:
    document = unsigned("x", bytes(2048))
    del document["issuer"]
    with refused("dcp/iss"):
        status_list.read(document)


def test_a_signed_list_that_names_another_issuer_is_refused(space: Any, refused: Any) -> None:
    document = unsigned(space.third.did, bytes(2048))
    with refused("dcp/status-malformed"):
        status_list.read(space.issuer.token({"iss": space.issuer.did, "vc": document}))


def judge(space: Any, listed: status_list.StatusList, one: StatusEntry = ENTRY, now: datetime = NOW) -> None:
    status_list.check_entry(one, listed, issuer=space.issuer.did, now=now)


def test_a_clear_bit_passes_and_a_set_one_does_not(space: Any, refused: Any) -> None:
    judge(space, space.status_list())
    space.revoked.add(7)
    with refused("dcp/credential-revoked"):
        judge(space, space.status_list())
    suspended = StatusEntry(URL, 7, "suspension")
    with refused("dcp/credential-suspended"):
        judge(space, space.status_list(purpose="suspension"), suspended)


def test_a_list_of_another_issuer_says_nothing(space: Any, refused: Any) -> None:
    listed = space.status_list(issuer=space.third.did, sign=space.third.sign)
    with refused("dcp/status-issuer"):
        judge(space, listed)


def test_a_list_for_another_purpose_says_nothing(space: Any, refused: Any) -> None:
    with refused("dcp/status-purpose"):
        judge(space, space.status_list(purpose="suspension"))


@pytest.mark.parametrize(("hours", "code"), [(2, "dcp/status-expired"), (-1, "dcp/status-not-yet")])
def test_a_list_out_of_its_time_says_nothing(space: Any, refused: Any, hours: int, code: str) -> None:
    with refused(code):
        judge(space, space.status_list(), now=NOW + timedelta(hours=hours))
