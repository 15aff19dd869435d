"""Footprint requests and answers as they come in from partners: whether they fit what this node has asked and knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Unknown
from connector.pcf import amounts, rules
from connector.pcf.catena_x import exchange, version_9
from connector.pcf.identifiers import part_of
from connector.ports import ContentRequest
from connector.records.contracts import InventoryItem
from connector.records.footprints import FootprintRequest

ASSET_ID: Final = "footprint-exchange"
_HAS_ANSWER: Final = ("answered", "forwarded")
_AWAITS_ANSWER: Final = ("asking", "requested")
_PRODUCT_IDS: Final = "/companyAndProductInformation/0/productInformation/0/productIds"


def request_id_of(path: str) -> str:
    """The request id in `footprintExchange/<id>`. Raises Unknown (`footprint/path`)."""
    folder, _, request_id = path.strip("/").partition("/")
    if folder != exchange.PATH.strip("/") or not request_id:
        raise Unknown("footprint/path", f"there is no {path!r} here; a footprint is asked for at {exchange.PATH}<id>")
    return request_id


def repeated(known: FootprintRequest, asked: exchange.FootprintRequest, consumer: str) -> FootprintRequest:
    """A request that was taken already, sent again unchanged. Raises Conflict for any other use of its id."""
    if known.direction != "incoming" or known.counterparty != consumer:
        raise Conflict("footprint/request-taken", f"the request id {known.id} is taken: use a fresh one")
    stated = (asked.manufacturer_part_id or "", asked.customer_part_id or "")
    if stated != (known.manufacturer_part_id, known.customer_part_id):
        raise Conflict("footprint/request-changed", f"the request {known.id} was about another part: use a fresh id")
    return known


def asked_of(record: FootprintRequest | None, request: ContentRequest) -> FootprintRequest:
    """The request that this answer is for. Raises Unknown; what was asked of another looks like nothing at all."""
    if record is None or record.direction != "outgoing" or record.counterparty != request.consumer:
        raise unknown(request.path.rpartition("/")[2])
    return record


def happening(record: FootprintRequest, answer: exchange.FootprintAnswer) -> str:
    """Whether an answer is the first or an update. Raises Conflict for a second one, and for one that is too late."""
    if record.state in _HAS_ANSWER:
        if not answer.update:
            sentence = f"the request {record.id} is answered, and this document differs: send a change with update=true"
            raise Conflict("footprint/answered", sentence)
        return "updated"
    if record.state not in _AWAITS_ANSWER:
        raise Conflict("footprint/closed", f"the request {record.id} is {record.state}: an answer comes too late")
    return "answered"


def about_part(record: FootprintRequest, document: Mapping[str, Any]) -> list[Finding]:
    """A warning where the product ids name parts and none is the one that was asked for.

    Ids that name no part at all (a trace id, say) contradict nothing.
    """
    ids = version_9.read(document).footprint.product_ids
    wanted = [part for part in (record.manufacturer_part_id, record.customer_part_id) if part]
    if not any(part_of(urn) for urn in ids) or any(_names(urn, part) for urn in ids for part in wanted):
        return []
    message = "none of the product ids names the part that was asked for"
    return [Finding("footprint/other-part", message, _PRODUCT_IDS, "warning", wanted=wanted, found=list(ids))]


def about_change(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[Finding]:
    """What the rulebook says of a document that takes the place of another (`pcf/same-id`, `preceding`, `increase`)."""
    if old is None:
        return []
    before, after = (version_9.read(document).footprint for document in (old, new))
    if before.declared_unit != after.declared_unit:
        message = "another declared unit than before: the two values cannot be compared"
        return [Finding("pcf/unit-changed", message, "", "warning", before.declared_unit, after.declared_unit)]
    totals = (
        amounts.half_even(Fraction(one.total_excluding) / Fraction(one.declared_amount), amounts.MOST_DIGITS)
        for one in (before, after)
    )
    was, now = totals
    return rules.check_change(before.id, was, after.id, now, after.preceding_ids)


def item_of(record: FootprintRequest, size: int, request: ContentRequest, now: datetime) -> InventoryItem:
    """The received document, under the contract that the request went out with: its policy governs its use."""
    return InventoryItem(
        id=record.item_id,
        agreement_id=record.agreement_id or request.agreement_id,
        transfer_id=request.transfer_id,
        provider=record.counterparty,
        dataset_id=ASSET_ID,
        path=request.path,
        media_type=request.media_type,
        size=size,
        digest=record.document_digest,
        received_at=now,
    )


def unknown(request_id: str) -> Unknown:
    """The refusal of a request id."""
    return Unknown("footprint/request-unknown", f"there is no footprint request {request_id!r}")


def _names(urn: str, part: str) -> bool:
    read = part_of(urn)
    return part in (urn, urn.rpartition(":")[2]) or (read is not None and read[1] == part)
