"""What puts a passport on offer: one asset for all its submodels and the contract definition of it (CX-0160)."""

from __future__ import annotations

from typing import Any, Final

from connector.dsp.vocabulary import AAS_SEMANTICS, CX_COMMON, CX_TAXO, DCT, EDC
from connector.notation.problems import Unprocessable
from connector.ports import Transaction
from connector.records import (
    ASSETS,
    CONTRACT_DEFINITIONS,
    POLICY_DEFINITIONS,
    Asset,
    ContractDefinition,
    Passport,
)

KIND: Final = "Passport"
"""The `type` of the data address; `services.shells.Shells.serve` answers for it."""

VERSION: Final = "1.0"
"""cx-common:version of a battery passport by CX-0160 (the version of the interface, not of the passport)."""


def offer(tx: Transaction, passport: Passport, access_policy_id: str, usage_policy_id: str) -> None:
    """Put `passport` on offer. Raises Unprocessable (`passport/policy`) for a policy definition that is not here."""
    for policy_id in (access_policy_id, usage_policy_id):
        if tx.get(POLICY_DEFINITIONS, policy_id) is None:
            raise Unprocessable("passport/policy", f"there is no policy definition {policy_id!r}: create it first")
    address = {"type": KIND, "unitId": passport.id}
    tx.add(
        ASSETS, Asset(id=passport.dataset_id, properties=_properties(passport), data_address=address, created_at=tx.now)
    )
    criterion = {"operandLeft": EDC + "id", "operator": "=", "operandRight": passport.dataset_id}
    tx.add(
        CONTRACT_DEFINITIONS,
        ContractDefinition(
            id=f"passport-{passport.id}",
            access_policy_id=access_policy_id,
            contract_policy_id=usage_policy_id,
            selector=[criterion],
            created_at=tx.now,
        ),
    )


def _properties(passport: Passport) -> dict[str, Any]:
    return {
        DCT + "type": {"@id": CX_TAXO + "BatteryPass"},
        CX_COMMON + "version": VERSION,
        AAS_SEMANTICS + "semanticId": [{"@id": listed["semanticId"]} for listed in passport.submodels],
    }
