"""What a node offers: assets, policies, and which policy stands before which asset."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.records.catalog_order import asset_terms, gate, only_of
from connector.records.collection import Collection, Record


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


ASSETS = Collection("asset", Asset, index=("created_at",), terms=asset_terms)

POLICY_DEFINITIONS = Collection("policy_definition", PolicyDefinition, index=("created_at",))

CONTRACT_DEFINITIONS = Collection(
    "contract_definition",
    ContractDefinition,
    index=("access_policy_id", "contract_policy_id", "only", "slot", "created_at"),
)
