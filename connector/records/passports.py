"""What a node keeps of battery passports: units, versions, submodels, signed readings and the keys of devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from connector.records.collection import Collection, Record


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

    `value` is the exact JSON text of its `$value`, `document` that of the whole. A passport's submodels share them
    (`submodel_texts`): both are empty as stored, and `text` names what holds them.
    """

    unit_id: str
    number: int
    id_short: str
    submodel_id: str
    semantic_id: str
    status: Literal["current", "superseded"] = "current"
    value: str = ""
    value_digest: str
    document: str = ""
    text: str = ""
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
