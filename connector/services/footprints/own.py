"""Footprints of own products, ready to be given, and the asset through which partners ask for them (CX-0136, 2.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import encode
from connector.notation.findings import Finding
from connector.notation.problems import Invalid, Unknown
from connector.pcf.catena_x import exchange, version_9
from connector.ports import Clock, ContentRequest, Store, StreamedContent, Transaction
from connector.records.footprints import FOOTPRINT_REQUESTS, STORED_FOOTPRINTS, FootprintRequest, StoredFootprint
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, POLICY_DEFINITIONS, Asset, ContractDefinition
from connector.services.catalog.criteria import EDC
from connector.services.events import Events
from connector.services.footprints.book import keep
from connector.services.footprints.receipts import ASSET_ID, about_change
from connector.services.footprints.schema import FootprintSchema
from connector.services.footprints.states import next_state

EXCHANGE_KIND: Final = "FootprintExchange"
"""The data address type of a footprint exchange that this node answers itself."""
STORED_KIND: Final = "StoredFootprint"
"""The data address type of one own footprint (`part`), read as value-only JSON (CX-0136, synchronous)."""

_VALUE_PATHS: Final = ("", "$value", "submodel", "submodel/$value")
_LONGEST_PART_ID: Final = 512
_MOST_ANSWERED: Final = 100_000


class OwnFootprints:
    """The footprints that this node can give."""

    def __init__(self, *, store: Store, schema: FootprintSchema, events: Events, clock: Clock) -> None:
        self._store = store
        self._schema = schema
        self._events = events
        self._clock = clock

    async def offer(self, *, actor: str, access_policy_id: str, usage_policy_id: str) -> dict[str, str]:
        """Put the footprint exchange on offer (asset and contract definition), or change its policies.

        Raises Unknown where a policy definition is missing.
        """

        def put(tx: Transaction) -> None:
            for policy_id in (access_policy_id, usage_policy_id):
                tx.need(POLICY_DEFINITIONS, policy_id)
            tx.put(ASSETS, _asset(tx))
            tx.put(CONTRACT_DEFINITIONS, _definition(tx, access_policy_id, usage_policy_id))
            detail = {"accessPolicy": access_policy_id, "usagePolicy": usage_policy_id}
            tx.audit("footprint.offered", ASSET_ID, detail, actor=actor)

        await self._store.write(put)
        return {"assetId": ASSET_ID, "contractDefinitionId": ASSET_ID}

    async def put(
        self,
        part_id: str,
        document: Any,
        *,
        stages: Mapping[str, Any] | None = None,
        actor: str,
        is_told: bool = True,
    ) -> tuple[StoredFootprint, list[Finding]]:
        """Keep the footprint of an own product (event `footprint.stored`). Raises Invalid with findings.

        With `is_told` each partner that was answered with another value gets this one (`update=true`), decided in the
        same transaction. The findings say what the rulebook wants of a change.
        """
        if not 0 < len(part_id) <= _LONGEST_PART_ID:
            raise Invalid("footprint/part-id", f"a part id has 1 to {_LONGEST_PART_ID} characters")
        findings = await self._schema.check(document)
        record = StoredFootprint(
            id=part_id,
            document=document,
            document_digest=digest_bytes(encode(document)),
            stages=dict(stages or {}),
            created_at=self._clock.now(),
        )

        def store(tx: Transaction) -> tuple[list[FootprintRequest], list[Finding]]:
            before = tx.get(STORED_FOOTPRINTS, part_id)
            tx.put(STORED_FOOTPRINTS, record)
            tx.audit("footprint.stored", part_id, amounts_of(document, record.document_digest), actor=actor)
            noticed = about_change(before.document if before else None, document)
            return (_decide_updates(tx, record, noticed, actor) if is_told else []), noticed

        told, noticed = await self._store.write(store)
        for request in told:
            self._events.publish(f"footprint.{request.state}", request.id, request)
        self._events.publish("footprint.stored", part_id, record)
        return record, [*findings, *noticed]

    async def list(self, *, limit: int = 100, offset: int = 0) -> list[StoredFootprint]:
        """Own footprints, by part id."""
        return await self._store.read(lambda reader: reader.find(STORED_FOOTPRINTS, limit=limit, offset=offset))

    async def find(self, part_id: str) -> StoredFootprint | None:
        """The footprint of an own product, if there is one."""
        return await self._store.read(lambda reader: reader.get(STORED_FOOTPRINTS, part_id))

    async def get(self, part_id: str) -> StoredFootprint:
        """The footprint of an own product. Raises Unknown (`footprint/none-stored`)."""
        found = await self.find(part_id)
        if found is None:
            raise _none_stored(part_id)
        return found

    async def remove(self, part_id: str, *, actor: str) -> None:
        """Forget an own footprint; what was sent stays sent. Raises Unknown."""

        def forget(tx: Transaction) -> None:
            if not tx.remove(STORED_FOOTPRINTS, part_id):
                raise _none_stored(part_id)
            tx.audit("footprint.removed", part_id, {}, actor=actor)

        await self._store.write(forget)

    async def serve(self, address: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: one own footprint, `$value`, every digit as it was stored."""
        if request.method != "GET" or request.path.strip("/") not in _VALUE_PATHS:
            raise Unknown("footprint/path", "a stored footprint is read by GET, as $value")
        raw = encode((await self.get(str(address.get("part", "")))).document)
        return StreamedContent(200, "application/json", pieces(raw), {"Content-Length": str(len(raw))})


def _decide_updates(
    tx: Transaction, own: StoredFootprint, noticed: Sequence[Finding], actor: str
) -> list[FootprintRequest]:
    """Each partner's last answered request for the part, where it was given something else, is answered anew."""
    where = {"direction": "incoming", "state": "answered", "manufacturer_part_id": own.id}
    last: dict[str, FootprintRequest] = {}
    for request in tx.find(FOOTPRINT_REQUESTS, where, order="created_at", limit=_MOST_ANSWERED):
        last[request.counterparty] = request
    changed = [request for request in last.values() if request.document_digest != own.document_digest]
    for request in changed:
        request.is_update, request.state = True, next_state(request, "decided")
        request.document, request.document_digest = own.document, own.document_digest
        request.findings = [finding.as_dict() for finding in noticed]
        keep(tx, request, "footprint.update.decided", actor, amounts_of(own.document, own.document_digest))
    return changed


def amounts_of(document: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """What the audit log keeps of a document: its digest and its total, every digit of it."""
    footprint = version_9.read(document).footprint
    return {"digest": digest, "footprintId": footprint.id, "total": footprint.total_excluding}


async def pieces(raw: bytes) -> AsyncIterator[bytes]:
    """`raw` as content that is read once."""
    if raw:
        yield raw


def _asset(tx: Transaction) -> Asset:
    properties = exchange.asset_properties()
    return Asset(id=ASSET_ID, properties=properties, data_address={"type": EXCHANGE_KIND}, created_at=tx.now)


def _definition(tx: Transaction, access_policy_id: str, usage_policy_id: str) -> ContractDefinition:
    return ContractDefinition(
        id=ASSET_ID,
        access_policy_id=access_policy_id,
        contract_policy_id=usage_policy_id,
        selector=[{"operandLeft": f"{EDC}id", "operator": "=", "operandRight": ASSET_ID}],
        created_at=tx.now,
    )


def _none_stored(part_id: str) -> Unknown:
    return Unknown("footprint/none-stored", f"no footprint is stored for the part {part_id!r}")
