"""Version records: the delta replays, the chain notices, malformed input is refused with its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation import exact_json
from connector.notation.problems import Conflict, Invalid
from connector.passport.delta import same
from connector.passport.versions import REASONS, Evidence, apply, delta, new_version, read_version, verify

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DOCUMENT = {"a": {"b": [1, 2, 3]}, "c~/d": Decimal("0.10")}

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1000, max_value=1000)
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | DECIMALS | st.text(max_size=4)
KEYS = st.sampled_from(["a", "b", "~", "/", "", "0", "-"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(JSON, JSON)
def test_delta_leads_from_before_to_after(before: Any, after: Any) -> None:
    untouched = exact_json.canonical(before)
    reached = apply(before, delta(before, after))
    assert same(reached, after)
    assert exact_json.canonical(reached) == exact_json.canonical(after)
    assert exact_json.canonical(before) == untouched


@given(JSON)
def test_nothing_changed_gives_no_operations(value: Any) -> None:
    assert delta(value, exact_json.decode(exact_json.canonical(value))) == []


@given(JSON, JSON)
def test_before_members_allow_to_go_back(before: Any, after: Any) -> None:
    operations = delta(before, after)
    assert all("before" in operation for operation in operations if operation["op"] in ("remove", "replace"))


@pytest.mark.parametrize(
    ("before", "after"), [(Decimal("0.1"), Decimal("0.10")), (True, 1), (0, False), (None, False), ("1", 1)]
)
def test_values_written_differently_are_a_change(before: Any, after: Any) -> None:
    assert delta({"x": before}, {"x": after}) == [{"op": "replace", "path": "/x", "value": after, "before": before}]


def test_one_item_put_in_front_is_one_operation() -> None:
    assert delta([1, 2, 3], [0, 1, 2, 3]) == [{"op": "add", "path": "/0", "value": 0}]


def test_array_end_is_addressed_by_a_hyphen() -> None:
    assert apply([1], [{"op": "add", "path": "/-", "value": 2}]) == [1, 2]


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({"op": "move", "from": "/a", "path": "/b"}, "passport/delta-operation"),
        ({"op": "replace", "path": "/a"}, "passport/delta-operation"),
        ({"op": "remove", "path": ""}, "passport/delta-operation"),
        ({"op": "remove", "path": 5}, "passport/delta-operation"),
        ({"op": "remove", "path": "a"}, "passport/delta-path"),
        ({"op": "remove", "path": "/missing"}, "passport/delta-path"),
        ({"op": "replace", "path": "/a/b/3", "value": 0}, "passport/delta-path"),
        ({"op": "replace", "path": "/a/b/01", "value": 0}, "passport/delta-path"),
        ({"op": "replace", "path": "/a/b/-", "value": 0}, "passport/delta-path"),
        ({"op": "replace", "path": "/a/b/-1", "value": 0}, "passport/delta-path"),
        ({"op": "add", "path": "/a/b/4", "value": 0}, "passport/delta-path"),
        ({"op": "add", "path": "/a/b/0/deep", "value": 0}, "passport/delta-path"),
        ({"op": "test", "path": "/c~0~1d", "value": Decimal("0.1")}, "passport/delta-test"),
        ({"op": "remove", "path": "/a/b/0", "before": 7}, "passport/delta-test"),
        ({"op": "replace", "path": "/a/b/0", "value": 1, "before": 7}, "passport/delta-test"),
    ],
)
def test_operations_that_do_not_fit_are_refused(operation: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        apply(DOCUMENT, [operation])
    assert refusal.value.code == code


def issue(payload: Any, **changes: Any) -> Any:
    values: dict[str, Any] = {"actor": "BPNL000000000001", "role": "manufacturer", "time": NOON, "reason": "issued"}
    return new_version(None, payload, **(values | changes))


def follow(previous: Any, payload: Any, **changes: Any) -> Any:
    values: dict[str, Any] = {"actor": "BPNL000000000001", "role": "manufacturer", "time": NOON, "reason": "corrected"}
    return new_version(previous, payload, **(values | changes))


def history() -> list[Any]:
    first = issue({"x": Decimal("1.0"), "y": [1]})
    second = follow(first, {"x": Decimal("1.00"), "y": [1]}, time=NOON + timedelta(hours=1))
    proof = Evidence("urn:uuid:1", "sha256:" + "0" * 64)
    third = follow(second, {"x": Decimal("1.00"), "y": [1, 2]}, reason="reading", time=second.time, evidence=[proof])
    return [first, second, third]


def test_versions_count_up_and_form_a_chain() -> None:
    first, second, third = history()
    assert [version.number for version in (first, second, third)] == [1, 2, 3]
    assert first.predecessor_digest == ""
    assert second.predecessor_digest == first.digest
    assert third.delta == ({"op": "add", "path": "/y/1", "value": 2},)
    assert verify([first, second, third]) == []


def test_a_record_comes_back_from_its_json_with_the_same_digest() -> None:
    for version in history():
        record = exact_json.decode(exact_json.encode(version.as_dict()))
        read = read_version(record, version.payload)
        assert read.digest == version.digest
        assert read == version


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"payload": {"x": 2}}, "passport/payload-digest"),
        ({"number": 7}, "passport/version-number"),
        ({"predecessor_digest": "sha256:" + "1" * 64}, "passport/predecessor-digest"),
        ({"time": NOON - timedelta(days=1)}, "passport/version-time"),
        ({"delta": ()}, "passport/version-delta"),
        ({"delta": ({"op": "remove", "path": "/nowhere"},)}, "passport/version-delta"),
    ],
)
def test_an_edited_record_is_noticed_with_its_place(changes: dict[str, Any], rule: str) -> None:
    first, second, third = history()
    findings = verify([first, replace(second, **changes), third])
    assert rule in {
        finding.code for finding in findings if finding.message.startswith(f"version {changes.get('number', 2)}")
    }


def test_an_edit_of_notes_breaks_the_chain_at_the_next_version() -> None:
    first, second, third = history()
    findings = verify([first, replace(second, notes="nothing to see"), third])
    assert [(finding.code, finding.pointer) for finding in findings] == [("passport/predecessor-digest", "/3")]


def test_a_version_left_out_is_noticed() -> None:
    first, _, third = history()
    assert {finding.code for finding in verify([first, third])} >= {"passport/version-number"}


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"reason": "because"}, Invalid, "passport/reason"),
        ({"reason": "issued"}, Invalid, "passport/reason"),
        ({"actor": " "}, Invalid, "passport/actor"),
        ({"role": ""}, Invalid, "passport/actor"),
        ({"time": NOON.replace(tzinfo=None)}, Invalid, "passport/time"),
        ({"time": NOON.astimezone(timezone(timedelta(hours=9)))}, Invalid, "passport/time"),
        ({"time": NOON - timedelta(microseconds=1)}, Conflict, "passport/older-than-version"),
        ({"evidence": [Evidence("x", "md5:1")]}, Invalid, "passport/evidence"),
        ({"evidence": [Evidence("", "sha256:" + "0" * 64)]}, Invalid, "passport/evidence"),
    ],
)
def test_malformed_versions_are_refused(changes: dict[str, Any], kind: type[Exception], code: str) -> None:
    with pytest.raises(kind) as refusal:
        follow(issue({"x": 1}), {"x": 2}, **changes)
    assert refusal.value.code == code  # type: ignore[attr-defined]


def test_the_first_version_is_issued_and_nothing_else() -> None:
    with pytest.raises(Invalid) as refusal:
        issue({"x": 1}, reason="reading")
    assert refusal.value.code == "passport/reason"


def test_an_unchanged_payload_needs_evidence() -> None:
    first = issue({"x": 1})
    with pytest.raises(Conflict) as refusal:
        follow(first, {"x": 1})
    assert refusal.value.code == "passport/unchanged"
    assert follow(first, {"x": 1}, evidence=[Evidence("urn:a", "sha256:" + "a" * 64)]).delta == ()


@pytest.mark.parametrize(
    "record", [{}, {"number": "x"}, {"number": 1, "time": "noon"}, {"number": 1, "time": "2026-01-01T00:00:00"}]
)
def test_broken_stored_records_are_refused(record: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        read_version(record, {})
    assert refusal.value.code == "passport/version-record"


def test_every_reason_is_explained() -> None:
    assert all(code.replace("-", "").isalpha() and text for code, text in REASONS.items())
