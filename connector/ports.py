"""What the node needs of the world, as small protocols; `adapters/` has the real things, `node.py` joins them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol, TypeVar

from connector.audit.entries import Entry
from connector.pcf.ouranos.records import (
    CfpModel,
    OperatorModel,
    PartsModel,
    PartsStructureModel,
    PlantModel,
    StatusModel,
    TradeModel,
    TradeRequestModel,
    TradeResponseModel,
)
from connector.records.collection import Collection, R

T = TypeVar("T")


class Clock(Protocol):
    """Where time and fresh identifiers come from."""

    def now(self) -> datetime:
        """The time, aware, UTC."""
        ...

    def new_id(self) -> str:
        """A fresh UUID version 4 as bare text."""
        ...

    def random(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        ...


class Signer(Protocol):
    """A P-256 key: software file or secure element."""

    @property
    def key_id(self) -> str:
        """The key's RFC 7638 thumbprint."""
        ...

    @property
    def public_jwk(self) -> dict[str, str]:
        """The public half."""
        ...

    def sign(self, data: bytes) -> bytes:
        """ES256 over `data`: the raw 64 bytes r || s."""
        ...


@dataclass(frozen=True, slots=True)
class Above:
    """A bound in a search: the field's value is greater."""

    value: Any


@dataclass(frozen=True, slots=True)
class Below:
    """A bound in a search: the field's value is smaller."""

    value: Any


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a record's JSON body, by the names that lead to it: a key of `where`, or what `order` is by.

    `other` is looked at where nothing stands at `path`. Names hold no quotation marks, backslashes or controls.
    As a key it takes a text, a tuple of texts (any of them), Like or Present; other values than texts meet no text.
    """

    path: tuple[str, ...]
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Like:
    """A pattern in a search: `%` stands for any letters, `_` for one; case counts."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Present:
    """In a search: a value is there, whatever it is."""


Where = Mapping[Any, Any]
"""What a search asks for: indexed field or Member -> the value wanted."""


class Reader(Protocol):
    """A consistent look at the store."""

    def get(self, collection: Collection[R], record_id: str) -> R | None:
        """The record, or None."""
        ...

    def need(self, collection: Collection[R], record_id: str) -> R:
        """The record; raises Unknown (code `store/unknown`) where there is none."""
        ...

    def find(
        self,
        collection: Collection[R],
        where: Where | None = None,
        *,
        order: str | Member = "id",
        descending: bool = False,
        limit: int = 1000,
        offset: int = 0,
    ) -> list[R]:
        """Records whose indexed fields equal `where`'s values (a tuple: any of them; Above, Below: a bound)."""
        ...

    def one(self, collection: Collection[R], where: Where) -> R | None:
        """The first record that `find` would give."""
        ...

    def count(self, collection: Collection[R], where: Where | None = None) -> int:
        """How many records `find` would give without a limit."""
        ...

    def with_terms(self, collection: Collection[R], terms: Sequence[str], *, after: str = "", limit: int) -> list[str]:
        """Ids of records that have every one of these words (at least one is asked for), in order, behind `after`.

        A record that has not the words may be among them, rarely: compare again.
        """
        ...

    def audit_entries(self, *, after: int = 0, limit: int = 1000, subject: str | None = None) -> list[Entry]:
        """Audit entries in order, those behind sequence number `after`."""
        ...


class Transaction(Reader, Protocol):
    """Changes that are kept together or not at all."""

    @property
    def now(self) -> datetime:
        """The time of this transaction."""
        ...

    def put(self, collection: Collection[R], record: R) -> None:
        """Insert, or replace the record of the same id."""
        ...

    def add(self, collection: Collection[R], record: R) -> None:
        """Insert; raises Conflict (code `store/exists`) where the id or a unique field is taken."""
        ...

    def remove(self, collection: Collection[R], record_id: str) -> bool:
        """Delete; False where there was none."""
        ...

    def audit(self, event: str, subject: str, detail: Mapping[str, Any], *, actor: str = "node") -> Entry:
        """Append to the audit log; `subject` is what it is about (a process, agreement, unit id)."""
        ...

    def mark(self, label: str) -> None:
        """Name what this transaction decided; the fault hook of tests listens to it."""
        ...


Also = Callable[[Transaction, str], None]
"""What is kept in the transaction that opens a process: (transaction, the new process's id)."""


class Store(Protocol):
    """Where records and the audit log are kept."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may write here too: then nothing that was read is known to hold still."""
        ...

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Run `change` in a transaction; returns when it is durable. An exception undoes it and is raised here."""
        ...

    async def read(self, look: Callable[[Reader], T]) -> T:
        """Run `look` on what is committed."""
        ...

    def changes(self, *collections: Collection[Any]) -> int | None:
        """How often these collections were written to since the start; None where others write to them unseen."""
        ...

    def close(self) -> None:
        """Finish what waits, then let go."""
        ...


class Neighbours(Protocol):
    """The other processes that work on the same store: locks among them, words to them, and notice of their death.

    A lock ends with the process that holds it. What is told may be lost: it saves looking, it decides nothing.
    """

    async def start(self, told: Callable[[str], None], lost: Callable[[], None]) -> None:
        """Join; `told` hears what another tells, `lost` that one is gone (both run in the event loop)."""
        ...

    async def take(self, key: str) -> bool:
        """Take the lock of `key`; False where another process holds it."""
        ...

    def give_back(self, key: str) -> None:
        """Let the lock of `key` go."""
        ...

    def tell(self, text: str) -> None:
        """Say `text` to the others; one of more than some thousand letters is not said."""
        ...

    async def stop(self) -> None:
        """Leave; what was held goes."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer's HTTP answer held."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


