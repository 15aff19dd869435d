"""The command line against nodes that really run: nothing here is on paper."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector.cli import nodes

ROOT = Path(__file__).resolve().parents[3]
PAYLOAD = ROOT / "samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json"
FOOTPRINT = ROOT / "samm-models/io.catenax.pcf/9.0.0/Pcf.json"
POLICIES = ROOT / "policies"


@dataclass
class World:
    folder: Path
    dids: dict[str, str]


def _started(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "connector", "serve", str(folder)], stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    anchor = nodes.init(folder / "anchor", name="anchor", is_issuer=True)
    trust = (anchor.node.did,)
    maker = nodes.init(folder / "maker", name="maker", bpn="BPNL00000000MAKE", trust=trust)
    peer = nodes.init(folder / "peer", name="peer", bpn="BPNL00000000PEER", trust=trust)
    made = {one.node.name: one for one in (anchor, maker, peer)}
    running = [_started(one.folder) for one in made.values()]
    try:
        for process in running:
            _until_ready(process)
        yield World(folder, {name: one.node.did for name, one in made.items()})
    finally:
        for process in running:
            process.terminate()
        for process in running:
            assert process.wait(15) == 0


def _until_ready(process: subprocess.Popen[bytes]) -> None:
    """Wait for the line that says so; what follows is read away, so that the pipe never fills."""
    assert process.stderr is not None
    for line in process.stderr:
        if b'"ready"' in line:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return
    raise AssertionError("the node ended before it was ready")


@pytest.fixture
def typed(ionport: Any, world: World) -> Any:
    """Type a command for one of the nodes and read its JSON; the status must be the one wanted."""

    def command(node: str, *arguments: str | Path, status: int = 0) -> Any:
        ended = ionport(*arguments, "--json", "--node", world.folder / node)
        assert ended.status == status, ended.err
        return ended.json if ended.out else ended.err

    return command


def test_the_whole_way_from_credentials_to_bytes(typed: Any, world: World, tmp_path: Path, ionport: Any) -> None:
    maker, peer = world.dids["maker"], world.dids["peer"]
    refused = typed("maker", "doctor", status=1)
    assert [check["name"] for check in refused["checks"] if not check["ok"]] == ["own credentials"]

    for did, bpn in ((maker, "BPNL00000000MAKE"), (peer, "BPNL00000000PEER")):
        assert typed("anchor", "issuer", "issue", did, "--bpn", bpn)["delivered"] is True
    assert len(typed("anchor", "issuer", "list", "--holder", peer)) == 3
    assert "no trust anchor" in typed("maker", "issuer", "list", status=1)
    assert typed("maker", "doctor")["ok"] is True
    assert typed("peer", "doctor", maker)["steps"][-1]["name"] == "catalog"
    assert typed("peer", "doctor", "did:web:localhost%3A1:x", status=3)["steps"][-1]["side"] == "theirs"
    assert typed("peer", "status")["healthy"] is True

    context = tmp_path / "context.json"
    context.write_text(json.dumps({"manufacturerPartId": "PACK-1", "facilityBpns": "BPNS00000075PLNT"}))
    policies = ["--access", POLICIES / "access/members.json", "--usage", POLICIES / "usage/battery-passport.json"]
    made = typed("maker", "passport", "publish", PAYLOAD, *policies, "--context", context)
    assert made["version"] == 1
    shown = typed("peer", "catalog", maker)
    assert [one["id"] for one in shown] == [made["datasetId"]]
    assert any("cx.circular.dpp:1" in sentence for sentence in shown[0]["offers"][0]["explained"])

    no = typed("peer", "negotiate", maker, made["datasetId"], "--purpose", "cx.pcf.base:1", status=1)
    assert no["state"] == "TERMINATED"
    assert "UsagePurpose" in no["reasons"][0]
    yes = typed("peer", "negotiate", maker, made["datasetId"])
    pulled = typed("peer", "pull", yes["agreementId"], "Circularity/submodel/$value")
    item = pulled["pulled"][0]["item"]
    assert pulled["pulled"][0]["matchesSource"] is True
    again = typed("peer", "pull", pulled["transferId"], "Circularity/submodel/$value", "nothing", status=1)
    assert [one["ok"] for one in again["pulled"]] == [True, False]
    assert typed("peer", "inventory", "show", item["id"]) == item
    opened = ionport("inventory", "open", item["id"], "--node", world.folder / "peer")
    assert len(opened.out.encode()) == item["size"]
    refused = ionport("inventory", "open", item["id"], "--purpose", "cx.pcf.base:1", "--node", world.folder / "peer")
    assert refused.status == 1
    assert "UsagePurpose" in refused.err

    patch = tmp_path / "patch.json"
    patch.write_text('[{"op": "add", "path": "/physicalDimension/weight/value", "value": 452.10}]')
    arguments = ["passport", "update", made["unitId"], "--reason", "corrected", "--patch", patch]
    assert typed("maker", *arguments, "--expected-version", "1")["version"] == 2
    assert "version-conflict" in typed("maker", *arguments, "--expected-version", "1", status=1)
    assert len(typed("maker", "passport", "versions", made["unitId"])) == 2
    assert typed("maker", "passport", "show", made["unitId"], "--version", "1")["number"] == 1
    for node in ("maker", "peer"):
        assert typed(node, "audit", "verify")["ok"] is True
    events = [entry["event"] for entry in typed("peer", "audit", "show", "--subject", yes["agreementId"])["entries"]]
    assert "inventory.received" in events


def test_a_footprint_comes_and_is_rolled_up(typed: Any, world: World, tmp_path: Path) -> None:
    for node, bpn in (("maker", "BPNL00000000MAKE"), ("peer", "BPNL00000000PEER")):
        typed("anchor", "issuer", "issue", world.dids[node], "--bpn", bpn)
        policies = ["--access", POLICIES / "access/members.json", "--usage", POLICIES / "usage/pcf.json"]
        typed(node, "pcf", "offer", *policies)
    kept = typed("maker", "pcf", "own", "PACK/1", FOOTPRINT, "--raw-share", "0.7")
    assert kept["stages"] == {"rawMaterialShare": "0.7", "source": "the owner"}
    assert typed("maker", "pcf", "own", "PACK/1")["documentDigest"] == kept["documentDigest"]
    answer = typed("peer", "pcf", "ask", world.dids["maker"], "--part", "PACK/1", "--wait", "30")
    assert (answer["state"], answer["documentDigest"]) == ("answered", kept["documentDigest"])
    assert typed("maker", "pcf", "requests", "--direction", "incoming")[0]["state"] == "answered"
    pack = tmp_path / "pack.json"
    component = {"requestId": answer["requestId"], "quantity": 2, "split": {"rawMaterialShare": 1, "source": "us"}}
    stages = {"main-production": 10, "distribution": 1, "end-of-life": -1}
    said = {"plant": "BPNA00000000PLNT", "declaration": "urn:x", "rulebook": "draft"}
    whole = {"components": [component], "ownStages": stages, "energy": {"lifetimeKwh": 1000}, **said}
    pack.write_text(json.dumps(whole))
    made = typed("peer", "pcf", "roll-up", pack)
    assert made["perKwh"]["distribution"] != 0
    assert len(made["carbonFootprint"]) == 4


def test_keys_have_roles(typed: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = typed("maker", "key", "add", "erp", "--role", "reader")["key"]
    monkeypatch.setenv("IONPORT_KEY", key)
    assert isinstance(typed("maker", "passport", "list"), list)
    assert "[key/role]" in typed("maker", "audit", "verify", status=1)
    monkeypatch.delenv("IONPORT_KEY")
    assert typed("maker", "key", "revoke", "erp")["revokedAt"]
    monkeypatch.setenv("IONPORT_KEY", key)
    assert "[key/wrong]" in typed("maker", "passport", "list", status=2)


def test_links_belong_to_a_node_with_a_region(typed: Any) -> None:
    assert "its profile is not ouranos" in typed("maker", "link", "list", status=1)
    assert "its profile is not ouranos" in typed("maker", "region", "account", "list", status=1)


def test_contracts_are_shown_rehearsed_and_proved(typed: Any, world: World, tmp_path: Path, ionport: Any) -> None:
    maker, peer = world.dids["maker"], world.dids["peer"]
    in_force = typed("peer", "agreement", "list", "--in-force")
    (one,) = [
        each for each in in_force if each["provider"]["did"] == maker and each["datasetId"] != "footprint-exchange"
    ][:1]
    agreement, dataset = one["id"], one["datasetId"]
    again = typed("peer", "negotiate", maker, dataset)
    assert (again["isReused"], again["agreementId"]) == (True, agreement)
    page = tmp_path / "contract.html"
    shown = typed("peer", "agreement", "show", agreement, "--html", page)
    assert shown["policyDigest"] == typed("maker", "agreement", "show", agreement)["policyDigest"]
    assert agreement in page.read_text()
    assert typed("maker", "dry-run", peer, dataset)["failsAt"] == ""
    assert typed("maker", "dry-run", "did:web:localhost%3A1:x", dataset, status=1)["failsAt"] == "identity"
    refused = typed("peer", "pull", agreement, "Circularity/submodel/$value", "--purpose", "cx.pcf.base:1", status=1)
    assert "odrl/purpose-not-granted" in refused

    assert typed("maker", "group", "add", "gold", "BPNL00000000PEER")[0]["group"] == "gold"
    assert [each["bpn"] for each in typed("maker", "group", "list", "gold")] == ["BPNL00000000PEER"]
    typed("maker", "group", "remove", "gold", "BPNL00000000PEER")
    assert typed("maker", "group", "history", "gold")[0]["until"]
    typed("peer", "affiliate", "add", "BPNL00000000SUBS", "--region", "europe", "--source", "annex")
    assert typed("peer", "affiliate", "list")[0]["region"] == "europe"
    accepted = typed("peer", "policy", "accept", POLICIES / "usage/pcf.json", "--reason", "reviewed")
    assert typed("peer", "policy", "accepted")[0]["digest"] == accepted["digest"]
    assert typed("maker", "approval", "list") == []

    logs = []
    for name in ("maker", "peer"):
        logs.append(tmp_path / f"{name}.jsonl")
        assert ionport("audit", "export", "--out", logs[-1], "--node", world.folder / name).status == 0
        assert ionport("audit", "verify", logs[-1]).status == 0
    compared = ionport("audit", "compare", *logs, "--agreement", agreement)
    assert compared.status == 0, compared.out + compared.err
    assert "the same story" in compared.out
    logs[0].write_bytes(logs[0].read_bytes().replace(b'"actor":"admin"', b'"actor":"other"', 1))
    spoiled = ionport("audit", "verify", logs[0])
    assert spoiled.status == 1
    assert "audit/altered" in spoiled.err

    package = tmp_path / "contract.zip"
    typed("maker", "evidence", agreement, "--out", package)
    assert ionport("evidence", "verify", package).status == 0
    package.write_bytes(package.read_bytes()[:-40])
    assert ionport("evidence", "verify", package).status == 1

    rules = typed("maker", "export", "rules")
    assert {each["id"] for each in rules} == {"cn-data-export", "eu-data-export", "kr-k-passport"}
    typed("maker", "export", "classify", dataset, "--origin", "CN", "--class", "core")
    assert ionport("export", "seat", peer, "DE", "--source", "x", "--node", world.folder / "maker").status == 0
    judged = typed("maker", "export", "check", dataset, peer, status=1)
    assert judged["verdict"]["code"] == "export/refused"
    typed("maker", "export", "classify", dataset, "--origin", "DE", "--class", "none")
    soon = typed("peer", "expiring", "--within", "400", "--ical", tmp_path / "ends.ics")
    assert {each["kind"] for each in soon} >= {"contract", "credential"}
    assert (tmp_path / "ends.ics").read_text().startswith("BEGIN:VCALENDAR")
    renewed = typed("peer", "agreement", "renew", agreement)
    assert (renewed["state"], renewed["isSamePolicy"]) == ("FINALIZED", True)
