"""The rules of the platform stand-in: who may see what, the life of a trade request, what the one who asked gets.

Pure functions over records; the service stores them. Refusals: Refused (403), Unknown (404), Invalid (400).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from connector.notation.problems import Invalid, Refused, Unknown
from connector.pcf.ouranos.aggregation import Release as Release
from connector.pcf.ouranos.aggregation import response_rows as response_rows
from connector.pcf.ouranos.aggregation import total_rows as total_rows
from connector.pcf.ouranos.records import (
    CANCEL,
    COMPLETED,
    NOT_COMPLETED,
    REJECT,
    PartsModel,
    PartsStructureModel,
    RequestStatus,
    StatusModel,
    TradeModel,
    TradeRequestModel,
    TradeResponseModel,
)

ANSWER = "answer"
DOWNSTREAM = "downstream"
UPSTREAM = "upstream"

TRANSITIONS: dict[tuple[str, str], str] = {
    (NOT_COMPLETED, ANSWER): COMPLETED,
    (NOT_COMPLETED, REJECT): REJECT,
    (NOT_COMPLETED, CANCEL): CANCEL,
    (COMPLETED, ANSWER): COMPLETED,
}
"""State and action to the next state; a completed request may be answered anew (an update), an ended one never."""

WHO_MAY: dict[str, str] = {ANSWER: UPSTREAM, REJECT: UPSTREAM, CANCEL: DOWNSTREAM}
"""Action to the side of the trade that takes it."""


def side(trade: TradeModel, operator_id: str) -> str | None:
    """`downstream`, `upstream`, or None for a stranger, to whom the trade does not exist."""
    if operator_id == trade.downstream_operator_id:
        return DOWNSTREAM
    return UPSTREAM if operator_id == trade.upstream_operator_id else None


def may_see_part(part: PartsModel, operator_id: str) -> bool:
    """Parts, structures and own rows are seen by their owner only."""
    return part.operator_id == operator_id


def may_see_trade(trade: TradeModel, operator_id: str) -> bool:
    """A trade and its status are seen by both of its sides, and by nobody else."""
    return side(trade, operator_id) is not None


def visible_requests(requests: Iterable[TradeRequestModel], operator_id: str) -> list[TradeRequestModel]:
    """What `GET tradeRequest` and `GET status?statusTarget=REQUEST` show: the requests that the operator made."""
    return [request for request in requests if side(request.trade_model, operator_id) == DOWNSTREAM]


def visible_responses(
    requests: Iterable[TradeRequestModel], parts: Mapping[str, PartsModel], operator_id: str
) -> list[TradeResponseModel]:
    """What `GET tradeResponse` shows: requests made to the operator, without amounts; `parts` by trace id."""
    return [
        TradeResponseModel(
            status_model=request.status_model,
            trade_model=request.trade_model,
            parts_model=hidden_amount(parts[request.trade_model.downstream_trace_id]),
        )
        for request in requests
        if side(request.trade_model, operator_id) == UPSTREAM and request.trade_model.downstream_trace_id in parts
    ]


def hidden_amount(part: PartsModel) -> PartsModel:
    """The part as the upstream party sees it: how much the other needs is no business of theirs."""
    return msgspec.structs.replace(part, amount_required=None, amount_required_unit=None)


def check_owner(owner_id: str, operator_id: str, what: str) -> None:
    """Raise Refused `pcf/not-yours` where a body names another operator than the token."""
    if owner_id != operator_id:
        raise Refused("pcf/not-yours", f"{what} belongs to another operator than the one who is logged in")


def check_structure(structure: PartsStructureModel, operator_id: str) -> None:
    """A structure is the operator's own; children state an amount, the parent none. Raises Refused, Invalid."""
    check_owner(structure.parent_parts_model.operator_id, operator_id, "the parent part")
    for child in structure.children_parts_model:
        check_owner(child.operator_id, operator_id, "a child part")
        if child.amount_required is None or child.amount_required_unit is None:
            raise Invalid("pcf/amount-required", "a child part states amountRequired and amountRequiredUnit")
    if structure.parent_parts_model.amount_required is not None:
        raise Invalid("pcf/amount-required", "a parent part states no amountRequired")


def request_trade(
    request: TradeRequestModel,
    *,
    operator_id: str,
    part: PartsModel | None,
    is_known_upstream: bool,
    existing: Sequence[TradeRequestModel],
    trade_id: str,
    status_id: str,
) -> TradeRequestModel:
    """A new trade request by `operator_id` about its child part, in its first state, with the ids that were issued.

    `existing` are the requests about the same part. Raises Refused `pcf/not-yours`, Unknown `pcf/operator` or
    `pcf/part`, Invalid `pcf/trade` with what is wrong.
    """
    trade, status = request.trade_model, request.status_model
    check_owner(trade.downstream_operator_id, operator_id, "downstreamOperatorId")
    if not is_known_upstream:
        raise Unknown("pcf/operator", f"no operator {trade.upstream_operator_id} is known")
    if part is None or part.trace_id != trade.downstream_trace_id or not may_see_part(part, operator_id):
        raise Unknown("pcf/part", f"no part {trade.downstream_trace_id} is known")
    _check_new(trade, status, part, existing)
    return TradeRequestModel(
        trade_model=msgspec.structs.replace(trade, trade_id=trade_id, upstream_trace_id=None),
        status_model=msgspec.structs.replace(
            status, status_id=status_id, trade_id=trade_id, reply_message=None, request_status=FIRST_STATUS
        ),
    )


