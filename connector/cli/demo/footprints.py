"""Steps about footprints: in from the region, out to the region, into the passport."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connector.cli.demo import region, talk
from connector.cli.demo.report import expect
from connector.cli.demo.stage import CELL_PART, CELLS, MANUFACTURER_BPN, PACK_PART, Stage
from connector.pcf.catena_x import version_9
from connector.pcf.footprint import Assumptions, Footprint
from connector.pcf.identifiers import part_urn

CELL_ROWS = {
    "preProduction": Decimal("11.20500"),
    "mainProduction": Decimal("4.53514"),
    "preComponent": Decimal("2.40000"),
    "mainComponent": Decimal("0.60000"),
}
"""kgCO2e a cell, as the supplier states them."""

OWN_STAGES = {
    "raw-material": Decimal("612.4"),
    "main-production": Decimal("958.5"),
    "distribution": Decimal("74.3"),
    "end-of-life": Decimal("121.0"),
}
"""kgCO2e a pack that the manufacturer adds itself."""

RAW_SHARE = Decimal("0.72")
ENERGY = {"usableKwh": Decimal("75.2"), "fullCyclesPerYear": Decimal(60), "years": Decimal(8)}

METHOD: dict[str, Any] = {
    "scope": "Cradle-to-gate",
    "mass_per_declared_unit": Decimal("1.042"),
    "technology.ccs_included": False,
    "calculation": "Retrospective PCF",
    "boundary.exempted_percent": Decimal("0.8"),
    "region": "Eastern Asia",
    "reference_start": "2025-01-01T00:00:00Z",
    "reference_end": "2025-12-31T23:59:59Z",
    "valid_until": "2028-12-31T23:59:59Z",
    "mass_balancing.used": False,
    "mass_balancing.free_attribution": "not applicable",
    "mass_balancing.scheme": "none",
    "standards.cross_sectoral": ("ISO 14067",),
    "standards.product_rules": (),
    "gwp": "AR6",
    "allocation.waste_incineration": "cut-off",
    "production.biogenic_uptake": Decimal(0),
    "packaging.included": False,
}
"""What a Catena-X document must state and the region never does: assumed, and listed as assumed."""


def set_up(stage: Stage) -> None:
    """The region's operators, the link table of the bridge, and the footprint exchange of both nodes on offer."""
    peer, manufacturer = stage.parties.peer, stage.parties.manufacturer
    for number, (operator_id, account, name, global_id) in enumerate(region.OPERATORS):
        stage.region[operator_id] = region.operator_of(peer, operator_id, account, name, global_id, number)
    bridge = next(account for operator_id, account, _, _ in region.OPERATORS if operator_id == region.FOREIGN)
    link(stage, "operator", manufacturer.did, region.FOREIGN, {"account": bridge})
    link(stage, "part", CELL_PART, region.SUPPLIER, {"assumptions": METHOD, "source": "settings of the bridge"})
    split = {"rawMaterialShare": RAW_SHARE, "source": "sector average, agreed at the border"}
    link(stage, "product", f"{region.FOREIGN} {PACK_PART}", PACK_PART, split)


def link(stage: Stage, kind: str, left: str, right: str, attributes: dict[str, Any]) -> None:
    """One row of the bridge's link table."""
    row = {"kind": kind, "left": left, "right": right, "attributes": attributes}
    stage.parties.peer.target.call("POST", "/api/links", row)


