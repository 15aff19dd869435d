"""Readings: one canonical form, a signature over all of it, plausible alone and after the one before."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given
from hypothesis import strategies as st

from connector.condition.quantities import QUANTITIES
from connector.condition.readings import Reading, accept, check, read_statement, sign_bytes
from connector.notation import exact_json
from connector.notation.problems import Conflict, Invalid, Problem, Refused, TooLarge, Unprocessable

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


def reading(**changes: Any) -> Reading:
    values: dict[str, Any] = {
        "unit_id": "0123456789ABCDEFG",
        "time": NOW - timedelta(minutes=1),
        "sequence": 7,
        "quantities": {"stateOfCharge": Decimal("81.50"), "fullCycles": Decimal(45)},
    }
    return Reading(**(values | changes))


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(payload: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    head = b64(exact_json.canonical({"alg": "ES256", "kid": "battery-1"}))
    text = f"{head}.{b64(payload)}"
    r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def lenient_bytes(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def verify(statement: str) -> bytes:
    """ES256 with a base64 reader that forgives unused bits, as many JOSE libraries do."""
    head, payload, signature = statement.split(".")
    raw = lenient_bytes(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    KEY.public_key().verify(der, f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    return lenient_bytes(payload)


def test_a_signed_reading_is_accepted_with_every_digit() -> None:
    accepted = accept(signed(sign_bytes(reading())), verify=verify, now=NOW)
    assert accepted == reading()
    assert str(accepted.quantities["stateOfCharge"]) == "81.50"


def test_canonical_bytes_are_these() -> None:
    assert sign_bytes(reading(method="edge/1")) == (
        b'{"method":"edge/1","quantities":{"fullCycles":45,"stateOfCharge":81.50},"sequence":7,'
        b'"time":"2026-11-21T11:59:00Z","unit":"0123456789ABCDEFG"}'
    )


def test_every_flipped_bit_is_refused() -> None:
    statement = signed(sign_bytes(reading())).encode("ascii")
    for place in range(len(statement)):
        for bit in range(8):
            flipped = statement[:place] + bytes([statement[place] ^ (1 << bit)]) + statement[place + 1 :]
            with pytest.raises(Refused) as refusal:
                accept(flipped.decode("latin-1"), verify=verify, now=NOW)
            assert refusal.value.code == "condition/signature", (place, bit)


def test_a_foreign_key_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        accept(signed(sign_bytes(reading()), OTHER_KEY), verify=verify, now=NOW)
    assert refusal.value.code == "condition/signature"


def test_a_verifier_that_returns_another_payload_is_not_believed() -> None:
    other = sign_bytes(reading(sequence=8))
    with pytest.raises(Refused) as refusal:
        accept(signed(sign_bytes(reading())), verify=lambda _: other, now=NOW)
    assert refusal.value.code == "condition/signature"


def test_the_verifiers_own_problem_passes_through() -> None:
    def unknown_key(_: str) -> bytes:
        raise Refused("dcp/unknown-key", "no such key")

    with pytest.raises(Refused) as refusal:
        accept(signed(sign_bytes(reading())), verify=unknown_key, now=NOW)
    assert refusal.value.code == "dcp/unknown-key"


def must_not_be_asked(_: str) -> bytes:
    raise AssertionError("the verifier was asked")


@pytest.mark.parametrize("statement", ["", "a.b", "a.b.c.d", "a..c", "a.b.c\n", "ä.b.c", "a b.c.d", ".."])
def test_what_is_no_compact_jws_never_reaches_the_verifier(statement: str) -> None:
    with pytest.raises(Refused) as refusal:
        accept(statement, verify=must_not_be_asked, now=NOW)
    assert refusal.value.code == "condition/signature"


def test_a_huge_statement_never_reaches_the_verifier() -> None:
    with pytest.raises(TooLarge) as refusal:
        accept("a." + "b" * 9000 + ".c", verify=must_not_be_asked, now=NOW)
    assert refusal.value.code == "condition/size"


AMOUNTS = st.decimals(-(10**6), 10**6, allow_nan=False, allow_infinity=False)
READINGS = st.builds(
    Reading,
    unit_id=st.text("ABC019", min_size=1, max_size=20),
    time=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    sequence=st.integers(0, 2**53 - 1),
    quantities=st.dictionaries(st.sampled_from(sorted(QUANTITIES)), AMOUNTS, min_size=1),
    method=st.sampled_from(["", "coulomb-count/2"]),
)


@given(READINGS)
def test_reading_round_trip(original: Reading) -> None:
    payload = sign_bytes(original)
    assert read_statement(payload) == original
    assert sign_bytes(read_statement(payload)) == payload


GOOD: dict[str, Any] = {"unit": "A", "time": "2026-11-21T11:59:00Z", "sequence": 1, "quantities": {"soce": 99}}


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], ""),
        ({}, ""),
        (GOOD | {"extra": 1}, ""),
        ({name: value for name, value in GOOD.items() if name != "time"}, ""),
        (GOOD | {"unit": 5}, "/unit"),
        (GOOD | {"unit": ""}, "/unit"),
        (GOOD | {"unit": "A B"}, "/unit"),
        (GOOD | {"unit": "A\n"}, "/unit"),
        (GOOD | {"unit": "A" * 101}, "/unit"),
        (GOOD | {"method": None}, "/method"),
        (GOOD | {"time": "2026-11-21T11:59:00"}, "/time"),
        (GOOD | {"time": "2026-11-21T11:59:00+09:00"}, "/time"),
        (GOOD | {"time": "2026-02-30T11:59:00Z"}, "/time"),
        (GOOD | {"time": "２026-11-21T11:59:00Z"}, "/time"),
        (GOOD | {"time": 1}, "/time"),
        (GOOD | {"sequence": True}, "/sequence"),
        (GOOD | {"sequence": -1}, "/sequence"),
        (GOOD | {"sequence": 2**53}, "/sequence"),
        (GOOD | {"sequence": Decimal("1.5")}, "/sequence"),
        (GOOD | {"quantities": {}}, "/quantities"),
        (GOOD | {"quantities": [1]}, "/quantities"),
        (GOOD | {"quantities": {"soce": "99"}}, "/quantities/soce"),
        (GOOD | {"quantities": {"soce": True}}, "/quantities/soce"),
        (GOOD | {"quantities": {"a/b": None}}, "/quantities/a~1b"),
    ],
)
def test_payloads_of_another_shape_are_refused_with_the_place(document: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_statement(exact_json.canonical(document))
    assert (refusal.value.code, refusal.value.pointer) == ("condition/shape", pointer)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"unit":"A","time":"2026-11-21T11:59:00Z","sequence":1,"quantities":{"soce":99}}',
        b'{"quantities":{"soce":99},"sequence":1,"time":"2026-11-21T11:59:00Z","unit":"A"} ',
        b'{"quantities":{"soce":99},"sequence":1,"time":"2026-11-21T11:59:00.000000Z","unit":"A"}',
        b'{"quantities":{"soce":98,"soce":99},"sequence":1,"time":"2026-11-21T11:59:00Z","unit":"A"}',
        b'{"quantities":{"soce":9.9e1},"sequence":1,"time":"2026-11-21T11:59:00Z","unit":"A"}',
        b'{"method":"","quantities":{"soce":99},"sequence":1,"time":"2026-11-21T11:59:00Z","unit":"A"}',
        b'{"quantities":{"soce":99},"sequence":1,"time":"2026-11-21T11:59:00Z","unit":"\\u0041"}',
    ],
)
def test_other_spellings_of_a_reading_are_refused(payload: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_statement(payload)
    assert refusal.value.code == "condition/not-canonical"


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"[" * 70 + b"]" * 70, b'{"a":[[[[1]]]]}'])
def test_payloads_that_are_no_json_are_refused(payload: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_statement(payload)
    assert refusal.value.code.startswith("json/")


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        (name, [quantity.minimum, quantity.maximum], [quantity.minimum - 1, quantity.maximum + 1])
        for name, quantity in QUANTITIES.items()
    ],
)
def test_bounds_are_inclusive_and_exact(name: str, inside: list[Decimal], outside: list[Decimal]) -> None:
    for amount in inside:
        assert check(reading(quantities={name: amount}), None, NOW) == []
    for amount in [*outside, Decimal("Infinity"), Decimal("NaN"), inside[1] + Decimal("1e-15")]:
        findings = check(reading(quantities={name: amount}), None, NOW)
        assert [(f.code, f.pointer) for f in findings] == [("condition/bounds", f"/quantities/{name}")]


def test_cycles_are_whole() -> None:
    findings = check(reading(quantities={"fullCycles": Decimal("45.5")}), None, NOW)
    assert [finding.code for finding in findings] == ["condition/bounds"]
    assert check(reading(quantities={"fullCycles": Decimal("45.0")}), None, NOW) == []


def test_an_unknown_quantity_is_named() -> None:
    findings = check(reading(quantities={"mood": Decimal(1)}), None, NOW)
    assert [(f.code, f.pointer) for f in findings] == [("condition/unknown-quantity", "/quantities/mood")]


@pytest.mark.parametrize(
    ("age", "codes"),
    [
        (timedelta(minutes=-5), []),
        (timedelta(minutes=-5, seconds=-1), [("condition/future", "error")]),
        (timedelta(hours=24), []),
        (timedelta(hours=24, seconds=1), [("condition/stale", "warning")]),
    ],
)
def test_time_against_the_clock(age: timedelta, codes: list[tuple[str, str]]) -> None:
    findings = check(reading(time=NOW - age), None, NOW)
    assert [(finding.code, finding.severity) for finding in findings] == codes


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"sequence": 8}, []),
        ({"sequence": 7}, ["condition/replayed"]),
        ({"sequence": 6}, ["condition/replayed"]),
        ({"sequence": 8, "time": NOW - timedelta(minutes=2)}, ["condition/older"]),
        ({"sequence": 8, "quantities": {"fullCycles": Decimal(44)}}, ["condition/counter-decreased"]),
        ({"sequence": 8, "quantities": {"fullCycles": Decimal(45)}}, []),
        ({"sequence": 8, "quantities": {"stateOfCharge": Decimal(1)}}, []),
        ({"sequence": 8, "unit_id": "B"}, ["condition/other-unit"]),
    ],
)
def test_order_after_the_reading_before(changes: dict[str, Any], codes: list[str]) -> None:
    assert [finding.code for finding in check(reading(**changes), reading(), NOW)] == codes


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({}, Conflict, "condition/replayed"),
        ({"sequence": 9, "time": NOW - timedelta(hours=1)}, Conflict, "condition/older"),
        ({"sequence": 9, "quantities": {"fullCycles": Decimal(1)}}, Conflict, "condition/counter-decreased"),
        ({"sequence": 9, "unit_id": "B"}, Refused, "condition/other-unit"),
        ({"sequence": 9, "quantities": {"soce": Decimal(121)}}, Unprocessable, "condition/bounds"),
        ({"sequence": 9, "time": NOW + timedelta(hours=1)}, Unprocessable, "condition/future"),
    ],
)
def test_refusals_carry_the_rule_and_all_findings(changes: dict[str, Any], kind: type[Problem], code: str) -> None:
    with pytest.raises(kind) as refusal:
        accept(signed(sign_bytes(reading(**changes))), verify=verify, previous=reading(), now=NOW)
    assert refusal.value.code == code
    assert code in {finding.code for finding in refusal.value.findings}


def test_a_stale_reading_is_accepted() -> None:
    old = reading(time=NOW - timedelta(days=3))
    assert accept(signed(sign_bytes(old)), verify=verify, now=NOW) == old


def test_the_test_verifier_is_a_real_one() -> None:
    ask: Callable[[str], bytes] = verify
    with pytest.raises(InvalidSignature):
        ask(signed(b"{}", OTHER_KEY))
