"""What the servers serve: the example payload as shells of eight submodels, copied under ids of their own."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from connector.adapters.sql.rows import to_body
from connector.adapters.sql.schema import column_value
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode
from connector.records.passports import SUBMODELS, StoredSubmodel
from submodels.aas.environment import to_jsonable
from submodels.dbp.build import build
from submodels.dbp.context import PassportContext, PostalAddress
from submodels.dbp.edition import Edition
from tests.conformance.aas.deployment import MADE_AT

EXAMPLE = Path("samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json")
SYNTHETIC_BYTES = 1024
"""Bytes of the document of each synthetic submodel."""


def payload() -> dict[str, Any]:
    """The example payload of BatteryPass 4.0.0."""
    read: dict[str, Any] = decode(EXAMPLE.read_bytes())
    return read


def context() -> PassportContext:
    """What the payload does not say and the templates ask for."""
    address = PostalAddress(street="Akkuring 12", zipcode="71063", city="Sindelfingen", country="DE")
    asset = "https://id.battery.example/p/7EE53R3T5N4FDG85B"
    return PassportContext(
        asset_id=asset,
        unit_url=asset,
        manufacturer_bpnl="BPNL00000075MFCT",
        manufacturer_name="Example Battery GmbH",
        manufacturer_part_id="ION-E75",
        facility_bpns="BPNS00000075PLNT",
        manufacturer_address=address,
    )


def environment(submodels: int) -> dict[str, Any]:
    """An AAS environment (JSON) of so many submodels, eight to a shell."""
    made = build(payload(), context=context(), edition=Edition(with_metadata=True))
    shell, parts = to_jsonable(made.shell), [to_jsonable(each) for each in made.submodels]
    shells: list[dict[str, Any]] = []
    copies: list[dict[str, Any]] = []
    for number in range(-(-submodels // len(parts))):
        own = [{**part, "id": f"urn:example:submodel:{number}:{part['idShort']}"} for part in parts]
        shells.append(_shell(shell, number, own))
        copies += own
    return {"assetAdministrationShells": shells, "submodels": copies}


def pieces(environment: Mapping[str, Any], shells: int = 20) -> Iterator[dict[str, Any]]:
    """The environment in parts that a package may hold, so many shells with their submodels in each."""
    parts = {part["id"]: part for part in environment["submodels"]}
    everything = environment["assetAdministrationShells"]
    for start in range(0, len(everything), shells):
        some = everything[start : start + shells]
        ids = [reference["keys"][0]["value"] for shell in some for reference in shell["submodels"]]
        yield {"assetAdministrationShells": some, "submodels": [parts[each] for each in ids if each in parts]}


def _shell(shell: dict[str, Any], number: int, parts: list[dict[str, Any]]) -> dict[str, Any]:
    own = copy.deepcopy(shell)
    own["id"] = f"urn:example:shell:{number}"
    own["assetInformation"]["globalAssetId"] = f"urn:example:battery:{number}"
    own["submodels"] = [
        {"type": "ModelReference", "keys": [{"type": "Submodel", "value": part["id"]}]} for part in parts
    ]
    return own


def fill(file: Path, count: int) -> None:
    """Put `count` synthetic submodels of SYNTHETIC_BYTES into a new SQLite store, as the node stores them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    SqlStore(f"sqlite:///{file}", SystemClock()).close()
    columns = ["id", "body", *SUBMODELS.index]
    statement = f"insert into submodel ({', '.join(columns)}) values ({', '.join('?' * len(columns))})"
    with sqlite3.connect(file) as connection:
        connection.execute("pragma synchronous=off")
        connection.executemany(statement, _rows(count))
    connection.close()


def _rows(count: int) -> Iterator[tuple[Any, ...]]:
    value, digest = '{"Name":"synthetic"}', digest_bytes(b'{"Name":"synthetic"}')
    for number in range(count):
        unit, own = f"synthetic-{number:08}", f"urn:example:synthetic:{number}"
        document = f'{{"modelType":"Submodel","id":"{own}","idShort":"Synthetic","submodelElements":[%s]}}'
        element = '{"modelType":"Property","idShort":"Name","valueType":"xs:string","value":"%s"}'
        text = document % (element % ("x" * (SYNTHETIC_BYTES - len(document) - len(element) + 4)))
        record = StoredSubmodel(
            id=f"{unit}#1/Synthetic",
            unit_id=unit,
            number=1,
            id_short="Synthetic",
            submodel_id=own,
            semantic_id="urn:example:synthetic",
            value=value,
            value_digest=digest,
            document=text,
            created_at=MADE_AT,
        )
        yield record.id, to_body(record), *(column_value(getattr(record, name)) for name in SUBMODELS.index)
