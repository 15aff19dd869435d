"""What is put on offer: assets, policy definitions and contract definitions, checked before they are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Literal

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import encode
from connector.notation.findings import has_errors
from connector.notation.problems import Conflict, Invalid, Unknown
from connector.odrl import policy as policies_of
from connector.odrl.policy import Profile
from connector.ports import Reader, Store, Transaction
from connector.records.collection import Collection as Records
from connector.records.collection import R, Record
from connector.records.exchange import AGREEMENTS
from connector.records.offers import (
    ASSETS,
    CONTRACT_DEFINITIONS,
    POLICY_DEFINITIONS,
    Asset,
    ContractDefinition,
    PolicyDefinition,
)
from connector.services.catalog.criteria import Criterion, selects_ids
from connector.services.catalog.search import Search, Searchable, find
from connector.services.usage.export import ExportGate
from connector.services.usage.usage import Policies

_URL: Final = re.compile(r"https?://[!-~]+", re.ASCII)
_ALL: Final = 1_000_000
_NOUNS: Final[Mapping[str, str]] = {
    "asset": "asset",
    "policy_definition": "policy",
    "contract_definition": "contract-definition",
}
"""Collection -> the noun of its audit events and reason codes."""

BY_TIME: Final = Searchable({"id": "id"}, "created_at", open_in=("properties", "private_properties"))
DEFINITIONS: Final = Searchable(
    {"id": "id"},
    "created_at",
    members={"accessPolicyId": "access_policy_id", "contractPolicyId": "contract_policy_id"},
)
POLICIES: Final = Searchable({"id": "id"}, "created_at")

Values = Callable[[R], Mapping[str, Any]]


class Offers:
    """The offers of this node. Every change is one audit entry of its `actor`."""

    def __init__(
        self,
        *,
        store: Store,
        policies: Policies,
        kinds: Callable[[], Collection[str]] | None = None,
        profile: Profile = "catena-x",
        export: ExportGate | None = None,
    ) -> None:
        """`kinds` are the types of data address that this node can serve; without it any is taken."""
        self._store = store
        self._policies = policies
        self._kinds = kinds
        self._profile = profile
        self._export = export

    # --- assets

    async def create_asset(
        self,
        asset_id: str,
        *,
        properties: Mapping[str, Any],
        data_address: Mapping[str, Any],
        private_properties: Mapping[str, Any] | None = None,
        actor: str,
    ) -> Asset:
        """Keep a new asset. Raises Invalid (`asset/...`), Conflict (`asset/exists`)."""
        self._check_asset(properties, data_address, private_properties or {})

        def make(tx: Transaction) -> Asset:
            return Asset(
                id=asset_id,
                properties=dict(properties),
                private_properties=dict(private_properties or {}),
                data_address=dict(data_address),
                created_at=tx.now,
            )

        return await self._create(ASSETS, make, actor)

    async def update_asset(
        self,
        asset_id: str,
        *,
        properties: Mapping[str, Any],
        data_address: Mapping[str, Any],
        private_properties: Mapping[str, Any] | None = None,
        actor: str,
    ) -> Asset:
        """Replace an asset; contracts on it go on with the new data address. Raises Unknown, Invalid."""
        self._check_asset(properties, data_address, private_properties or {})

        def change(asset: Asset, _: Transaction) -> None:
            asset.properties = dict(properties)
            asset.data_address = dict(data_address)
            asset.private_properties = dict(private_properties or {})

        return await self._update(ASSETS, asset_id, change, actor)

    async def asset(self, asset_id: str) -> Asset:
        """Raises Unknown `asset/unknown`."""
        return await self._get(ASSETS, asset_id)

    async def find_assets(self, search: Search, values: Values[Asset]) -> list[Asset]:
        """Assets by any property; `values` gives what criteria compare with."""
        return await find(self._store, ASSETS, search, BY_TIME, values)

    async def delete_asset(self, asset_id: str, *, actor: str) -> None:
        """Raises Unknown, Conflict (`asset/in-use`) where a contract or a contract definition names it."""
        await self._delete(ASSETS, asset_id, _asset_user, actor)

    # --- policy definitions

    async def create_policy(self, policy_id: str, document: Mapping[str, Any], *, actor: str) -> PolicyDefinition:
        """Keep a new policy in its standard form. Raises Invalid (`odrl/...`, `policy/refused` with all findings)."""
        checked = self.checked_policy(document)
        return await self._create(
            POLICY_DEFINITIONS, lambda tx: PolicyDefinition(id=policy_id, policy=checked, created_at=tx.now), actor
        )

    async def update_policy(self, policy_id: str, document: Mapping[str, Any], *, actor: str) -> PolicyDefinition:
        """Replace a policy; contracts in force keep theirs."""
        checked = self.checked_policy(document)

        def change(definition: PolicyDefinition, _: Transaction) -> None:
            definition.policy = checked

        return await self._update(POLICY_DEFINITIONS, policy_id, change, actor)

    async def policy(self, policy_id: str) -> PolicyDefinition:
        """Raises Unknown `policy/unknown`."""
        return await self._get(POLICY_DEFINITIONS, policy_id)

    async def find_policies(self, search: Search, values: Values[PolicyDefinition]) -> list[PolicyDefinition]:
        """Policy definitions."""
        return await find(self._store, POLICY_DEFINITIONS, search, POLICIES, values)

    async def delete_policy(self, policy_id: str, *, actor: str) -> None:
        """Raises Unknown, Conflict (`policy/in-use`)."""
        await self._delete(POLICY_DEFINITIONS, policy_id, _policy_user, actor)

    def checked_policy(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The standard form of a policy that this node can enforce. Raises Invalid with a finding for each fault."""
        parsed = self._policies.parse(document)
        findings = [
            finding for finding in policies_of.check(parsed, profile=self._profile) if finding.severity == "error"
        ]
        if has_errors(findings):
            said = "; ".join(finding.message for finding in findings)
            raise Invalid("policy/refused", said, pointer=findings[0].pointer, findings=findings)
        return {"@type": "Set", **policies_of.wire(parsed)}

    # --- contract definitions

    async def create_definition(
        self,
        definition_id: str,
        *,
        access_policy_id: str,
        contract_policy_id: str,
        selector: Sequence[Criterion] = (),
        actor: str,
    ) -> ContractDefinition:
        """Put assets on offer; an empty selector means all of them. Raises Invalid where a policy is not there."""

        def make(tx: Transaction) -> ContractDefinition:
            _check_policies(tx, access_policy_id, contract_policy_id)
            self._check_export(tx, selector)
            return ContractDefinition(
                id=definition_id,
                access_policy_id=access_policy_id,
                contract_policy_id=contract_policy_id,
                selector=[_criterion(criterion) for criterion in selector],
                created_at=tx.now,
            )

        return await self._create(CONTRACT_DEFINITIONS, make, actor)

    async def update_definition(
        self,
        definition_id: str,
        *,
        access_policy_id: str,
        contract_policy_id: str,
        selector: Sequence[Criterion] = (),
        actor: str,
    ) -> ContractDefinition:
        """Replace a contract definition; contracts in force are untouched."""

        def change(definition: ContractDefinition, tx: Transaction) -> None:
            _check_policies(tx, access_policy_id, contract_policy_id)
            self._check_export(tx, selector)
            definition.access_policy_id = access_policy_id
            definition.contract_policy_id = contract_policy_id
            definition.selector = [_criterion(criterion) for criterion in selector]

        return await self._update(CONTRACT_DEFINITIONS, definition_id, change, actor)

    async def definition(self, definition_id: str) -> ContractDefinition:
        """Raises Unknown `contract-definition/unknown`."""
        return await self._get(CONTRACT_DEFINITIONS, definition_id)

    async def find_definitions(self, search: Search, values: Values[ContractDefinition]) -> list[ContractDefinition]:
        """Contract definitions."""
        return await find(self._store, CONTRACT_DEFINITIONS, search, DEFINITIONS, values)

    async def delete_definition(self, definition_id: str, *, actor: str) -> None:
        """Take an offer back. Raises Unknown."""
        await self._delete(CONTRACT_DEFINITIONS, definition_id, lambda _reader, _id: "", actor)

    def _check_export(self, reader: Reader, selector: Sequence[Criterion]) -> None:
        """What is put on offer by name is classified; what a wide selector finds later, each pull judges."""
        if self._export is not None:
            for asset_id in selects_ids(selector) or ():
                self._export.check_publication(reader, asset_id)

    # --- what all three share

    def _check_asset(
        self, properties: Mapping[str, Any], address: Mapping[str, Any], private: Mapping[str, Any]
    ) -> None:
        twice = sorted(properties.keys() & private.keys())
        if twice:
            detail = f"{twice[0]!r} is a property and a private property: choose one"
            raise Invalid("asset/property-twice", detail, pointer="/privateProperties")
        kind = address.get("type")
        if not isinstance(kind, str) or not kind:
            raise Invalid("asset/address-type", "dataAddress needs a type, as HttpData", pointer="/dataAddress/type")
        known = None if self._kinds is None else self._kinds()
        if known is not None and kind not in known:
            detail = f"this node cannot serve data addresses of type {kind[:100]!r}; it can: {', '.join(sorted(known))}"
            raise Invalid("asset/address-type", detail, pointer="/dataAddress/type")
        url = address.get("baseUrl", "")
        if kind == "HttpData" and not (isinstance(url, str) and _URL.fullmatch(url)):
            raise Invalid("asset/base-url", "baseUrl is no http(s) address", pointer="/dataAddress/baseUrl")

    async def _get(self, collection: Records[R], record_id: str) -> R:
        return await self._store.read(lambda reader: _need(reader, collection, record_id))

    async def _create(self, collection: Records[R], make: Callable[[Transaction], R], actor: str) -> R:
        def create(tx: Transaction) -> R:
            record = make(tx)
            if tx.get(collection, record.id) is not None:
                noun = _NOUNS[collection.name]
                raise Conflict(f"{noun}/exists", f"there is a {noun} {record.id!r} already", pointer="/@id")
            tx.add(collection, record)
            _audit(tx, collection, record, "created", actor)
            return record

        return await self._store.write(create)

    async def _update(
        self, collection: Records[R], record_id: str, change: Callable[[R, Transaction], None], actor: str
    ) -> R:
        def update(tx: Transaction) -> R:
            record = _need(tx, collection, record_id)
            change(record, tx)
            tx.put(collection, record)
            _audit(tx, collection, record, "updated", actor)
            return record

        return await self._store.write(update)

    async def _delete(
        self, collection: Records[R], record_id: str, user_of: Callable[[Reader, str], str], actor: str
    ) -> None:
        noun = _NOUNS[collection.name]

        def delete(tx: Transaction) -> None:
            record = _need(tx, collection, record_id)
            user = user_of(tx, record_id)
            if user:
                raise Conflict(f"{noun}/in-use", f"the {noun} {record_id!r} is used by {user}")
            tx.remove(collection, record_id)
            _audit(tx, collection, record, "deleted", actor)

        await self._store.write(delete)


