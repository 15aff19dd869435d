"""The example payload of the repository, its configuration, and ways to vary both."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.notation import exact_json, pointers
from submodels.dbp.build import BuiltPassport, build
from submodels.dbp.context import PassportContext, PostalAddress
from submodels.samm.loader import load
from submodels.samm.model import Aspect

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json"
TEMPLATES = ROOT / "../shared/reference/idta-dbp-templates"

ASSET_ID = "https://id.battery.example/p/7EE53R3T5N4FDG85B"
ABSENT = object()


def context(**changes: Any) -> PassportContext:
    members: dict[str, Any] = {
        "asset_id": ASSET_ID,
        "unit_url": ASSET_ID,
        "manufacturer_bpnl": "BPNL00000075MFCT",
        "manufacturer_name": "Example Battery GmbH",
        "manufacturer_part_id": "ION-E75",
        "facility_bpns": "BPNS00000075PLNT",
        "manufacturer_address": PostalAddress(
            street="Akkuring 12", zipcode="71063", city="Sindelfingen", country="DE", phone="+49 1", email="a@b.example"
        ),
    }
    return PassportContext(**{**members, **changes})


def example() -> dict[str, Any]:
    payload: dict[str, Any] = exact_json.decode(EXAMPLE.read_bytes())
    return payload


def varied(changes: dict[str, Any]) -> dict[str, Any]:
    """The example with other values at these pointers; ABSENT takes one away."""
    payload = example()
    for pointer, value in changes.items():
        *way, last = pointers.split(pointer)
        parent = pointers.resolve(payload, pointers.join("", *way))
        key: Any = int(last) if isinstance(parent, list) else last
        if value is ABSENT:
            del parent[key]
        else:
            parent[key] = copy.deepcopy(value)
    return payload


def built(changes: dict[str, Any] | None = None, **context_changes: Any) -> BuiltPassport:
    return build(varied(changes or {}), context=context(**context_changes))


def codes(passport: BuiltPassport, pointer: str | None = None) -> set[str]:
    return {finding.code for finding in passport.findings if pointer in (None, finding.pointer)}


@pytest.fixture(scope="session")
def battery_pass() -> Aspect:
    """The aspect model of the payloads."""

    def texts(namespace: str) -> list[tuple[str, str]]:
        name, version = namespace.rsplit(":", 1)
        files = sorted((ROOT / "samm-models" / name / version).glob("*.ttl"))
        return [(str(file), file.read_text("utf-8")) for file in files]

    return load("urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass", texts)


@pytest.fixture(scope="session")
def passport() -> BuiltPassport:
    return built()


MATERIAL = {
    "substanceName": {"chemicalName": "dimethyl carbonate", "type": "IUPAC"},
    "substanceIdentification": [{"materialid": "616-38-6", "type": "CAS"}],
    "concentration": {"right": {"value": Decimal("3")}},
    "location": "Electrolyte",
    "hazardClass": "Acute toxicity",
    "renewable": Decimal("0"),
    "recycled": Decimal("0"),
    "substanceUnit": "unit:percent",
    "supportingDocument": [
        {"content": "https://docs.example/dmc.pdf", "type": "PDF", "category": "Safety Information", "header": "DMC"}
    ],
}
RANGE = {**MATERIAL, "concentration": {"left": [{"min": Decimal(1), "max": Decimal(2)}]}}
METAL_RANGE = {name: RANGE[name] for name in ("concentration", "substanceUnit", "supportingDocument")}
BY_ID = {"right": [{"businessIdentifier": {"left": "BPNL0000PAYLOAD1"}, "businessIdentifierType": "BPNL"}]}
OTHER_ID = {"right": [{"businessIdentifier": {"right": "DE123"}, "businessIdentifierType": "VAT"}]}
MAKER = "/generalInformation/manufacturer/manufacturer"
PLACE = "/generalInformation/manufacturer/facility"
SYMBOL = "/circularity/documents/separateCollectionSymbol"
LINKS = {"right": ["https://docs.example/symbol.svg"]}
OTHERS = "/chemicalMaterial/otherMaterials"
ACTIVE_OTHERS = "/chemicalMaterial/activeMaterials/otherMaterials"

# Payloads that between them use every row of the mapping table: (changes of the payload, changes of the context).
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it stands": ({}, {}),
    "idDmc is a code": ({"/identification/idDmc": "34567890"}, {}),
    "manufacturer by BPNL": ({MAKER: BY_ID}, {}),
    "manufacturer by another id": ({MAKER: OTHER_ID}, {"manufacturer_bpnl": "", "facility_bpns": ""}),
    "facility by BPNS": ({PLACE: {"right": {"locationIdentifier": {"right": "BPNS0000PAYLOAD1"}}}}, {}),
    "facility by another id": ({PLACE: {"right": {"locationIdentifier": {"right": "P7"}}}}, {"facility_bpns": ""}),
    "configured otherwise": ({}, {"unit_url": "https://other.example/1", "manufacturer_name": "Other"}),
    "facility by address": ({PLACE: {"left": {}}}, {"facility_bpns": ""}),
    "operator by name": (
        {"/metadata/economicOperator/economicOperatorId": {"left": {"companyName": ["Operator Ltd"]}}},
        {},
    ),
    "operator by configuration": ({"/metadata/economicOperator/economicOperatorId": {}}, {"operator_id": "OP-1"}),
    "symbols as links": ({"/chemicalMaterial/materialSymbol": LINKS, SYMBOL: LINKS}, {}),
    "symbol as text": ({"/chemicalMaterial/materialSymbol": {"left": "Pb"}}, {}),
    "critical material listed nowhere else": (
        {
            "/chemicalMaterial/criticalMaterial": [
                {
                    "criticalName": "Magnesium",
                    "substanceIdentification": [{"materialid": "7439-95-4", "type": "CAS"}],
                }
            ]
        },
        {},
    ),
    "hazards by single value": (
        {
            OTHERS: {"left": [MATERIAL]},
            ACTIVE_OTHERS: {
                "left": [{**MATERIAL, "substanceIdentification": [{"materialid": "108-88-3", "type": "CAS"}]}]
            },
            "/chemicalMaterial/hazardousSubstance/other": {
                "left": [{**MATERIAL, "substanceName": {"chemicalName": "x"}}]
            },
        },
        {},
    ),
    "hazards by range": (
        {
            OTHERS: {"left": [RANGE]},
            ACTIVE_OTHERS: {"left": [RANGE]},
            "/chemicalMaterial/hazardousSubstance/other": {"right": "not applicable"},
            "/chemicalMaterial/hazardousSubstance/cadmium": {"left": {**METAL_RANGE, "location": "Busbar"}},
        },
        {},
    ),
    "documents of active others": (
        {
            OTHERS: {"right": "not applicable"},
            ACTIVE_OTHERS: {"left": [MATERIAL]},
            "/chemicalMaterial/hazardousSubstance/other": {"left": [MATERIAL]},
        },
        {},
    ),
    "documents of others": (
        {OTHERS: {"left": [MATERIAL]}, "/chemicalMaterial/hazardousSubstance/other": {"right": "not applicable"}},
        {},
    ),
    "supplier by id": ({"/circularity/spareParts/left/producer/0/id": BY_ID}, {}),
    "recycled before use": ({}, {"recycled_share": "PreConsumerShare"}),
}