class Transport(Protocol):
    """HTTP to peers. Raises PeerFailed (code `peer/unreachable`) where no answer comes."""

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16 * 1024 * 1024,
    ) -> Answer:
        """One request and its whole answer (`limit` bytes at most)."""
        ...

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
    ) -> StreamedContent:
        """One request, whose bytes may go in pieces; the answer's bytes come in pieces."""
        ...


class Egress(Protocol):
    """Whom this node may call."""

    def check(self, url: str, pointer: str = "") -> None:
        """Raise Invalid (`egress/...`) where requests to `url` would be refused for its scheme, host or address."""
        ...


@dataclass(slots=True)
class StreamedContent:
    """Bytes on their way: `pieces` is read once."""

    status: int
    media_type: str
    pieces: AsyncIterator[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContentRequest:
    """A request on a data address that was let through: what is asked, and under which contract."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes
    media_type: str
    consumer: str
    consumer_bpn: str
    agreement_id: str
    transfer_id: str
    withheld: tuple[str, ...] = ()
    """Elements that export control withholds: `<submodel>/<idShortPath>`; only some kinds of source can."""


ContentSource = Callable[[Mapping[str, Any], ContentRequest], Awaitable[StreamedContent]]
"""Answers a request on a data address of its kind: (data address, request) -> content."""


@dataclass(frozen=True, slots=True)
class KeptContent:
    """Where bytes went: their digest and size."""

    digest: str
    size: int


class ContentStore(Protocol):
    """Bytes by digest: what arrived under contracts."""

    async def keep(self, pieces: AsyncIterator[bytes]) -> KeptContent:
        """Store the bytes; nothing is left behind where `pieces` fails."""
        ...

    def open(self, digest: str) -> bytes | None:
        """The bytes, or None."""
        ...

    def reader(self, digest: str) -> IO[bytes] | None:
        """The bytes as a stream that the caller closes, or None."""
        ...

    def scratch(self) -> IO[bytes]:
        """An empty file that is gone when it is closed."""
        ...

    def delete(self, digest: str) -> bool:
        """Forget the bytes; False where there were none."""
        ...


class Library(Protocol):
    """The documents that travel with the product."""

    def turtle(self, namespace_version: str) -> Sequence[tuple[str, str]]:
        """(file name, Turtle text) of `<namespace>:<version>`."""
        ...

    def namespaces(self) -> Sequence[str]:
        """Every `<namespace>:<version>` that there are models of, in order."""
        ...

    def contexts(self) -> Mapping[str, Any]:
        """JSON-LD contexts by IRI."""
        ...

    def text(self, path: str) -> str:
        """A document by its path, as `policies/shapes.ttl`; raises Unknown."""
        ...


class DidResolver(Protocol):
    """Finds DID documents."""

    async def resolve(self, did: str) -> bytes:
        """The document as it was served; raises PeerFailed (codes `did/...`)."""
        ...


class Region(Protocol):
    """A regional platform as one of its operators sees it; `account` is who is logged in there.

    Raises Unauthenticated or Refused (codes `region/...`) where the platform lets nobody in, Unknown, Invalid as it
    says, PeerFailed where it cannot be reached or is at fault.
    """

    async def operator(self, account: str, operator_id: str) -> OperatorModel:
        """An operator by its id."""
        ...

    async def plants(self, account: str) -> list[PlantModel]:
        """The account's own plants."""
        ...

    async def put_plant(self, account: str, plant: PlantModel) -> PlantModel:
        """Create or change a plant."""
        ...

    async def put_part(self, account: str, part: PartsModel) -> PartsModel:
        """Create or change a part; the same names at the same plant are the same part."""
        ...

    async def part(self, account: str, trace_id: str) -> PartsModel:
        """An own part. Raises Unknown."""
        ...

    async def put_structure(self, account: str, structure: PartsStructureModel) -> PartsStructureModel:
        """Create or change a part and what it consists of."""
        ...

    async def request_trade(self, account: str, request: TradeRequestModel) -> TradeRequestModel:
        """Ask an upstream operator for the footprint of an own child part."""
        ...

    async def trades(self, account: str, trace_id: str) -> list[TradeModel]:
        """The requests made about an own child part."""
        ...

    async def responses(self, account: str) -> list[TradeResponseModel]:
        """The requests that others made to the account."""
        ...

    async def link_part(self, account: str, trade_id: str, trace_id: str) -> TradeModel:
        """Say which own part a request of another is about."""
        ...

    async def statuses(self, account: str, target: str, trace_id: str = "") -> list[StatusModel]:
        """States of requests: `target` REQUEST (made) or RESPONSE (received)."""
        ...

    async def put_status(self, account: str, status: StatusModel) -> None:
        """Reject (upstream) or cancel (downstream) a request."""
        ...

    async def put_cfp(self, account: str, rows: Sequence[CfpModel]) -> list[CfpModel]:
        """State the four rows of an own part."""
        ...

    async def cfp(self, account: str, trace_id: str) -> list[CfpModel]:
        """All rows about an own part: own, totals, what an upstream operator answered."""
        ...
