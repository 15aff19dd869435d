"""Where the bytes of a dataset come from: each kind of data address has one source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connector.dsp.vocabulary import HTTP_PULL, HTTP_PUSH
from connector.notation.problems import Conflict, Problem, Refused, Unknown
from connector.ports import ContentRequest, ContentSource, Store, StreamedContent
from connector.records.offers import ASSETS
from connector.services.events import Events
from connector.services.usage.content_digests import content_digest
from connector.services.usage.export import NOT_CONTROLLED, ExportGate, Judgement, moment_of
from connector.services.usage.http_data import KIND
from connector.services.usage.streams import Streams
from connector.services.usage.usage import Grant, Usage


def formats_of(data_address: Mapping[str, Any]) -> tuple[str, ...]:
    """How the bytes of an asset can come: what lies at one address as a whole can be pushed too."""
    return (HTTP_PULL, HTTP_PUSH) if data_address.get("type") == KIND else (HTTP_PULL,)


class Contents:
    """Serves requests on data addresses, after the usage decision."""

    def __init__(self, *, store: Store, usage: Usage, events: Events, export: ExportGate | None = None) -> None:
        self._store = store
        self._export = export
        self._withholding: set[str] = set()
        self._usage = usage
        self.streams = Streams(store=store, events=events)
        self._sources: dict[str, ContentSource] = {}

    def register(self, kind: str, source: ContentSource, *, withholds: bool = False) -> None:
        """Say who answers for data addresses of `kind` (the member `type`); `withholds`: it can leave elements out."""
        self._sources[kind] = source
        if withholds:
            self._withholding.add(kind)

    def kinds(self) -> frozenset[str]:
        """The kinds of data address that this node can serve."""
        return frozenset(self._sources)

    async def serve(
        self,
        authorization: str | None,
        purposes: frozenset[str],
        *,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]],
        body: bytes,
        media_type: str,
        pull_id: str = "",
    ) -> tuple[Grant, StreamedContent]:
        """Decide this request now, then answer it. Raises Unauthenticated, Refused, Unknown."""
        grant = await self._usage.admit(authorization, purposes, pull_id=pull_id)
        address = await self._address(grant)
        judged = await self._exported(grant, address)
        request = ContentRequest(
            withheld=tuple(judged.withheld),
            method=method,
            path=path,
            query=tuple(query),
            body=body,
            media_type=media_type,
            consumer=grant.counterparty.did,
            consumer_bpn=grant.counterparty.bpn,
            agreement_id=grant.agreement.id,
            transfer_id=grant.transfer.id,
        )
        content = await self._answered(grant, address, request)
        failed = {"outcome": "refused"} if content.status >= 400 else {}
        told = {**grant.told, **failed, **moment_of(judged, "pull")}
        detail = {"transfer": grant.transfer.id, **told, "method": method, "path": path, "status": content.status}
        digest = content_digest(content.headers)
        detail |= {"digest": digest} if digest else {}
        event = "usage.delivered" if grant.is_counted else "usage.permitted"
        await self._store.write(lambda tx: tx.audit(event, grant.agreement.id, detail, actor=grant.counterparty.did))
        return grant, content

    async def _answered(self, grant: Grant, address: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """The source's answer. A delivery that was counted and brought nothing is given back."""
        try:
            content = await self._sources[address["type"]](address, request)
        except BaseException as error:
            await self._usage.give_back(grant, str(error) or type(error).__name__)
            if isinstance(error, Problem):
                await self._not_delivered(grant, error)
            raise
        if content.status >= 400:
            await self._usage.give_back(grant, f"the source answered {content.status}")
        return content

    async def _not_delivered(self, grant: Grant, problem: Problem) -> None:
        """What was permitted and is not there: the log says so, as the consumer's does."""
        detail = {"transfer": grant.transfer.id, **grant.told, "outcome": "refused", "code": problem.code}
        detail["reason"] = problem.detail
        await self._store.write(
            lambda tx: tx.audit("usage.undelivered", grant.agreement.id, detail, actor=grant.counterparty.did)
        )

    async def not_taken(self, grant: Grant, why: str) -> None:
        """What was pushed did not arrive: where deliveries are counted, this one is not."""
        await self._usage.give_back(grant, why)

    async def push(self, transfer_id: str) -> tuple[Grant, StreamedContent]:
        """The bytes of a started push, its contract permitting it now. Raises Refused, Unknown, Conflict."""
        grant = await self._usage.admit_push(transfer_id)
        address = await self._address(grant)
        judged = await self._exported(grant, address)
        request = ContentRequest(
            withheld=tuple(judged.withheld),
            method="GET",
            path="",
            query=(),
            body=b"",
            media_type="",
            consumer=grant.counterparty.did,
            consumer_bpn=grant.counterparty.bpn,
            agreement_id=grant.agreement.id,
            transfer_id=transfer_id,
        )
        return grant, await self._answered(grant, address, request)

    async def _exported(self, grant: Grant, address: Mapping[str, Any]) -> Judgement:
        """What export control lets out to this partner now. Raises Refused (audited): not the whole, or not a part that
        this kind of source cannot leave out."""
        if self._export is None:
            return Judgement(NOT_CONTROLLED, {})
        dataset_id, partner = grant.agreement.dataset_id, grant.counterparty
        judged = await self._export.look(dataset_id, partner.did, partner.bpn)
        verdict = judged.verdict
        code, sentence = verdict.code, f"export control: {verdict.sentence}"
        if verdict.permitted and judged.withheld and address["type"] not in self._withholding:
            code = "export/cannot-withhold"
            sentence = f"export control withholds elements, and data of type {address['type']} cannot be given in part"
        elif verdict.permitted:
            return judged
        await self._usage.give_back(grant, sentence)
        told = {**grant.told, **moment_of(judged, "pull"), "outcome": "refused"}
        await self._usage.note(grant.transfer, grant.agreement, code, sentence, told)
        raise Refused(code, sentence)

    async def _address(self, grant: Grant) -> Mapping[str, Any]:
        asset_id = grant.agreement.dataset_id
        asset = await self._store.read(lambda reader: reader.get(ASSETS, asset_id))
        if asset is None or asset.data_address.get("type") not in self._sources:
            await self._usage.give_back(grant, "there is nothing to serve")
        if asset is None:
            raise Unknown("data/asset", f"the asset {asset_id!r} is no longer here")
        if asset.data_address.get("type") not in self._sources:
            raise Conflict("data/address", f"the asset {asset_id!r} has no data address that this node can serve")
        return asset.data_address