FIRST_STATUS = RequestStatus(
    cfp_response_status=NOT_COMPLETED, trade_tree_status="UNTERMINATED", completed_count=0, trades_count=1
)


def link_part(trade: TradeModel, status: StatusModel, *, operator_id: str, part: PartsModel | None) -> TradeModel:
    """The trade with the upstream party's own part (`PUT tradeResponse`).

    Raises Unknown `pcf/trade` for a stranger, Refused `pcf/not-yours` for the side that asked, Unknown `pcf/part`
    where the part is not the operator's, Invalid `pcf/state` for an ended request.
    """
    _check_side(trade, operator_id, UPSTREAM)
    if part is None or part.trace_id is None or not may_see_part(part, operator_id):
        raise Unknown("pcf/part", "no such part is known")
    if state_of(status) in (REJECT, CANCEL):
        raise Invalid("pcf/state", f"the request has ended ({state_of(status)})")
    return msgspec.structs.replace(trade, upstream_trace_id=part.trace_id)


def change(
    status: StatusModel, trade: TradeModel, action: str, *, operator_id: str, reply: str | None = None
) -> StatusModel:
    """The status after `action` (`answer`, REJECT, CANCEL) of `operator_id`; `reply` is the replyMessage of a REJECT.

    Raises Unknown `pcf/trade` for a stranger, Refused `pcf/not-yours` for the wrong side, Invalid `pcf/state` where
    the state does not allow it, or where an answer names no part yet.
    """
    if action not in WHO_MAY:
        raise Invalid("pcf/state", f"a request is ended by {REJECT} or {CANCEL}, not by {action!r}")
    _check_side(trade, operator_id, WHO_MAY[action])
    following = TRANSITIONS.get((state_of(status), action))
    if following is None:
        raise Invalid("pcf/state", f"a request that is {state_of(status)} takes no {action}")
    if action == ANSWER and trade.upstream_trace_id is None:
        raise Invalid("pcf/state", "the request has to be linked with a part of the answering operator first")
    answered = msgspec.structs.replace(status.request_status, cfp_response_status=following)
    return msgspec.structs.replace(
        status, request_status=answered, reply_message=reply if action == REJECT else status.reply_message
    )


def state_of(status: StatusModel) -> str:
    """The state of a request; one without is new."""
    return status.request_status.cfp_response_status or NOT_COMPLETED


def tree_status(
    trade_id: str,
    requests: Mapping[str, TradeRequestModel],
    children: Mapping[str, Sequence[str]],
) -> RequestStatus:
    """The status of a request with the counts of the tree beneath it: how many trades, how many of them completed.

    `requests` by trade id, `children` from a part's trace id to those of its child parts. A tree is TERMINATED when
    every trade in it is completed; a cycle is walked once.
    """
    reached = _tree(trade_id, requests, children)
    completed = sum(state_of(requests[one].status_model) == COMPLETED for one in reached)
    return msgspec.structs.replace(
        requests[trade_id].status_model.request_status,
        trades_count=len(reached),
        completed_count=completed,
        trade_tree_status="TERMINATED" if completed == len(reached) else "UNTERMINATED",
    )


def _tree(trade_id: str, requests: Mapping[str, TradeRequestModel], children: Mapping[str, Sequence[str]]) -> set[str]:
    by_part: dict[str, list[str]] = {}
    for one, request in requests.items():
        by_part.setdefault(request.trade_model.downstream_trace_id, []).append(one)
    reached: set[str] = set()
    waiting = [trade_id]
    while waiting:
        one = waiting.pop()
        if one in reached:
            continue
        reached.add(one)
        below = children.get(requests[one].trade_model.upstream_trace_id or "", ())
        waiting += [trade for part in below for trade in by_part.get(part, ()) if _is_open(requests[trade])]
    return reached


def _is_open(request: TradeRequestModel) -> bool:
    return state_of(request.status_model) not in (REJECT, CANCEL)


def _check_side(trade: TradeModel, operator_id: str, wanted: str) -> None:
    given = side(trade, operator_id)
    if given is None:
        raise Unknown("pcf/trade", "no such trade is known")
    if given != wanted:
        raise Refused("pcf/not-yours", f"only the {wanted} operator of a trade may do this")


def _check_new(trade: TradeModel, status: StatusModel, part: PartsModel, existing: Sequence[TradeRequestModel]) -> None:
    if trade.trade_id is not None or status.status_id is not None:
        raise Invalid("pcf/trade", "a new request has no tradeId and no statusId")
    if trade.upstream_operator_id == trade.downstream_operator_id:
        raise Invalid("pcf/trade", "an operator does not ask itself")
    if part.terminated_flag:
        raise Invalid("pcf/trade", "the part is marked as having no supplier (terminatedFlag)")
    if status.response_due_date is None:
        raise Invalid("pcf/trade", "a request needs a responseDueDate")
    if any(_is_open(request) for request in existing):
        raise Invalid("pcf/trade", "a request about this part is open already")