def _need(reader: Reader, collection: Records[R], record_id: str) -> R:
    record = reader.get(collection, record_id)
    if record is None:
        noun = _NOUNS[collection.name]
        raise Unknown(f"{noun}/unknown", f"there is no {noun} {record_id!r}")
    return record


def _audit(
    tx: Transaction,
    collection: Records[Any],
    record: Record,
    what: Literal["created", "updated", "deleted"],
    actor: str,
) -> None:
    """The digest pins what was said; the content itself (data addresses hold secrets) stays out of the log."""
    tx.audit(f"{_NOUNS[collection.name]}.{what}", record.id, {"digest": digest_bytes(encode(record))}, actor=actor)


def _check_policies(tx: Transaction, access_policy_id: str, contract_policy_id: str) -> None:
    for member, policy_id in (("accessPolicyId", access_policy_id), ("contractPolicyId", contract_policy_id)):
        if tx.get(POLICY_DEFINITIONS, policy_id) is None:
            detail = f"{member}: there is no policy definition {policy_id!r}; create it first"
            raise Invalid("contract-definition/policy", detail, pointer=f"/{member}")


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {"operandLeft": criterion.left, "operator": criterion.operator, "operandRight": criterion.right}


def _asset_user(reader: Reader, asset_id: str) -> str:
    for agreement in reader.find(AGREEMENTS, {"dataset_id": asset_id}, limit=_ALL):
        if agreement.role == "provider":
            return f"the agreement {agreement.id}"
    for only in (asset_id, ""):
        for definition in reader.find(CONTRACT_DEFINITIONS, {"only": only}, limit=_ALL):
            ids = selects_ids([Criterion.read(item) for item in definition.selector])
            if ids is not None and asset_id in ids:
                return f"the contract definition {definition.id}"
    return ""


def _policy_user(reader: Reader, policy_id: str) -> str:
    for member in ("access_policy_id", "contract_policy_id"):
        definition = reader.one(CONTRACT_DEFINITIONS, {member: policy_id})
        if definition is not None:
            return f"the contract definition {definition.id}"
    return ""
