"""The region: who may see what, the life of a request, totals and responses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connector.notation.problems import Invalid, Problem, Refused, Unknown, Unprocessable
from connector.pcf.ouranos import region
from connector.pcf.ouranos.aggregation import overall_rating
from connector.pcf.ouranos.models import (
    CANCEL,
    COMPLETED,
    NOT_COMPLETED,
    REJECT,
    CfpModel,
    DqrValue,
    PartsModel,
    PartsStructureModel,
    RequestStatus,
    StatusModel,
    TradeModel,
    TradeRequestModel,
    dqr_type_of,
)
from connector.pcf.ouranos.region import ANSWER, Release

A = "00000000-0000-4000-8000-0000000000aa"
B = "00000000-0000-4000-8000-0000000000bb"
C = "00000000-0000-4000-8000-0000000000cc"


def uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def part(trace: int, owner: str, *, ended: bool = False, amount: str | None = "2", unit: str = "unit") -> PartsModel:
    return PartsModel(
        trace_id=uid(trace),
        operator_id=owner,
        plant_id=uid(900),
        parts_name=f"part {trace}",
        support_parts_name=None,
        terminated_flag=ended,
        amount_required=None if amount is None else Decimal(amount),
        amount_required_unit=None if amount is None else unit,
    )


def request(
    trace: int = 1, *, trade: int | None = None, state: str | None = None, up: str = B, linked: int | None = None
) -> TradeRequestModel:
    trade_id = None if trade is None else uid(trade)
    return TradeRequestModel(
        trade_model=TradeModel(
            trade_id=trade_id,
            downstream_operator_id=A,
            downstream_trace_id=uid(trace),
            upstream_operator_id=up,
            upstream_trace_id=None if linked is None else uid(linked),
        ),
        status_model=StatusModel(
            status_id=None if trade is None else uid(trade + 1),
            trade_id=trade_id,
            request_status=RequestStatus(cfp_response_status=state),
            message="please",
            reply_message=None,
            request_type="CFP",
            response_due_date="2026-12-31",
        ),
    )


def ask(made: TradeRequestModel | None = None, **changed: Any) -> TradeRequestModel:
    arguments: dict[str, Any] = {
        "operator_id": A,
        "part": part(1, A),
        "is_known_upstream": True,
        "existing": [],
        "trade_id": uid(500),
        "status_id": uid(501),
    }
    return region.request_trade(made or request(), **(arguments | changed))


def test_a_new_request_starts_its_life() -> None:
    made = ask()
    assert made.trade_model.trade_id == made.status_model.trade_id == uid(500)
    assert made.status_model.status_id == uid(501)
    assert made.status_model.request_status == RequestStatus(
        cfp_response_status=NOT_COMPLETED, trade_tree_status="UNTERMINATED", completed_count=0, trades_count=1
    )
    assert made.status_model.message == "please"


def test_the_one_who_asks_cannot_set_what_is_not_theirs() -> None:
    forged = request(linked=7, state=COMPLETED)
    made = ask(forged)
    assert made.trade_model.upstream_trace_id is None
    assert region.state_of(made.status_model) == NOT_COMPLETED


@pytest.mark.parametrize(
    ("changed", "kind", "code"),
    [
        ({"operator_id": B}, Refused, "pcf/not-yours"),
        ({"is_known_upstream": False}, Unknown, "pcf/operator"),
        ({"part": None}, Unknown, "pcf/part"),
        ({"part": part(1, B)}, Unknown, "pcf/part"),
        ({"part": part(2, A)}, Unknown, "pcf/part"),
        ({"part": part(1, A, ended=True)}, Invalid, "pcf/trade"),
        ({"existing": [request(1, trade=10, state=NOT_COMPLETED)]}, Invalid, "pcf/trade"),
        ({"existing": [request(1, trade=10, state=COMPLETED)]}, Invalid, "pcf/trade"),
        ({"made": request(1, trade=10)}, Invalid, "pcf/trade"),
        ({"made": request(1, up=A)}, Invalid, "pcf/trade"),
    ],
)
def test_requests_that_are_refused(changed: dict[str, Any], kind: type[Problem], code: str) -> None:
    with pytest.raises(kind) as caught:
        ask(**changed)
    assert caught.value.code == code


def test_a_due_date_is_needed_and_ended_requests_do_not_block() -> None:
    plain = request()
    undated = msgspec.structs.replace(
        plain, status_model=msgspec.structs.replace(plain.status_model, response_due_date=None)
    )
    with pytest.raises(Invalid) as caught:
        ask(undated)
    assert "responseDueDate" in caught.value.detail
    assert ask(existing=[request(1, trade=10, state=REJECT), request(1, trade=20, state=CANCEL)])


def test_who_sees_a_trade() -> None:
    made = request(1, trade=10)
    assert [region.side(made.trade_model, one) for one in (A, B, C)] == ["downstream", "upstream", None]
    assert [region.may_see_trade(made.trade_model, one) for one in (A, B, C)] == [True, True, False]
    assert [region.may_see_part(part(1, A), one) for one in (A, B, C)] == [True, False, False]
    assert [len(region.visible_requests([made], one)) for one in (A, B, C)] == [1, 0, 0]
    parts = {uid(1): part(1, A)}
    assert [len(region.visible_responses([made], parts, one)) for one in (A, B, C)] == [0, 1, 0]


def test_the_amount_is_hidden_from_upstream() -> None:
    seen = region.visible_responses([request(1, trade=10)], {uid(1): part(1, A)}, B)[0]
    assert seen.parts_model.amount_required is None
    assert seen.parts_model.amount_required_unit is None
    assert seen.parts_model.parts_name == "part 1"


ALL_STATES = (NOT_COMPLETED, COMPLETED, REJECT, CANCEL)
ALLOWED = {
    (NOT_COMPLETED, ANSWER): COMPLETED,
    (NOT_COMPLETED, REJECT): REJECT,
    (NOT_COMPLETED, CANCEL): CANCEL,
    (COMPLETED, ANSWER): COMPLETED,
}


@pytest.mark.parametrize("state", ALL_STATES)
@pytest.mark.parametrize("action", [ANSWER, REJECT, CANCEL])
@pytest.mark.parametrize("who", [A, B, C])
def test_every_cell_of_the_life_of_a_request(state: str, action: str, who: str) -> None:
    made = request(1, trade=10, state=state, linked=7)
    may = who == (A if action == CANCEL else B)
    if may and (state, action) in ALLOWED:
        after = region.change(made.status_model, made.trade_model, action, operator_id=who, reply="no data")
        assert region.state_of(after) == ALLOWED[state, action]
        assert after.reply_message == ("no data" if action == REJECT else None)
        return
    with pytest.raises(Problem) as caught:
        region.change(made.status_model, made.trade_model, action, operator_id=who)
    expected = "pcf/trade" if who == C else "pcf/state" if may else "pcf/not-yours"
    assert caught.value.code == expected


def test_an_answer_needs_a_linked_part_and_actions_are_known() -> None:
    made = request(1, trade=10)
    with pytest.raises(Invalid) as caught:
        region.change(made.status_model, made.trade_model, ANSWER, operator_id=B)
    assert "linked" in caught.value.detail
    with pytest.raises(Invalid):
        region.change(made.status_model, made.trade_model, COMPLETED, operator_id=B)


def link(who: str = B, found: PartsModel | None = None, state: str = NOT_COMPLETED) -> TradeModel:
    made = request(1, trade=10, state=state)
    return region.link_part(made.trade_model, made.status_model, operator_id=who, part=found)


def test_linking_the_part_of_the_answering_operator() -> None:
    assert link(found=part(7, B)).upstream_trace_id == uid(7)
    for arguments, code in (
        ({"found": None}, "pcf/part"),
        ({"found": part(7, C)}, "pcf/part"),
        ({"who": A, "found": part(7, A)}, "pcf/not-yours"),
        ({"who": C, "found": part(7, C)}, "pcf/trade"),
        ({"found": part(7, B), "state": CANCEL}, "pcf/state"),
        ({"found": part(7, B), "state": REJECT}, "pcf/state"),
    ):
        with pytest.raises(Problem) as caught:
            link(**arguments)  # type: ignore[arg-type]
        assert caught.value.code == code


def test_structures() -> None:
    parent = part(1, A, amount=None)
    region.check_structure(PartsStructureModel(parent_parts_model=parent, children_parts_model=[part(2, A)]), A)
    for who, top, child, code in (
        (B, parent, part(2, A), "pcf/not-yours"),
        (A, parent, part(2, B), "pcf/not-yours"),
        (A, parent, part(2, A, amount=None), "pcf/amount-required"),
        (A, part(1, A), part(2, A), "pcf/amount-required"),
    ):
        with pytest.raises(Problem) as caught:
            region.check_structure(PartsStructureModel(parent_parts_model=top, children_parts_model=[child]), who)
        assert caught.value.code == code


def test_the_tree_counts_trades_below() -> None:
    requests = {
        uid(10): request(1, trade=10, state=COMPLETED, linked=7),
        uid(20): request(8, trade=20, state=COMPLETED, linked=1),
        uid(30): request(9, trade=30, state=NOT_COMPLETED),
        uid(40): request(9, trade=40, state=CANCEL),
    }
    children = {uid(7): [uid(8), uid(9)], uid(1): [uid(1)]}
    status = region.tree_status(uid(10), requests, children)
    assert (status.trades_count, status.completed_count, status.trade_tree_status) == (3, 2, "UNTERMINATED")
    requests[uid(30)] = request(9, trade=30, state=COMPLETED)
    status = region.tree_status(uid(10), requests, children)
    assert (status.trades_count, status.completed_count, status.trade_tree_status) == (3, 3, "TERMINATED")


def test_a_tree_that_bites_its_tail_ends() -> None:
    requests = {uid(10): request(1, trade=10, linked=7), uid(20): request(8, trade=20, linked=7)}
    assert region.tree_status(uid(10), requests, {uid(7): [uid(8), uid(1)]}).trades_count == 2


def row(kind: str, emission: str | None, rating: str | None = None, unit: str = "unit", trace: int = 1) -> CfpModel:
    one = None if rating is None else Decimal(rating)
    return CfpModel(
        cfp_id=uid(600),
        trace_id=uid(trace),
        ghg_emission=None if emission is None else Decimal(emission),
        ghg_declared_unit=f"kgCO2e/{unit}",
        cfp_type=kind,
        dqr_type=dqr_type_of(kind),
        dqr_value=DqrValue(te_r=one, ge_r=one, ti_r=one),
    )


def own(pre: str | None, main: str | None, pre_part: str | None = "0", main_part: str | None = "0") -> list[CfpModel]:
    return [
        row("preProduction", pre, "1"),
        row("mainProduction", main, "2"),
        row("preComponent", pre_part, "1"),
        row("mainComponent", main_part, "2"),
    ]


RESPONSE = [row("preProductionResponse", "1.5", "3"), row("mainProductionResponse", "0.25", "2")]
ENTERED = own(None, None, "0.1", "0.2")


def test_totals_over_children_by_hand() -> None:
    children = [(part(2, A), RESPONSE), (part(3, A, ended=True, amount="0.5"), ENTERED)]
    totals = {made.cfp_type: made for made in region.total_rows(own("4", "1"), children)}
    # pre: 2 x 1.5 + 0.5 x 0.1 = 3.05; main: 2 x 0.25 + 0.5 x 0.2 = 0.6
    assert {kind: made.ghg_emission for kind, made in totals.items()} == {
        "preProductionTotal": Decimal(4),
        "mainProductionTotal": Decimal(1),
        "preComponentTotal": Decimal("3.05"),
        "mainComponentTotal": Decimal("0.6"),
    }
    # (3 x 3 + 0.05 x 1) / 3.05 = 2.967213..., rounded up
    assert totals["preComponentTotal"].dqr_value.te_r == Decimal("2.96722")
    assert totals["preComponentTotal"].dqr_type == "preProcessingTotal"
    assert totals["preProductionTotal"].cfp_id == uid(600)


def test_the_response_holds_the_whole_of_each_process() -> None:
    made = region.response_rows(own("4", "1"), [(part(2, A), RESPONSE)], downstream_trace_id=uid(77), release=Release())
    assert [(one.cfp_type, one.ghg_emission, one.dqr_type) for one in made] == [
        ("preProductionResponse", Decimal(7), "preProcessingResponse"),
        ("mainProductionResponse", Decimal("1.5"), "mainProcessingResponse"),
    ]
    assert {one.trace_id for one in made} == {uid(77)}
    assert {one.cfp_id for one in made} == {None}
    assert made[0].dqr_value.te_r == Decimal("1.85715")  # (4 x 1 + 3 x 3) / 7


def test_what_is_not_released_is_null() -> None:
    hidden = region.response_rows(own("4", "1"), downstream_trace_id=uid(77), release=Release(cfp=False, dqr=False))
    assert {one.ghg_emission for one in hidden} == {None}
    assert {one.dqr_value.te_r for one in hidden} == {None}
    unrated = region.response_rows(own("4", "1"), downstream_trace_id=uid(77), release=Release(dqr=False))
    assert [one.ghg_emission for one in unrated] == [Decimal(4), Decimal(1)]
    assert {one.dqr_value.ge_r for one in unrated} == {None}


@pytest.mark.parametrize("rows", [[], [row("preProductionResponse", None), row("mainProductionResponse", None)]])
def test_a_partial_sum_is_no_total(rows: list[CfpModel]) -> None:
    children = [(part(2, A), rows), (part(3, A), RESPONSE)]
    totals = {made.cfp_type: made.ghg_emission for made in region.total_rows(own("4", "1"), children)}
    assert totals["preComponentTotal"] is None
    assert totals["preProductionTotal"] == Decimal(4)
    made = region.response_rows(own("4", "1"), children, downstream_trace_id=uid(77), release=Release())
    assert {one.ghg_emission for one in made} == {None}


def test_rows_left_null_add_nothing_unless_all_are() -> None:
    made = region.response_rows(own("4", None, None, None), downstream_trace_id=uid(77), release=Release())
    assert [one.ghg_emission for one in made] == [Decimal(4), None]


def test_totals_are_rounded_up_once() -> None:
    thirds = [(part(2, A, amount="0.00001"), RESPONSE), (part(3, A, amount="0.00001"), RESPONSE)]
    made = region.response_rows(own("0", "0"), thirds, downstream_trace_id=uid(77), release=Release())
    assert [one.ghg_emission for one in made] == [Decimal("0.00003"), Decimal("0.00001")]


def test_units_are_never_converted_and_ranges_hold() -> None:
    with pytest.raises(Unprocessable) as caught:
        region.total_rows(own("1", "1"), [(part(2, A, unit="kilogram"), RESPONSE)])
    assert caught.value.code == "pcf/unit"
    with pytest.raises(Unprocessable) as caught:
        region.total_rows(own("1", "1"), [(part(2, A, amount="99999"), RESPONSE)])
    assert caught.value.code == "pcf/range"


def test_a_rating_is_none_where_an_emitting_row_has_none() -> None:
    rows = [
        row("preProduction", "1", "2"),
        row("mainProduction", "0"),
        row("preComponent", "1"),
        row("mainComponent", "0"),
    ]
    made = region.response_rows(rows, downstream_trace_id=uid(77), release=Release())
    assert made[0].dqr_value.te_r is None
    assert made[1].dqr_value.te_r == Decimal(0)


def test_the_overall_rating() -> None:
    assert overall_rating(DqrValue(te_r=Decimal(1), ge_r=Decimal(2), ti_r=Decimal(2))) == Decimal("1.66667")
    assert overall_rating(DqrValue(te_r=Decimal(1), ge_r=None, ti_r=Decimal(2))) is None
