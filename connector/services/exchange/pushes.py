"""Pushes: what a started HttpData-PUSH of ours brings to the consumer's receiving end, and how it ends.

The contract decides before anything is sent. A receiving end that is silent or at fault is asked again with back-off;
one that refuses, or stays silent, ends the transfer with the cause. What arrived is said to be complete. A push that a
crash cut short is sent again: the receiving end knows by the bytes' digest that it has them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from connector.dsp.vocabulary import HTTP_PUSH
from connector.notation.problems import PeerFailed, Problem, Unavailable
from connector.ports import Store, StreamedContent, Transport
from connector.records.exchange import TRANSFERS, Transfer
from connector.services.events import Event, Events
from connector.services.exchange.behaviour import Step
from connector.services.exchange.transfers import Transfers
from connector.services.locks import Locks
from connector.services.usage.contents import Contents

_LOG = structlog.get_logger("pushes")

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds before the next try; after the last one the transfer ends."""
_PASSED_ON: Final = ("Content-Digest", "Etag", "Last-Modified")


class _Refused(Exception):
    """The receiving end said no: that is final."""


@dataclass(slots=True)
class _Sent:
    """Bytes that went by."""

    pieces: AsyncIterator[bytes]
    size: int = 0
    digest: str = ""

    async def through(self) -> AsyncIterator[bytes]:
        """The same bytes, counted and digested."""
        checksum = hashlib.sha256()
        async for piece in self.pieces:
            checksum.update(piece)
            self.size += len(piece)
            yield piece
        self.digest = f"sha256:{checksum.hexdigest()}"


class Pushes:
    """Sends what the pushes of this node are to send."""

    def __init__(
        self,
        *,
        store: Store,
        transfers: Transfers,
        contents: Contents,
        transport: Transport,
        events: Events,
        locks: Locks,
    ) -> None:
        self._store = store
        self._transfers = transfers
        self._contents = contents
        self._transport = transport
        self._locks = locks
        self._tasks: dict[str, asyncio.Task[None]] = {}
        for state in ("started", "suspended", "completed", "terminated"):
            events.subscribe(f"transfer.{state}", self._changed)
        events.tap(self._seen)

    async def start(self) -> None:
        """Take up the pushes that a former life of this node left unfinished."""
        for record in await self._store.read(
            lambda reader: reader.find(TRANSFERS, {"state": "STARTED"}, limit=1_000_000)
        ):
            self._begin(record)

    async def stop(self) -> None:
        """Stop sending; a push that is not complete begins again in the next life."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _changed(self, event: Event) -> None:
        record = event.record
        if not isinstance(record, Transfer) or record.format != HTTP_PUSH or record.role != "provider":
            return
        if record.state == "STARTED":
            self._begin(record)
        else:
            self._end(record)

    def _seen(self, event: Event) -> None:
        """Another process of this node heard that a push of ours shall pause or end."""
        if event.is_elsewhere and isinstance(event.record, Transfer) and event.record.state != "STARTED":
            self._end(event.record)

    def _end(self, record: Transfer) -> None:
        task = self._tasks.pop(record.id, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    def _begin(self, record: Transfer) -> None:
        if record.format != HTTP_PUSH or record.role != "provider" or record.id in self._tasks:
            return
        task = asyncio.get_running_loop().create_task(self._run(record.id))
        self._tasks[record.id] = task
        task.add_done_callback(lambda done: self._tasks.pop(record.id) if self._tasks.get(record.id) is done else None)

    async def _run(self, own_pid: str) -> None:
        try:
            async with self._locks.across(f"push {own_pid}", is_patient=False) as is_ours:
                if is_ours:
                    await self._transfers.decide(own_pid, await self._push(own_pid))
        except Problem as problem:
            _LOG.info("a push was overtaken", process_id=own_pid, cause=problem.detail)
        except Exception:
            _LOG.exception("a push failed", process_id=own_pid)

    async def _push(self, own_pid: str) -> Step:
        """Send until it has arrived; the step that ends the transfer."""
        cause = ""
        for pause in (0.0, *PAUSES):
            await asyncio.sleep(pause)
            try:
                return await self._attempt(own_pid)
            except (PeerFailed, Unavailable) as problem:
                cause = problem.detail
                _LOG.info("a push is tried again", process_id=own_pid, cause=cause)
            except _Refused as refusal:
                return _end("push/refused", str(refusal))
            except Problem as problem:
                return _end(problem.code, problem.detail)
        return _end("push/failed", f"the receiving end took nothing in {len(PAUSES) + 1} tries: {cause}")

    async def _attempt(self, own_pid: str) -> Step:
        grant, content = await self._contents.push(own_pid)
        try:
            sent, status = await self._send(grant.transfer.data_address, content)
        except (PeerFailed, _Refused) as error:
            await self._contents.not_taken(grant, str(error))
            raise
        detail = {"transfer": own_pid, **grant.told, "digest": sent.digest, "size": sent.size, "status": status}
        await self._store.write(
            lambda tx: tx.audit("push.sent", grant.agreement.id, detail, actor=grant.counterparty.did)
        )
        return Step("complete")

    async def _send(self, destination: Mapping[str, Any], content: StreamedContent) -> tuple[_Sent, int]:
        if content.status >= 300:
            raise PeerFailed("push/source", f"the source of the bytes answered {content.status}")
        sent = _Sent(content.pieces)
        answer = await self._transport.stream(
            destination["method"], destination["baseUrl"], headers=_headers(destination, content), body=sent.through()
        )
        said = b"".join([piece async for piece in answer.pieces])[:300].decode("utf-8", "replace")
        sentence = f"the receiving end answered {answer.status}: {said or '(no body)'}"
        if answer.status >= 500 or answer.status == 429:
            raise PeerFailed("push/failed", sentence)
        if answer.status >= 300:
            raise _Refused(sentence)
        return sent, answer.status


def _end(code: str, sentence: str) -> Step:
    return Step("terminate", code=code, reasons=(sentence,))


def _headers(destination: Mapping[str, Any], content: StreamedContent) -> dict[str, str]:
    kept = {name: value for name, value in content.headers.items() if name.title() in _PASSED_ON}
    length = next((value for name, value in content.headers.items() if name.title() == "Content-Length"), "")
    if length.isascii() and length.isdigit():
        kept["Content-Length"] = length
    if destination.get("authKey") and destination.get("authCode"):
        kept[destination["authKey"]] = destination["authCode"]
    return {**kept, "Content-Type": content.media_type}
