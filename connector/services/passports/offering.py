"""What puts a passport on offer: one asset for all its submodels and the contract definition of it (CX-0160)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from connector.dsp.vocabulary import AAS_SEMANTICS, CX_COMMON, CX_TAXO, DCT, EDC
from connector.notation.exact_json import encode
from connector.notation.problems import Unprocessable
from connector.ports import Transaction
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, POLICY_DEFINITIONS, Asset, ContractDefinition
from connector.records.passports import PASSPORTS, Passport
from connector.services.usage.export import ExportGate

KIND: Final = "Passport"
"""The `type` of the data address; `services.shells.Shells.serve` answers for it."""

REGISTRY_KIND: Final = "ShellRegistry"
"""The `type` of a data address whose content is the registry; `Shells.serve_registry` answers for it."""

REGISTRY_DATASET: Final = "digital-twin-registry"

TYPE_KIND: Final = "SubmodelType"
"""The `type` of a data address of one submodel of many passports; `Shells.serve_type` answers for it."""

SUBMODEL_VERSION: Final = "3.1"
"""cx-common:version of a submodel by CX-0002: that of the interface."""

VERSION: Final = "1.0"
"""cx-common:version of a battery passport by CX-0160 (the version of the interface, not of the passport)."""


def offer(
    tx: Transaction,
    passport: Passport,
    access_policy_id: str,
    usage_policy_id: str,
    export: ExportGate | None = None,
) -> None:
    """Put `passport` on offer. Raises Unprocessable (`passport/policy`) for a policy definition that is not here,
    Conflict (`export/...`) where export control finds it not classified.

    A passport with a `dataset_id` is one dataset. Without, its submodels join the datasets of their types, one for
    each pair of policies, that hold the same submodel of many batteries; `passport.datasets` names them.
    """
    _need_policies(tx, access_policy_id, usage_policy_id)
    if passport.dataset_id:
        address = {"type": KIND, "unitId": passport.id}
        asset = Asset(id=passport.dataset_id, properties=_properties(passport), data_address=address, created_at=tx.now)
        _put_on_offer(tx, asset, f"passport-{passport.id}", access_policy_id, usage_policy_id)
        if export is not None:
            export.check_publication(tx, asset.id)
        return
    for listed in passport.submodels:
        dataset_id = _type_dataset(listed["semanticId"], access_policy_id, usage_policy_id)
        passport.datasets[listed["idShort"]] = dataset_id
        if tx.get(ASSETS, dataset_id) is None:
            asset = _of_type(tx, dataset_id, listed)
            _put_on_offer(tx, asset, f"type-{dataset_id}", access_policy_id, usage_policy_id)
        if export is not None:
            export.check_publication(tx, dataset_id)
    tx.put(PASSPORTS, passport)


def _need_policies(tx: Transaction, *policy_ids: str) -> None:
    for policy_id in policy_ids:
        if tx.get(POLICY_DEFINITIONS, policy_id) is None:
            raise Unprocessable("passport/policy", f"there is no policy definition {policy_id!r}: create it first")


def _put_on_offer(tx: Transaction, asset: Asset, name: str, access_policy_id: str, usage_policy_id: str) -> None:
    tx.add(ASSETS, asset)
    tx.add(CONTRACT_DEFINITIONS, _definition(tx, name, asset.id, access_policy_id, usage_policy_id))


def _definition(
    tx: Transaction, name: str, asset_id: str, access_policy_id: str, usage_policy_id: str
) -> ContractDefinition:
    return ContractDefinition(
        id=name,
        access_policy_id=access_policy_id,
        contract_policy_id=usage_policy_id,
        selector=[{"operandLeft": EDC + "id", "operator": "=", "operandRight": asset_id}],
        created_at=tx.now,
    )


def _type_dataset(semantic_id: str, access_policy_id: str, usage_policy_id: str) -> str:
    """The same type under the same policies is the same dataset."""
    return (
        f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, encode([semantic_id, access_policy_id, usage_policy_id]).decode())}"
    )


def _of_type(tx: Transaction, dataset_id: str, listed: Mapping[str, str]) -> Asset:
    properties = {
        DCT + "type": {"@id": CX_TAXO + "Submodel"},
        CX_COMMON + "version": SUBMODEL_VERSION,
        AAS_SEMANTICS + "semanticId": {"@id": listed["semanticId"]},
    }
    address = {"type": TYPE_KIND, "idShort": listed["idShort"], "dataset": dataset_id}
    return Asset(id=dataset_id, properties=properties, data_address=address, created_at=tx.now)


def offer_registry(tx: Transaction, access_policy_id: str, usage_policy_id: str) -> str:
    """Put the registry on offer (CX-0002), or under other policies than before; its dataset's id.

    Raises Unprocessable (`passport/policy`).
    """
    _need_policies(tx, access_policy_id, usage_policy_id)
    if tx.get(ASSETS, REGISTRY_DATASET) is None:
        properties = {DCT + "type": {"@id": CX_TAXO + "DigitalTwinRegistry"}, CX_COMMON + "version": "3.0"}
        address = {"type": REGISTRY_KIND}
        tx.put(ASSETS, Asset(id=REGISTRY_DATASET, properties=properties, data_address=address, created_at=tx.now))
    tx.put(CONTRACT_DEFINITIONS, _definition(tx, REGISTRY_DATASET, REGISTRY_DATASET, access_policy_id, usage_policy_id))
    return REGISTRY_DATASET


def _properties(passport: Passport) -> dict[str, Any]:
    return {
        DCT + "type": {"@id": CX_TAXO + "BatteryPass"},
        CX_COMMON + "version": VERSION,
        AAS_SEMANTICS + "semanticId": [{"@id": listed["semanticId"]} for listed in passport.submodels],
    }
