"""Every collection of a node: a store makes one table for each."""

from __future__ import annotations

from typing import Any

from connector.records.clearing import CLEARED_ENTRIES, CLEARING_CURSORS
from connector.records.collection import Collection
from connector.records.contracts import (
    ACCEPTANCES,
    ACCEPTED_POLICIES,
    AFFILIATES,
    CONTRACT_ENDS,
    DELETION_RECEIPTS,
    DELIVERIES,
    EXCLUSIVE_USES,
    GROUP_MEMBERS,
    INVENTORY,
)
from connector.records.exchange import (
    ACCESS_TOKENS,
    AGREEMENTS,
    NEGOTIATIONS,
    OUTGOING,
    RECEIVED,
    SUBSCRIPTIONS,
    TRANSFERS,
)
from connector.records.export import EXPORT_APPROVALS, EXPORT_PROFILES, EXPORTED_YEARS, PARTNER_SEATS
from connector.records.footprints import FOOTPRINT_REQUESTS, LINKS, PACT_ITEMS, REGION_ITEMS, STORED_FOOTPRINTS
from connector.records.found_datasets import CRAWLED_PROVIDERS, FOUND_DATASETS
from connector.records.identity import API_KEYS, HELD_CREDENTIALS, ISSUED_CREDENTIALS, KNOWN_PRESENTATIONS
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, POLICY_DEFINITIONS
from connector.records.passports import DEVICES, PASSPORT_VERSIONS, PASSPORTS, STATEMENTS, SUBMODELS
from connector.records.shells import (
    ASSET_LINKS,
    CONCEPTS,
    HOSTED_FILES,
    HOSTED_SHELLS,
    SHELL_PARTS,
    SHELL_READERS,
    SUBMODEL_MEANINGS,
)
from connector.records.submodel_texts import SUBMODEL_TEXTS

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
    SUBMODEL_TEXTS,
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
    ACCEPTANCES,
    DELIVERIES,
    EXCLUSIVE_USES,
    GROUP_MEMBERS,
    AFFILIATES,
    CONTRACT_ENDS,
    DELETION_RECEIPTS,
    ACCEPTED_POLICIES,
    EXPORT_PROFILES,
    EXPORT_APPROVALS,
    PARTNER_SEATS,
    EXPORTED_YEARS,
    CLEARED_ENTRIES,
    CLEARING_CURSORS,
    PACT_ITEMS,
    FOUND_DATASETS,
    CRAWLED_PROVIDERS,
)
