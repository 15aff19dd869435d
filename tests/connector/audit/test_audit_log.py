"""The audit chain: entries in their final form, every way to spoil a log, heads, comparison of two logs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.audit import chain, comparison, entries, heads
from connector.notation import exact_json
from connector.notation.problems import Invalid, Problem

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8) | st.decimals(-1000, 1000, places=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
details = st.dictionaries(st.text(max_size=8), json_values, max_size=4)


def log(*events: tuple[str, dict[str, Any]], subject: str = "agreement-1") -> list[entries.Entry]:
    """A whole log of `events` (name, detail)."""
    made: list[entries.Entry] = []
    for number, (event, detail) in enumerate(events, start=1):
        made.append(
            entries.entry(
                sequence=number,
                previous_hash=made[-1].hash if made else entries.GENESIS_HASH,
                time=NOW + timedelta(seconds=number),
                actor="node",
                event=event,
                subject=subject,
                detail=detail,
            )
        )
    return made


def plain(count: int) -> list[entries.Entry]:
    return log(*((f"event.{number}", {"n": number}) for number in range(count)))


def changed(one: entries.Entry, **members: Any) -> entries.Entry:
    return msgspec.structs.replace(one, **members)


def rehashed(one: entries.Entry, **members: Any) -> entries.Entry:
    """Altered by somebody who knows how to hash."""
    spoiled = changed(one, **members)
    return changed(spoiled, hash=entries.digest_of(spoiled))


def codes(found: list[Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in found]


# --- entries ----------------------------------------------------------------------------------------------------------


def test_the_form_of_an_entry_is_final() -> None:
    """Pinned: a change here would break every chain that was ever written."""
    one = entries.entry(
        sequence=1,
        previous_hash=entries.GENESIS_HASH,
        time=NOW.astimezone(timezone(timedelta(hours=9))),
        actor="key:ops",
        event="passport.published",
        subject="urn:x",
        detail={"b": Decimal("0.10"), "a": [1, None, "ü"]},
    )
    content = (
        '{"actor":"key:ops","detail":{"a":[1,null,"ü"],"b":0.10},"event":"passport.published","previousHash":"sha256:'
        + "0" * 64
        + '","sequence":1,"subject":"urn:x","time":"2026-11-21T06:00:00.000000Z"}'
    )
    assert entries.content(one).decode() == content
    assert one.hash == "sha256:" + hashlib.sha256(b"\x00" + content.encode()).hexdigest()
    assert one.leaf.hex() == one.hash.removeprefix("sha256:")
    assert set(entries.as_dict(one)) == {
        "sequence",
        "previousHash",
        "time",
        "actor",
        "event",
        "subject",
        "detail",
        "hash",
    }


def test_amounts_keep_their_digits_through_the_store() -> None:
    one = log(("x", {"amount": Decimal("0.10000000000000000555")}))[0]
    stored = exact_json.encode(one)
    assert b"0.10000000000000000555" in stored
    assert entries.read_entry(stored) == one
    assert chain.verify([entries.read_entry(stored)]) == []


@given(details)
def test_every_entry_survives_storing(detail: dict[str, Any]) -> None:
    one = log(("x", detail))[0]
    again = entries.read_entry(exact_json.encode(one))
    assert again == one
    assert entries.read_entry(entries.as_dict(one)) == one
    assert entries.digest_of(again) == again.hash


def test_later_changes_of_the_detail_do_not_reach_the_entry() -> None:
    detail: dict[str, Any] = {"list": [1]}
    one = log(("x", detail))[0]
    detail["list"].append(2)
    assert one.detail == {"list": [1]}


@pytest.mark.parametrize("detail", [{"a": object()}, {"a": {1, 2}.__iter__()}, {"a": Decimal("NaN")}, {"a": "\ud800"}])
def test_what_json_cannot_hold_is_refused(detail: dict[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        log(("x", detail))
    assert caught.value.code in ("audit/detail", "json/syntax")


@pytest.mark.parametrize(
    "members",
    [{"sequence": 0}, {"previous_hash": ""}, {"previous_hash": "sha256:" + "A" * 64}, {"time": datetime(2026, 1, 1)}],  # noqa: DTZ001
)
def test_an_entry_without_its_place_is_a_fault_of_the_caller(members: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {
        "sequence": 1,
        "previous_hash": entries.GENESIS_HASH,
        "time": NOW,
        "actor": "a",
        "event": "e",
        "subject": "s",
        "detail": {},
    }
    with pytest.raises(ValueError, match=r"audit entry|no place"):
        entries.entry(**(arguments | members))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"hash": "md5:1"}, "audit/entry"),
        ({"hash": "sha256:" + "0" * 63 + "\n"}, "audit/entry"),
        ({"previousHash": ""}, "audit/entry"),
        ({"time": "2026-11-21"}, "audit/entry"),
        ({"sequence": 0}, "audit/entry"),
        ({"sequence": "1"}, "json/shape"),
        ({"detail": []}, "json/shape"),
        ({"more": 1}, "json/shape"),
        ({"actor": None}, "json/shape"),
    ],
)
def test_what_is_no_entry_is_refused(members: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        entries.read_entry(entries.as_dict(plain(1)[0]) | members)
    assert caught.value.code == code


# --- the chain --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_whole_log_has_no_findings(count: int) -> None:
    assert chain.verify(plain(count)) == []


def test_a_part_is_verified_after_the_entry_before_it() -> None:
    whole = plain(6)
    assert chain.verify(whole[3:], after=whole[2]) == []
    assert codes(chain.verify(whole[3:])) == [("audit/gap", "/0")]
    stranger = changed(whole[2], hash=whole[1].hash)
    assert codes(chain.verify(whole[3:], after=stranger)) == [("audit/wrong-previous", "/0")]


@pytest.mark.parametrize(
    "members",
    [
        {"actor": "x"},
        {"event": "x"},
        {"subject": "x"},
        {"detail": {"n": 9}},
        {"detail": {"n": Decimal("2.0")}},
        {"time": "2026-11-21T06:00:09.000000Z"},
        {"hash": "sha256:" + "1" * 64},
    ],
)
def test_an_altered_entry_is_named(members: dict[str, Any]) -> None:
    spoiled = plain(5)
    spoiled[2] = changed(spoiled[2], **members)
    found = chain.verify(spoiled)
    assert codes(found)[0] == ("audit/altered", "/2")
    assert "3" in found[0].message
    assert {code for code, _ in codes(found)[1:]} <= {"audit/wrong-previous"}


def test_an_altered_and_rehashed_entry_is_betrayed_by_the_next() -> None:
    spoiled = plain(5)
    spoiled[2] = rehashed(spoiled[2], actor="somebody else")
    found = chain.verify(spoiled)
    assert codes(found) == [("audit/wrong-previous", "/3")]
    assert found[0].wanted == spoiled[2].hash


def test_an_altered_first_link_is_found() -> None:
    spoiled = plain(2)
    spoiled[0] = rehashed(spoiled[0], previous_hash="sha256:" + "1" * 64)
    assert codes(chain.verify(spoiled)) == [("audit/wrong-previous", "/0"), ("audit/wrong-previous", "/1")]


@pytest.mark.parametrize(
    ("gone", "place", "named"),
    [((0,), 0, "1"), ((2,), 2, "3"), ((2, 3), 2, "3-4"), ((0, 1, 2), 0, "1-3")],
)
def test_missing_entries_are_named(gone: tuple[int, ...], place: int, named: str) -> None:
    left = [one for number, one in enumerate(plain(6)) if number not in gone]
    found = chain.verify(left)
    assert codes(found) == [("audit/gap", f"/{place}")]
    assert f"entries {named} are missing" in found[0].message


def test_exchanged_entries_are_reordered_not_missing() -> None:
    whole = plain(5)
    whole[1], whole[3] = whole[3], whole[1]
    assert {code for code, _ in codes(chain.verify(whole))} == {"audit/reordered"}
    assert [finding.found for finding in chain.verify(whole)] == [3, 2]


def test_a_gap_beside_a_reordering_names_only_what_is_gone() -> None:
    whole = plain(6)
    found = chain.verify([whole[0], whole[4], whole[1], whole[3], whole[5]])
    assert "entries 3 are missing before entry 5" in found[0].message
    assert [code for code, _ in codes(found)] == ["audit/gap", "audit/reordered", "audit/reordered"]


def test_a_repeated_entry_is_named() -> None:
    whole = plain(3)
    assert codes(chain.verify([*whole[:2], whole[1], whole[2]])) == [("audit/repeated", "/2")]


@given(st.integers(2, 8), st.data())
def test_any_single_change_of_a_log_is_found(count: int, data: st.DataObject) -> None:
    """Whatever is altered, dropped, exchanged or doubled gives a finding; the head guards the end."""
    whole = plain(count)
    signed = heads.head(whole, log="did:web:x", now=NOW)
    place = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(0, count - 1).filter(lambda number: number != place))
    spoiled = list(whole)
    match data.draw(st.sampled_from(["alter", "rehash", "drop", "exchange", "double"])):
        case "alter":
            spoiled[place] = changed(spoiled[place], actor="mallory")
        case "rehash":
            spoiled[place] = rehashed(spoiled[place], actor="mallory")
        case "drop":
            del spoiled[place]
        case "exchange":
            spoiled[place], spoiled[other] = spoiled[other], spoiled[place]
        case "double":
            spoiled.insert(other, spoiled[place])
    assert chain.verify(spoiled) or heads.check(signed, spoiled)


# --- heads ------------------------------------------------------------------------------------------------------------


def test_a_head_says_how_long_the_log_was() -> None:
    whole = plain(5)
    claims = heads.head(whole, log="did:web:x", now=NOW)
    assert (claims["iss"], claims["iat"], claims["size"]) == ("did:web:x", int(NOW.timestamp()), 5)
    assert claims["last"] == whole[-1].hash
    assert heads.check(claims, whole) == []
    assert heads.check(heads.head(whole[:3], log="did:web:x", now=NOW), whole) == []
    assert heads.check(heads.head([], log="did:web:x", now=NOW), whole) == []


def test_a_log_cut_off_at_its_end_is_found_by_the_head() -> None:
    whole = plain(5)
    claims = heads.head(whole, log="did:web:x", now=NOW)
    assert chain.verify(whole[:3]) == []
    found = heads.check(claims, whole[:3])
    assert [(one.code, one.wanted, one.found) for one in found] == [("audit/truncated", 5, 3)]


def test_a_log_written_anew_is_found_by_the_head() -> None:
    claims = heads.head(plain(5), log="did:web:x", now=NOW)
    forged = log(*((f"forged.{number}", {}) for number in range(6)))
    assert chain.verify(forged) == []
    assert [one.code for one in heads.check(claims, forged)] == ["audit/head-differs"]


@pytest.mark.parametrize(
    "members", [{"size": -1}, {"size": True}, {"size": "5"}, {"root": None}, {"last": "sha256:1"}, {"root": "A" * 71}]
)
def test_what_is_no_head_is_refused(members: dict[str, Any]) -> None:
    claims = heads.head(plain(1), log="did:web:x", now=NOW) | members
    with pytest.raises(Invalid) as caught:
        heads.check(claims, plain(1))
    assert caught.value.code == "audit/head"


# --- two logs ---------------------------------------------------------------------------------------------------------

SENT = (
    "message.sent",
    {"agreementId": "agreement-1", "messageId": "m1", "digest": "sha256:a", "messageType": "agreement"},
)
RECEIVED = ("message.received", SENT[1])
LOCAL = ("policy.decided", {"agreementId": "agreement-1", "reason": "mine alone"})


@dataclass
class Case:
    """One way in which two logs may stand to each other."""

    ours: list[entries.Entry]
    theirs: list[entries.Entry]
    expected: list[tuple[str, str]]


CASES = {
    "alike": Case(log(SENT), log(LOCAL, RECEIVED), []),
    "only ours": Case(log(SENT), log(LOCAL), [("audit/one-sided", "/messageId/m1")]),
    "only theirs": Case([], log(RECEIVED), [("audit/one-sided", "/messageId/m1")]),
    "another digest": Case(
        log(SENT),
        log(("message.received", {**SENT[1], "digest": "sha256:b"})),
        [("audit/disagree", "/messageId/m1/digest")],
    ),
    "one says less": Case(log(SENT), log(("message.received", {"messageId": "m1"})), []),
    "stated in two entries": Case(
        log(("a", {"messageId": "m1"}), ("b", {"messageId": "m1", "outcome": "refused"})),
        log(("c", {"messageId": "m1", "outcome": "accepted"})),
        [("audit/disagree", "/messageId/m1/outcome")],
    ),
    "pulls": Case(
        log(("pull.permitted", {"pullId": "p1", "digest": "sha256:a"})),
        log(("pull.arrived", {"pullId": "p1", "digest": "sha256:c"})),
        [("audit/disagree", "/pullId/p1/digest")],
    ),
    "neither": Case([], log(SENT, subject="agreement-2")[:0], [("audit/nothing", "")]),
}


@pytest.mark.parametrize("name", CASES)
def test_two_logs_are_compared(name: str) -> None:
    case = CASES[name]
    found = comparison.compare(case.ours, case.theirs, agreement_id="agreement-1")
    assert codes(found) == case.expected


def test_other_agreements_do_not_matter() -> None:
    other = log(("message.sent", {"messageId": "m9"}), subject="agreement-2")
    assert comparison.compare(log(SENT), [*log(RECEIVED), *other], agreement_id="agreement-1") == []


def test_the_finding_says_who_has_and_who_lacks() -> None:
    found = comparison.compare([], log(RECEIVED), agreement_id="agreement-1", names=("provider", "consumer"))
    assert found[0].message.startswith("consumer has message.received")
    assert found[0].message.endswith("provider has nothing of it")
