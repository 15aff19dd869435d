"""Steps about the passport: publish, scan, reading."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from connector.adapters.software_key import SoftwareKey
from connector.cli.demo.report import StepFailed, expect
from connector.cli.demo.stage import MANUFACTURER_BPN, PACK_PART, Stage
from connector.cli.demo.wia_record import RECORD
from connector.cli.screen import OUT
from connector.condition.readings import Reading, sign_bytes
from connector.dcp.jws import encode_part
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Problem
from connector.passport import carrier

PAYLOAD = "samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json"


def publish(stage: Stage) -> str:
    """A complete payload becomes nine verified submodels, version 1, on offer."""
    manufacturer = stage.parties.manufacturer.target
    payload = decode(stage.library.text(PAYLOAD))
    asked = {
        "payload": payload,
        "accessPolicyId": "partners",
        "usagePolicyId": "passport-use",
        "context": {
            "manufacturerBpnl": MANUFACTURER_BPN,
            "manufacturerPartId": PACK_PART,
            "facilityBpns": "BPNS00000075PLNT",
        },
    }
    made = manufacturer.call("POST", "/api/passports", asked)
    stage.unit_id, stage.unit_url, stage.dataset_id = made["unitId"], made["unitUrl"], made["datasetId"]
    submodels = manufacturer.call("GET", f"/api/passports/{stage.unit_id}/submodels")
    expect(made["version"] == 1 and len(submodels) == 9, f"version 1 with nine submodels, not {len(submodels)}")
    log = manufacturer.call("GET", "/api/audit", subject=stage.unit_id)
    events = [entry["event"] for entry in log["entries"]]
    expect("passport.published" in events, "an audit entry of the publication")
    findings = made.get("findings", [])
    what = f"version 1, {len(submodels)} submodels, {len(findings)} findings"
    return f"{stage.unit_url}: {what}; dataset {stage.dataset_id}"


def scanned(stage: Stage) -> str:
    """The label's QR code is decoded again, and its URL answers people and machines."""
    expect(len(stage.unit_url) <= 50, f"a unit URL of at most 50 characters, not {len(stage.unit_url)}")
    decoded = carrier.decode(carrier.qr_matrix_png(stage.unit_url))
    expect(decoded == stage.unit_url, f"the QR code to say {stage.unit_url}, not {decoded}")
    page = httpx.get(decoded, headers={"Accept": "text/html"})
    document = httpx.get(decoded, headers={"Accept": "application/json"})
    expect(page.status_code == 200 and "text/html" in page.headers["content-type"], "an HTML page")
    expect(document.status_code == 200 and "json" in document.headers["content-type"], "a JSON document")
    view = decode(document.content)
    current = stage.parties.manufacturer.target.call("GET", f"/api/passports/{stage.unit_id}")["version"]
    expect(view["version"]["number"] == current, f"version {current}, not {view['version']['number']}")
    hidden = [word for word in ("stateOfCharge", "sparePart", "operatingEnvironment") if word in document.text]
    expect(not hidden, f"only the public part; found {hidden}")
    if not stage.is_quiet:
        OUT.print(carrier.qr_terminal(stage.unit_url), markup=False, highlight=False)
    _export(stage)
    sizes = f"HTML {len(page.content)} bytes, JSON {len(document.content)} bytes"
    return f"QR decodes to {decoded}; {sizes}, version {current}"


def _export(stage: Stage) -> None:
    """The shell and its submodels as files, for the outside judges of `make conformance-aas`."""
    folder = stage.out / "export"
    folder.mkdir(parents=True, exist_ok=True)
    for form in ("json", "xml", "aasx"):
        path = f"/api/passports/{stage.unit_id}/export"
        raw = stage.parties.manufacturer.target.send("GET", path, format=form).content
        (folder / f"passport.{form}").write_bytes(raw)


def read(stage: Stage) -> str:
    """A signed reading becomes a version; a flipped bit and a broken WIA record are refused with their reasons."""
    manufacturer = stage.parties.manufacturer.target
    key = SoftwareKey.load_or_create(stage.parties.manufacturer.folder.parent / "battery.pem")
    manufacturer.call("POST", f"/api/passports/{stage.unit_id}/devices", {"jwk": dict(key.public_jwk)})
    reading = Reading(
        unit_id=stage.unit_id,
        time=datetime.now(UTC) - timedelta(seconds=1),
        sequence=1,
        quantities={"stateOfCharge": Decimal("81.5"), "fullCycles": Decimal(212)},
    )
    statement = _signed(key, sign_bytes(reading))
    try:
        manufacturer.call("POST", "/api/readings", {"statement": _flipped(statement)})
    except Problem as refusal:
        said = f"{refusal} [{refusal.code}]"
    else:
        raise StepFailed("expected: a statement with a flipped bit to be refused; it was taken")
    before = manufacturer.call("GET", f"/api/passports/{stage.unit_id}")["version"]
    manufacturer.call("POST", "/api/readings", {"statement": statement})
    version = manufacturer.call("GET", f"/api/passports/{stage.unit_id}")["version"]
    expect(version == before + 1 == 3, f"version 3, not {version}")
    condition = _condition(stage)
    expect(condition == Decimal("81.5"), f"a state of charge of 81.5, not {condition}")
    return f"version {version}: state of charge {condition} %; flipped bit: {said}; {_wia(stage)}"


def _condition(stage: Stage) -> Any:
    manufacturer = stage.parties.manufacturer.target
    listed = manufacturer.call("GET", f"/api/passports/{stage.unit_id}/submodels")
    submodel_id = next(one["id"] for one in listed if one["idShort"] == "ProductCondition")
    name = base64.urlsafe_b64encode(submodel_id.encode()).decode().rstrip("=")
    value = manufacturer.call("GET", f"/api/v3/submodels/{name}/$value")
    return value["StateOfCharge"]["StateOfChargeValue"]


def _wia(stage: Stage) -> str:
    """The seed's format: a good record has no finding, a broken one has its own."""
    manufacturer = stage.parties.manufacturer.target
    record = RECORD
    good = manufacturer.call("POST", "/api/formats/wia/validate", {"record": record})
    expect(good["findings"] == [], f"no finding on the good WIA record, not {good['findings'][:1]}")
    broken = {**record, "passportId": "BP-26-1"}
    bad = manufacturer.call("POST", "/api/formats/wia/validate", {"record": broken})
    codes = [finding["code"] for finding in bad["findings"]]
    expect("wia/VAL-001" in codes, f"VAL-001 on the broken WIA record, not {codes}")
    return "WIA record valid, a broken one: wia/VAL-001"


def _signed(key: SoftwareKey, payload: bytes) -> str:
    """A compact JWS (ES256) as a battery's secure element makes it."""
    signing = encode_part(encode({"alg": "ES256", "kid": key.key_id})) + b"." + encode_part(payload)
    return (signing + b"." + encode_part(key.sign(signing))).decode()


def _flipped(statement: str) -> str:
    """The statement with one bit of its payload turned."""
    header, payload, signature = statement.split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return ".".join((header, payload[:middle] + other + payload[middle + 1 :], signature))