def asked_of_region(stage: Stage) -> str:
    """The manufacturer asks for the cell; an operator of the region answers; it comes back under a contract."""
    manufacturer, peer = stage.parties.manufacturer.target, stage.parties.peer
    asked = {"counterparty": peer.did, "manufacturerPartId": CELL_PART, "message": "for the battery passport"}
    stage.cell_request = manufacturer.call("POST", "/api/footprints/requests", asked)["requestId"]
    supplier: region.Operator = stage.region[region.SUPPLIER]
    trade = supplier.until(lambda: supplier.get("tradeResponse"), "a trade request at the supplier")[-1]
    part = supplier.own_part(CELL_PART)
    supplier.put("tradeResponse", tradeId=trade["tradeModel"]["tradeId"], traceId=part["traceId"])
    supplier.put("cfp", region.cfp_rows(part["traceId"], CELL_ROWS))
    peer.target.call("POST", "/api/region/look")
    found = manufacturer.call("GET", f"/api/footprints/requests/{stage.cell_request}", wait=talk.PATIENCE)
    expect(found["state"] == "answered", f"an answer, not {found['state']} {found.get('reason', '')}")
    total = _total(found["document"])
    expect(total == sum(CELL_ROWS.values()), f"{sum(CELL_ROWS.values())} kgCO2e a cell, not {total}")
    there = peer.target.call("GET", f"/api/footprints/requests/{stage.cell_request}", wait=talk.PATIENCE)
    codes = [finding["code"].removeprefix("pcf/") for finding in there["findings"]]
    expect("assumed" in codes and "lost" in codes, f"what was assumed and lost, listed; found {codes}")
    expect(found["agreementId"] != found["answerAgreementId"], "a contract in each direction")
    counted = ", ".join(f"{codes.count(code)} {code}" for code in sorted(set(codes)))
    return (
        f"request {stage.cell_request}: 4 rows of the region became {total} kgCO2e a cell (io.catenax.pcf:9.0.0); "
        f"{counted}; asked under {found['agreementId']}, answered under {found['answerAgreementId']}"
    )


def asked_by_region(stage: Stage) -> str:
    """An operator of the region asks for the pack, and gets it in the region's own form from a foreign operator."""
    manufacturer, peer = stage.parties.manufacturer.target, stage.parties.peer
    total = _cells(stage) + OWN_STAGES["raw-material"] + OWN_STAGES["main-production"]
    manufacturer.call("PUT", f"/api/footprints/own/{PACK_PART}", {"document": _pack(total)})
    buyer: region.Operator = stage.region[region.CAR_MAKER]
    structure = {"parentPartsModel": buyer.part("CAR-01"), "childrenPartsModel": [buyer.part(PACK_PART, amount=1)]}
    child = buyer.put("partsStructure", structure)["childrenPartsModel"][0]["traceId"]
    buyer.put("tradeRequest", region.trade_request(buyer.operator_id, child, region.FOREIGN, "pack footprint, please"))
    peer.target.call("POST", "/api/region/look")

    def completed() -> bool:
        status = buyer.get("status", statusTarget="REQUEST", traceId=child)
        return bool(status) and status[0]["requestStatus"]["cfpResponseStatus"] == "COMPLETED"

    buyer.until(completed, "the trade request to be COMPLETED")
    rows = {row["cfpType"]: row["ghgEmission"] for row in buyer.get("cfp", traceIds=child)}
    wanted = {"preProductionResponse": total * RAW_SHARE, "mainProductionResponse": total * (1 - RAW_SHARE)}
    for kind, amount in wanted.items():
        off = abs(rows.get(kind, Decimal(-1)) - amount)
        expect(off <= Decimal("0.00001"), f"{kind} {amount}, rounded up to five decimals; found {rows}")
    foreign = buyer.get("operator", operatorIds=region.FOREIGN)[0]
    expect(foreign["operatorAttribute"]["globalOperatorId"] == MANUFACTURER_BPN, "the manufacturer as foreign operator")
    records = peer.target.call("GET", "/api/footprints/requests", direction="outgoing", limit=10)
    findings = peer.target.call("GET", f"/api/footprints/requests/{records[0]['requestId']}")["findings"]
    sources = {finding.get("source", "") for finding in findings}
    expect(any("sector average" in source for source in sources), f"the recorded assumption among {sources}")
    said = ", ".join(f"{kind} {amount}" for kind, amount in rows.items())
    return f"{foreign['operatorName']} answered {said} kgCO2e/unit; split by a recorded assumption ({RAW_SHARE} raw)"


