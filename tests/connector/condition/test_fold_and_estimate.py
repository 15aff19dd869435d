"""Folding readings into BatteryPass 4.0.0 and the simplest estimates."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.condition.estimators import PRECISION, state_of_certified_energy, state_of_health
from connector.condition.fold import PLACES, fold, touched, unplaced
from connector.condition.quantities import QUANTITIES
from connector.condition.readings import Reading
from connector.notation import exact_json, pointers
from connector.notation.problems import Conflict, Unprocessable
from connector.passport.disclosure import class_of
from connector.passport.versions import delta

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def reading(time: datetime = NOON, **quantities: str) -> Reading:
    return Reading("A", time, 1, {name: Decimal(value) for name, value in quantities.items()})


def payload() -> dict[str, Any]:
    old = "2026-11-20T10:39:13.576+01:00"
    return {
        "identification": {"category": "EV"},
        "performance": {
            "rated": {"capacity": {"value": Decimal("94.0")}},
            "dynamic": {
                "stateOfCharge": {"value": Decimal("50.0"), "time": old},
                "fullCycles": {"value": 12, "time": old},
                "energy": {"soce": {"value": Decimal("99.1"), "time": old}},
                "selfDischargingRate": Decimal("0.25"),
            },
        },
    }


def test_values_and_their_time_are_written_and_nothing_else_moves() -> None:
    before = payload()
    kept = exact_json.canonical(before)
    taken = reading(stateOfCharge="0.10000000000000000555", fullCycles="13.0", soce="98.70", selfDischargingRate="0.3")
    after = fold(before, taken)
    dynamic = after["performance"]["dynamic"]
    assert exact_json.encode(dynamic["stateOfCharge"]) == (
        b'{"value":0.10000000000000000555,"time":"2026-11-21T12:00:00Z"}'
    )
    assert dynamic["fullCycles"] == {"value": 13, "time": "2026-11-21T12:00:00Z"}
    assert type(dynamic["fullCycles"]["value"]) is int
    assert str(dynamic["energy"]["soce"]["value"]) == "98.70"
    assert dynamic["selfDischargingRate"] == Decimal("0.3")
    assert exact_json.canonical(before) == kept


def test_touched_pointers_cover_the_delta() -> None:
    taken = reading(stateOfCharge="60", soce="98", remainingCapacity="90.5", temperature="21")
    changed = {operation["path"] for operation in delta(payload(), fold(payload(), taken))}
    assert all(
        any(path == at or path.startswith(at + "/") or at.startswith(path) for at in touched(taken)) for path in changed
    )
    assert all(pointers.resolve(fold(payload(), taken), at) for at in touched(taken))
    assert unplaced(taken) == ["temperature"]


def test_every_place_is_an_element_of_the_model_and_every_quantity_is_known() -> None:
    assert PLACES.keys() <= QUANTITIES.keys()
    for name, place in PLACES.items():
        path = ".".join(("performance", "dynamic", *place))
        assert class_of(path if name == "selfDischargingRate" else path + ".value") == 4
    assert set(QUANTITIES) - set(PLACES) == {"stateOfHealth", "temperature"}


def test_absent_elements_are_made() -> None:
    assert fold({}, reading(energyThroughput="1.5")) == {
        "performance": {
            "dynamic": {"energy": {"throughput": {"value": Decimal("1.5"), "time": "2026-11-21T12:00:00Z"}}}
        }
    }


def test_a_reading_of_the_same_moment_is_folded_and_an_older_one_refused() -> None:
    first = fold(payload(), reading(stateOfCharge="60"))
    assert fold(first, reading(stateOfCharge="61"))["performance"]["dynamic"]["stateOfCharge"]["value"] == 61
    with pytest.raises(Conflict) as refusal:
        fold(first, reading(NOON - timedelta(microseconds=1), stateOfCharge="61"))
    assert refusal.value.code == "condition/older-than-passport"
    assert refusal.value.pointer == "/performance/dynamic/stateOfCharge/time"


def test_a_recorded_time_that_cannot_be_compared_does_not_block() -> None:
    for time in ["2099-01-01T00:00:00", "noon", None, 5]:
        document = {"performance": {"dynamic": {"stateOfCharge": {"value": 1, "time": time}}}}
        assert fold(document, reading(stateOfCharge="2"))["performance"]["dynamic"]["stateOfCharge"]["value"] == 2


def test_a_reading_without_a_place_is_refused() -> None:
    with pytest.raises(Unprocessable) as refusal:
        fold(payload(), reading(temperature="21", stateOfHealth="97"))
    assert refusal.value.code == "condition/no-place"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], ""),
        ({"performance": []}, "/performance"),
        ({"performance": {"dynamic": "x"}}, "/performance/dynamic"),
        ({"performance": {"dynamic": {"stateOfCharge": 5}}}, "/performance/dynamic/stateOfCharge"),
    ],
)
def test_payloads_of_another_shape_are_refused(document: Any, pointer: str) -> None:
    with pytest.raises(Unprocessable) as refusal:
        fold(document, reading(stateOfCharge="50"))
    assert (refusal.value.code, refusal.value.pointer) == ("condition/payload-shape", pointer)


@pytest.mark.parametrize(
    ("remaining", "rated", "expected"),
    [
        ("90.5", "94.0", "96.3"),
        ("0", "94", "0.0"),
        ("94", "94", "100.0"),
        ("95", "94", "101.1"),
        ("0.0005", "1", "0.0"),
        ("0.0015", "1", "0.2"),
        ("1", "3", "33.3"),
    ],
)
def test_share_of_the_rated_value(remaining: str, rated: str, expected: str) -> None:
    for estimate in (
        state_of_health(Decimal(remaining), Decimal(rated)),
        state_of_certified_energy(Decimal(remaining), Decimal(rated)),
    ):
        assert str(estimate.value) == expected
        assert (estimate.unit, estimate.precision) == ("percent", PRECISION)


def test_the_two_measures_keep_their_names() -> None:
    one, two = Decimal(1), Decimal(2)
    assert state_of_health(one, two).quantity == "stateOfHealth"
    assert state_of_certified_energy(one, two).quantity == "soce"
    assert state_of_health(one, two).method != state_of_certified_energy(one, two).method


@pytest.mark.parametrize(
    ("remaining", "rated"), [("1", "0"), ("1", "-1"), ("-1", "1"), ("NaN", "1"), ("1", "Infinity"), ("1e60", "1")]
)
def test_shares_without_meaning_are_refused(remaining: str, rated: str) -> None:
    with pytest.raises(Unprocessable) as refusal:
        state_of_health(Decimal(remaining), Decimal(rated))
    assert refusal.value.code == "condition/estimate"
