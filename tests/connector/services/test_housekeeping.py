"""What a node forgets, and what strangers' DIDs may cost it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.adapters.software_key import SoftwareKey
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.notation.problems import PeerFailed, Problem, TooMany, Unauthenticated
from connector.records.exchange import ACCESS_TOKENS, RECEIVED, AccessToken, Received
from connector.services.housekeeping import KEPT_FOR, Housekeeping
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity, Own
from connector.services.locks import Locks


async def test_ids_of_messages_and_ended_tokens_go_after_their_time(tmp_path: Path) -> None:
    clock = SystemClock()
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock)
    old, new = clock.now() - KEPT_FOR - timedelta(minutes=1), clock.now() - KEPT_FOR + timedelta(minutes=1)

    def fill(tx: Any) -> None:
        for number in range(700):
            tx.put(RECEIVED, Received(id=f"old {number}", answer={}, received_at=old))
        tx.put(RECEIVED, Received(id="new", answer={}, received_at=new))
        for name, end in {"ended": old, "live": clock.now()}.items():
            token = AccessToken(id=name, kind="access", transfer_id="t", agreement_id="a", consumer="c", expires_at=end)
            tx.put(ACCESS_TOKENS, token)

    await store.write(fill)
    assert await Housekeeping(store=store, clock=clock).purge() == 701
    assert [one.id for one in await store.read(lambda reader: reader.find(RECEIVED))] == ["new"]
    assert [one.id for one in await store.read(lambda reader: reader.find(ACCESS_TOKENS))] == ["live"]
    store.close()


class Resolver:
    """Answers nobody; counts who is asked for, and how many at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = self.most = 0
        self.go = asyncio.Event()

    async def resolve(self, did: str) -> bytes:
        self.asked.append(did)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.go.wait()
            raise PeerFailed("did/unresolved", "nobody")
        finally:
            self.now -= 1


@pytest.fixture
def counterparties(tmp_path: Path) -> Any:
    clock, resolver = SystemClock(), Resolver()
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock)
    own = Own(did="did:web:own.example", bpn="", trusted_issuers=frozenset(), partners={})
    identity = Identity(own, store=store, signer=SoftwareKey.load_or_create(tmp_path / "key.pem"), clock=clock)
    made = Counterparties(
        identity,
        store=store,
        clock=clock,
        resolver=resolver,
        transport=None,  # type: ignore[arg-type]  # nothing but DIDs is asked for here
        locks=Locks(),
    )
    yield made, resolver
    store.close()


async def test_dids_that_strangers_name_are_resolved_few_at_once_and_refused_beyond(counterparties: Any) -> None:
    made, resolver = counterparties
    waiting = [asyncio.create_task(made.document(f"did:web:h{number}.example")) for number in range(300)]
    await asyncio.sleep(0.1)
    refused = [task for task in waiting if task.done()]
    assert len(refused) == 300 - 256
    assert all(isinstance(task.exception(), TooMany) for task in refused)
    assert resolver.most == 16
    resolver.go.set()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(end, Problem) for end in ends)


async def test_a_silent_did_is_left_alone_for_a_while(counterparties: Any) -> None:
    made, resolver = counterparties
    resolver.go.set()
    for _ in range(5):
        with pytest.raises(Unauthenticated) as caught:
            await made.document("did:web:silent.example")
        assert caught.value.code == "dcp/did-unresolved"
    assert resolver.asked == ["did:web:silent.example"]
