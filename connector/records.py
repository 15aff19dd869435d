"""What a node keeps: one Struct for each kind of record, and the table of collections that a store holds.

Fields named in a collection's `index` can be searched and ordered by; all others travel in the record's JSON body.
Times are aware UTC datetimes; free-form members keep amounts as Decimal.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from connector.books import Collection as Collection
from connector.catalog_order import asset_terms, gate, only_of
from connector.recording import R as R
from connector.recording import Record as Record
from connector.shell_records import ASSET_LINKS as ASSET_LINKS
from connector.shell_records import CONCEPTS as CONCEPTS
from connector.shell_records import HOSTED_FILES as HOSTED_FILES
from connector.shell_records import HOSTED_SHELLS as HOSTED_SHELLS
from connector.shell_records import SHELL_PARTS as SHELL_PARTS
from connector.shell_records import SHELL_READERS as SHELL_READERS
from connector.shell_records import SUBMODEL_MEANINGS as SUBMODEL_MEANINGS
from connector.shell_records import AssetLink as AssetLink
from connector.shell_records import Concept as Concept
from connector.shell_records import HostedFile as HostedFile
from connector.shell_records import HostedShell as HostedShell
from connector.shell_records import ShellPart as ShellPart
from connector.shell_records import ShellReader as ShellReader
from connector.shell_records import SubmodelMeaning as SubmodelMeaning

Role = Literal["consumer", "provider"]


class Asset(Record, kw_only=True):
    """What can be offered (EDC's Asset): public properties by IRI or term, and where its bytes come from."""

    properties: dict[str, Any] = {}
    private_properties: dict[str, Any] = {}
    data_address: dict[str, Any] = {}
    created_at: datetime


class PolicyDefinition(Record, kw_only=True):
    """A named policy in the compact form of `connector.odrl`."""

    policy: dict[str, Any]
    created_at: datetime


class ContractDefinition(Record, kw_only=True):
    """Which assets are offered under which access and contract policy."""

    access_policy_id: str
    contract_policy_id: str
    selector: list[dict[str, Any]] = []
    created_at: datetime

    @property
    def only(self) -> str:
        """The one asset that can be selected, where the selector names one by its id; empty where it says more."""
        return only_of(self.selector)

    @property
    def slot(self) -> str:
        """Gate and asset: in this order a catalog is read."""
        return gate(self.access_policy_id, self.contract_policy_id) + self.only


class Planned(msgspec.Struct, kw_only=True):
    """A step of a process that is due later; see `services.exchange.behaviour`. Whatever happens first cancels it."""

    id: str
    due: datetime
    action: str
    code: str = ""
    reasons: list[str] = []
    offer: dict[str, Any] | None = None


class Negotiation(Record, kw_only=True):
    """One contract negotiation; `id` is our own pid (consumerPid or providerPid)."""

    role: Role
    state: str
    counterparty: str
    counterparty_address: str
    consumer_pid: str = ""
    provider_pid: str = ""
    dataset_id: str = ""
    offer: dict[str, Any] = {}
    agreement_id: str = ""
    code: str = ""
    reasons: list[str] = []
    terminated_by: str = ""
    planned: Planned | None = None
    created_at: datetime
    updated_at: datetime


class Agreement(Record, kw_only=True):
    """A contract in force (or ended); `id` is the id that both sides know."""

    negotiation_id: str
    role: Role
    consumer: str
    provider: str
    dataset_id: str
    policy: dict[str, Any]
    signed_at: datetime
    ended_at: datetime | None = None
    ended_reason: str = ""
    ended_code: str = ""
    dataset_version: dict[str, str] = {}
    """Of our own dataset when the contract was made: `api` and `model`, as far as the asset says them."""


class Transfer(Record, kw_only=True):
    """One transfer process; `id` is our own pid. `data_address` is the consumer's EDR, or where a push goes."""

    role: Role
    state: str
    counterparty: str
    counterparty_address: str
    agreement_id: str
    dataset_id: str
    format: str
    consumer_pid: str = ""
    provider_pid: str = ""
    data_address: dict[str, Any] = {}
    purposes: list[str] = []
    code: str = ""
    reasons: list[str] = []
    planned: Planned | None = None
    created_at: datetime
    updated_at: datetime


class AccessToken(Record, kw_only=True):
    """A data-plane token; `id` is the SHA-256 of its text, which is kept nowhere. `push`: the provider brings bytes."""

    kind: Literal["access", "refresh", "push"]
    transfer_id: str
    agreement_id: str
    consumer: str
    expires_at: datetime


class Outgoing(Record, kw_only=True):
    """A decided message that the peer has not acknowledged yet; `id` is the message's `@id`."""

    kind: Literal["negotiation", "transfer"]
    process_id: str
    counterparty: str
    url: str
    message: str
    body: dict[str, Any]
    created_at: datetime


class Delivery(msgspec.Struct, kw_only=True):
    """One event that a callback address has not taken yet; `id` is the event's own."""

    id: str
    uri: str
    event: str
    body: dict[str, Any]
    attempts: int = 0
    due: datetime


class Subscription(Record, kw_only=True):
    """Who is called back about a process (its id is `id`), what it was told, and what it waits to be told.

    `addresses` are EDC's callbackAddresses; `told` holds each event's name once, the last one at its end.
    """

    kind: Literal["negotiation", "transfer"]
    state: Literal["open", "done"] = "open"
    addresses: list[dict[str, Any]]
    told: list[str] = []
    waiting: list[Delivery] = []
    created_at: datetime


class Received(Record, kw_only=True):
    """A message that was taken once already; `id` is `<counterparty> <@id>`, `answer` what was said then."""

    answer: dict[str, Any]
    received_at: datetime


class HeldCredential(Record, kw_only=True):
    """A credential of our own, as the issuer delivered it (VC JWT)."""

    type: str
    issuer: str
    jwt: str
    expires_at: datetime


class KnownPresentation(Record, kw_only=True):
    """The verified credentials of a counterparty; `id` is its DID."""

    credentials: list[str]
    received_at: datetime


class IssuedCredential(Record, kw_only=True):
    """What an issuer node issued; `revoked_at` is mirrored in the status list."""

    type: str
    holder: str
    jwt: str
    status_index: int
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class ApiKey(Record, kw_only=True):
    """A management key; `id` is its name, the key itself is kept as a salted hash."""

    digest: str
    role: str
    created_at: datetime
    revoked_at: datetime | None = None


class InventoryItem(Record, kw_only=True):
    """Bytes that arrived under a contract; the bytes lie in the content store under `digest`.

    `derived_from` is the item that a derived one was made from: it stays under the same contract, and goes with it.
    """

    agreement_id: str
    transfer_id: str
    provider: str
    dataset_id: str
    path: str
    media_type: str
    size: int
    digest: str
    source_digest: str = ""
    derived_from: str = ""
    received_at: datetime
    deleted_at: datetime | None = None


class Passport(Record, kw_only=True):
    """A battery passport; `id` is the opaque unit id, never reassigned.

    `context` holds the members of `submodels.dbp.context.PassportContext` that were configured for it; `terms` says how
    it is built (`services.passports.terms`), the first terms where it is empty; `shell` is the
    JSON text of the current version's shell, `submodels` lists idShort, id, semanticId and digest of its submodels.
    `visible_to` says who sees which specific asset id (`*`: each) in the registry; `datasets` names a dataset for each
    idShort where submodels are offered by type, and is empty where `dataset_id` holds them all.
    """

    global_asset_id: str
    unit_url: str
    dataset_id: str = ""
    shell_id: str = ""
    shell: str = ""
    submodels: list[dict[str, str]] = []
    visible_to: dict[str, list[str]] = {}
    datasets: dict[str, str] = {}
    context: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    version: int = 0
    created_at: datetime
    updated_at: datetime


class PassportVersion(Record, kw_only=True):
    """One version of a passport's payload; `id` is `<unit id>#<number>`, `created_at` the time that was digested.

    `submodels` says for each idShort the number under which its StoredSubmodel stands: one that a version leaves as it
    is, is not stored again.
    """

    unit_id: str
    number: int
    payload: dict[str, Any]
    payload_digest: str
    predecessor_digest: str = ""
    delta: list[dict[str, Any]] = []
    actor: str
    role: str
    reason: str
    notes: str = ""
    evidence: list[dict[str, Any]] = []
    provisional: list[str] = []
    shell: str = ""
    submodels: dict[str, int] = {}
    created_at: datetime


class StoredSubmodel(Record, kw_only=True):
    """One generated submodel, as passport version `number` made it; `id` is `<unit id>#<number>/<idShort>`.

    `value` is the exact JSON text of its `$value`, `document` that of the whole.
    """

    unit_id: str
    number: int
    id_short: str
    submodel_id: str
    semantic_id: str
    status: Literal["current", "superseded"] = "current"
    value: str
    value_digest: str
    document: str
    created_at: datetime


class StatementRecord(Record, kw_only=True):
    """A signed reading as it was taken; `id` is `<unit id>#<sequence>`.

    `version` is the passport version that it became, 0 where none of its quantities has a place in the passport.
    """

    unit_id: str
    sequence: int
    key_id: str = ""
    statement: str
    digest: str = ""
    reading: dict[str, Any]
    version: int = 0
    received_at: datetime


class Device(Record, kw_only=True):
    """A key that signs readings of one unit; `id` is `<unit id>#<key id>`, `jwk` the public half (EC, P-256)."""

    unit_id: str
    key_id: str
    jwk: dict[str, str]
    actor: str
    created_at: datetime
    revoked_at: datetime | None = None


class FootprintRequest(Record, kw_only=True):
    """One exchange of a product carbon footprint over CX-0136; `id` is the requestId.

    `agreement_id` is the contract that carried the request, `answer_agreement_id` the one that carried the answer.
    `document_digest` is of the exact bytes that were sent or received; received bytes are the inventory's `item_id`.
    `trade_id` and `trace_id` name the trade and part of the region that the bridge joined with this request.
    """

    direction: Literal["incoming", "outgoing"]
    state: str
    counterparty: str
    counterparty_bpn: str = ""
    manufacturer_part_id: str = ""
    customer_part_id: str = ""
    message: str = ""
    purpose: str = ""
    agreement_id: str = ""
    answer_agreement_id: str = ""
    trade_id: str = ""
    trace_id: str = ""
    document: dict[str, Any] | None = None
    document_digest: str = ""
    item_id: str = ""
    is_update: bool = False
    findings: list[dict[str, Any]] = []
    code: str = ""
    reason: str = ""
    created_at: datetime
    updated_at: datetime


class StoredFootprint(Record, kw_only=True):
    """A footprint of an own product, ready to be given; `id` is the manufacturer part id.

    `stages` may state the split of the total as its owner knows it: `rawMaterial`, `mainProduction`, `source`.
    """

    document: dict[str, Any]
    document_digest: str
    stages: dict[str, Any] = {}
    created_at: datetime


class RegionItem(Record, kw_only=True):
    """One thing that a regional platform keeps: an operator, plant, part, structure, trade or set of CFP rows."""

    kind: str
    owner: str = ""
    parent: str = ""
    partner: str = ""
    document: Any = None
    created_at: datetime


class Link(Record, kw_only=True):
    """What joins an identity of one space with one of another; `id` is `<kind> <left>`.

    `attributes` is what the bridge needs beyond the pair, by kind (see `services.links`).
    """

    kind: str
    left: str
    right: str
    attributes: dict[str, Any] = {}


ASSETS = Collection("asset", Asset, index=("created_at",), terms=asset_terms)
POLICY_DEFINITIONS = Collection("policy_definition", PolicyDefinition, index=("created_at",))
CONTRACT_DEFINITIONS = Collection(
    "contract_definition",
    ContractDefinition,
    index=("access_policy_id", "contract_policy_id", "only", "slot", "created_at"),
)
NEGOTIATIONS = Collection(
    "negotiation",
    Negotiation,
    index=("role", "state", "counterparty", "consumer_pid", "provider_pid", "agreement_id", "created_at"),
)
AGREEMENTS = Collection(
    "agreement", Agreement, index=("negotiation_id", "consumer", "provider", "dataset_id", "signed_at")
)
TRANSFERS = Collection(
    "transfer",
    Transfer,
    index=("role", "state", "counterparty", "agreement_id", "consumer_pid", "provider_pid", "created_at"),
)
ACCESS_TOKENS = Collection("access_token", AccessToken, index=("transfer_id", "expires_at"))
OUTGOING = Collection("outgoing", Outgoing, index=("process_id", "created_at"))
SUBSCRIPTIONS = Collection("subscription", Subscription, index=("state", "created_at"))
RECEIVED = Collection("received", Received, index=("received_at",))
HELD_CREDENTIALS = Collection("held_credential", HeldCredential, index=("type",))
KNOWN_PRESENTATIONS = Collection("known_presentation", KnownPresentation)
ISSUED_CREDENTIALS = Collection(
    "issued_credential", IssuedCredential, index=("type", "holder", "status_index"), unique=("status_index",)
)
API_KEYS = Collection("api_key", ApiKey)
INVENTORY = Collection("inventory_item", InventoryItem, index=("agreement_id", "dataset_id", "received_at"))
PASSPORTS = Collection(
    "passport",
    Passport,
    index=("global_asset_id", "dataset_id", "shell_id", "created_at"),
    unique=("global_asset_id",),
)
PASSPORT_VERSIONS = Collection("passport_version", PassportVersion, index=("unit_id", "number"))
SUBMODELS = Collection(
    "submodel",
    StoredSubmodel,
    index=("unit_id", "number", "id_short", "submodel_id", "status"),
    paged=(("status",), ("id_short", "status")),
)
STATEMENTS = Collection("statement", StatementRecord, index=("unit_id", "sequence", "digest"))
DEVICES = Collection("device", Device, index=("unit_id", "created_at"))
FOOTPRINT_REQUESTS = Collection(
    "footprint_request", FootprintRequest, index=("direction", "state", "counterparty", "trade_id", "created_at")
)
STORED_FOOTPRINTS = Collection("stored_footprint", StoredFootprint)
REGION_ITEMS = Collection("region_item", RegionItem, index=("kind", "owner", "parent", "partner", "created_at"))
LINKS = Collection("link", Link, index=("kind", "left", "right"))

COLLECTIONS: tuple[Collection[Any], ...] = (
    ASSETS,
    POLICY_DEFINITIONS,
    CONTRACT_DEFINITIONS,
    NEGOTIATIONS,
    AGREEMENTS,
    TRANSFERS,
    ACCESS_TOKENS,
    OUTGOING,
    SUBSCRIPTIONS,
    RECEIVED,
    HELD_CREDENTIALS,
    KNOWN_PRESENTATIONS,
    ISSUED_CREDENTIALS,
    API_KEYS,
    INVENTORY,
    PASSPORTS,
    PASSPORT_VERSIONS,
    SUBMODELS,
    STATEMENTS,
    ASSET_LINKS,
    SHELL_READERS,
    HOSTED_SHELLS,
    SHELL_PARTS,
    HOSTED_FILES,
    SUBMODEL_MEANINGS,
    CONCEPTS,
    DEVICES,
    FOOTPRINT_REQUESTS,
    STORED_FOOTPRINTS,
    REGION_ITEMS,
    LINKS,
)
"""Every collection of a node; a store makes one table for each."""
