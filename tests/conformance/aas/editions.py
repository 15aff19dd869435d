"""The example payload in the editions that the demo does not export: ids of CX-0160 first, and the older templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connector.notation.exact_json import decode
from submodels.aas.environment import to_json
from submodels.dbp.build import build, environment_of
from submodels.dbp.context import PassportContext, PostalAddress
from submodels.dbp.edition import FIRST, OLDER, Edition
from submodels.dbp.parts import BY_ID_SHORT

EXAMPLE = Path("samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json")
CONTEXT = PassportContext(
    asset_id="urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
    unit_url="https://id.battery.example/p/7EE53R3T5N4FDG85B",
    manufacturer_bpnl="BPNL00000075MFCT",
    manufacturer_name="Example Battery GmbH",
    manufacturer_address=PostalAddress(street="Zellenweg 1", zipcode="12345", city="Musterstadt", country="DE"),
    manufacturer_part_id="ION-E75",
    facility_bpns="BPNS00000075PLNT",
    operator_id="urn:bpn:BPNL00000075MFCT",
    last_update="2026-11-28T08:00:00Z",
)
EDITIONS = {
    "catena-x": Edition(profile="catena-x", with_metadata=True),
    "templates 1.0.0": Edition(versions=dict.fromkeys(OLDER, FIRST), with_metadata=True),
}


def built() -> dict[str, bytes]:
    """The example in each edition, as an environment in JSON."""
    payload = decode(EXAMPLE.read_bytes())
    return {
        name: to_json(environment_of(build(payload, context=CONTEXT, edition=edition)))
        for name, edition in EDITIONS.items()
    }


def with_the_template_s_ids_first(submodel: dict[str, Any]) -> dict[str, Any]:
    """A copy of a submodel in the profile `catena-x`: its semantic id and the template's are swapped."""
    template_id = BY_ID_SHORT[submodel["idShort"]].semantic_id
    first, others = submodel["semanticId"], list(submodel.get("supplementalSemanticIds", ()))
    if first["keys"][0]["value"] == template_id:
        return submodel
    (place,) = (place for place, other in enumerate(others) if other["keys"][0]["value"] == template_id)
    others[place], first = first, others[place]
    return {**submodel, "semanticId": first, "supplementalSemanticIds": others}