def used(stage: Stage) -> str:
    """Cells and own stages over the lifetime energy become the passport's carbon footprint, version 2, provisional."""
    manufacturer = stage.parties.manufacturer.target
    split = {"rawMaterialShare": RAW_SHARE, "source": "sector average, agreed at the border"}
    rolled = manufacturer.call(
        "POST",
        "/api/footprints/roll-up",
        {
            "components": [{"requestId": stage.cell_request, "quantity": CELLS, "split": split}],
            "ownStages": OWN_STAGES,
            "energy": ENERGY,
            "plant": "BPNA00000075PLNT",
            "declaration": "https://docs.example-battery.example/carbon-footprint/ION-E75",
            "rulebook": "ISO 14067",
            "performanceClass": "B",
        },
    )
    lifetime = ENERGY["usableKwh"] * ENERGY["fullCyclesPerYear"] * ENERGY["years"]
    wanted = (_cells(stage) + sum(OWN_STAGES.values())) / lifetime
    expect(
        abs(rolled["totalPerKwh"] - wanted) < Decimal("0.00001"), f"{wanted} kgCO2e/kWh, not {rolled['totalPerKwh']}"
    )
    change = {
        "merge": {"circularity": {"carbonFootprint": rolled["carbonFootprint"]}},
        "reason": "footprint-updated",
        "role": "economic operator",
        "provisional": ["/circularity/carbonFootprint"],
        "notes": "rolled up from the cell's footprint and own stages; provisional until the method act applies",
    }
    made = manufacturer.call("PATCH", f"/api/passports/{stage.unit_id}", change)
    expect(made["version"] == 2, f"version 2, not {made['version']}")
    submodels = manufacturer.call("GET", f"/api/passports/{stage.unit_id}/submodels")
    first = manufacturer.call("GET", f"/api/passports/{stage.unit_id}/versions/1")
    second = manufacturer.call("GET", f"/api/passports/{stage.unit_id}/versions/2")
    expect(len(submodels) == 9, "nine submodels of version 2")
    before, after = (one["payload"]["circularity"]["carbonFootprint"] for one in (first, second))
    expect(before != after and after == rolled["carbonFootprint"], "version 1 as it was, version 2 with the new values")
    expect(second["provisional"] == ["/circularity/carbonFootprint"], "the new values marked provisional")
    stages = ", ".join(f"{entry['lifecycle']} {entry['value']}" for entry in after)
    total = f"{rolled['totalPerKwh']} kgCO2e/kWh over {lifetime} kWh"
    return f"version 2, provisional: {total} ({stages}); version 1 is still there"


def _cells(stage: Stage) -> Decimal:
    """kgCO2e of all cells of a pack, by the supplier's answer."""
    answer = stage.parties.manufacturer.target.call("GET", f"/api/footprints/requests/{stage.cell_request}")
    return _total(answer["document"]) * CELLS


def _total(document: dict[str, Any]) -> Decimal:
    production = document["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]
    return Decimal(production["pcfExcludingBiogenicUptake"])


def _pack(total: Decimal) -> dict[str, Any]:
    """The pack's own footprint as Catena-X document."""
    footprint = Footprint(
        id="5a1c7f60-3a52-4a57-9a0b-6a8f8f2f1d01",
        created="2026-10-05T08:00:00Z",
        company_name="Example Battery GmbH",
        company_ids=(f"urn:bpn:id:{MANUFACTURER_BPN}",),
        product_name="ION-E75 battery pack",
        product_ids=(part_urn(MANUFACTURER_BPN, PACK_PART),),
        declared_unit="piece",
        declared_amount=Decimal(1),
        total_excluding=total,
    )
    method = {**METHOD, "mass_per_declared_unit": Decimal(456), "region": "Western Europe"}
    document: dict[str, Any] = version_9.write(footprint, assumptions=Assumptions(method, "own study")).document
    return document
