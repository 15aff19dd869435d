"""The commands that talk to a node: what each asks, what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PARTNER = "did:web:localhost%3A2:cells"
V3 = "/management/v3"
OFFER = {
    "@id": "offer-1",
    "@type": "Offer",
    "permission": [
        {
            "action": "use",
            "constraint": [
                {
                    "and": [
                        {
                            "leftOperand": "https://w3id.org/catenax/2025/9/policy/UsagePurpose",
                            "operator": "isAnyOf",
                            "rightOperand": ["cx.circular.dpp:1"],
                        },
                        {"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"},
                    ]
                }
            ],
        }
    ],
}
DATASET = {
    "@id": "urn:uuid:dataset",
    "@type": "Dataset",
    "http://purl.org/dc/terms/type": {"@id": "https://w3id.org/catenax/taxonomy#BatteryPass"},
    "hasPolicy": [OFFER],
    "distribution": [],
}


def process(state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "pid", "state": state, "isFinal": state in ("FINALIZED", "TERMINATED"), "agreementId": "agreement-1",
        "datasetId": "urn:uuid:dataset", "code": "", "reasons": [], "terminatedBy": "", **more,
    }  # fmt: skip


@pytest.fixture
def typed(ionport: Any, folder: Path) -> Any:
    """Type a command for the paper node."""
    return lambda *arguments: ionport(*arguments, "--node", folder)


FOUND = {
    "provider": PARTNER,
    "id": "urn:uuid:dataset",
    "properties": {"http://purl.org/dc/terms/type": {"@id": "https://w3id.org/catenax/taxonomy#BatteryPass"}},
    "formats": ["HttpData-PULL"],
    "offers": [
        {
            "id": "offer-1",
            "explained": ["The data may be used if:"],
            "lacks": ["FrameworkAgreement: no credential says it"],
            "findings": [],
            "offer": OFFER,
        }
    ],
}
CATALOG = "/api/partners/did:web:localhost%3A2:cells/catalog"


def test_a_catalog_shows_offers_as_sentences_and_what_is_lacking(typed: Any, paper: Any) -> None:
    paper.tell("GET", CATALOG, [FOUND])
    assert typed("catalog", PARTNER, "--json").json == [FOUND]
    out = typed("catalog", PARTNER).out
    assert f"{PARTNER} shows us 1 dataset." in out
    assert "The data may be used if:" in out
    assert "you lack: FrameworkAgreement: no credential says it" in out
    assert "https://w3id.org/catenax/taxonomy#BatteryPass" in out


def test_an_offer_that_cannot_be_read_is_shown_as_such(typed: Any, paper: Any) -> None:
    offer = {"id": "x", "explained": [], "lacks": [], "findings": ["it is no policy [odrl/shape]"], "offer": {}}
    paper.tell("GET", CATALOG, [{**FOUND, "offers": [offer]}])
    assert "cannot be agreed: it is no policy [odrl/shape]" in typed("catalog", PARTNER).out


def test_the_federated_catalogue_is_searched_after_a_look(typed: Any, paper: Any) -> None:
    look = {"did": PARTNER, "state": "failed", "datasets": 0, "reason": "silent", "code": "peer/unreachable"}
    paper.tell("POST", "/api/catalog/crawl", [look])
    paper.tell("GET", "/api/catalog", {"datasets": [FOUND]})
    ended = typed("catalog", "--all", "--with", PARTNER, "--type", "BatteryPass", "--text", "cell pack")
    assert ended.status == 0
    assert "1 dataset found." in ended.out
    assert paper.asked[0].body == {"participants": [PARTNER]}
    assert paper.asked[1].query == {"type": "BatteryPass", "text": "cell pack", "limit": "50"}


@pytest.mark.parametrize("arguments", [(), (PARTNER, "--all")])
def test_a_catalog_is_of_one_partner_or_of_all(typed: Any, arguments: tuple[str, ...]) -> None:
    ended = typed("catalog", *arguments)
    assert ended.status == 2
    assert "cli/catalog" in ended.err


def negotiable(paper: Any, *ends: dict[str, Any], offers: list[Any] | None = None) -> None:
    dataset = {**DATASET, "hasPolicy": offers or [OFFER]}
    paper.tell("POST", f"{V3}/catalog/request", {"dataset": [dataset]})
    paper.tell("POST", f"{V3}/contractnegotiations", {"@id": "pid"})
    for end in ends:
        paper.tell("GET", "/api/negotiations/pid", end)


def policy_asked(paper: Any) -> Any:
    return next(one for one in paper.asked if one.path == f"{V3}/contractnegotiations").body["policy"]


def test_the_offer_of_the_catalog_is_asked_for(typed: Any, paper: Any) -> None:
    negotiable(paper, process("REQUESTED"), process("FINALIZED"))
    ended = typed("negotiate", PARTNER, "urn:uuid:dataset", "--json")
    assert ended.status == 0
    assert ended.json["agreementId"] == "agreement-1"
    assert policy_asked(paper) == {**OFFER, "target": "urn:uuid:dataset", "assigner": PARTNER}
    assert next(one.query for one in paper.asked if one.path == "/api/negotiations/pid") == {"wait": "20.0"}


def test_another_purpose_changes_that_purpose_and_nothing_else(typed: Any, paper: Any) -> None:
    negotiable(paper, process("TERMINATED", code="odrl/operand-differs", reasons=["not for that"]))
    ended = typed("negotiate", PARTNER, "urn:uuid:dataset", "--purpose", "cx.pcf.base:1")
    assert ended.status == 1
    assert "not for that" in ended.out
    said = json.dumps(policy_asked(paper))
    assert said.replace("cx.pcf.base:1", "cx.circular.dpp:1") == json.dumps(
        {**OFFER, "target": "urn:uuid:dataset", "assigner": PARTNER}
    )


def test_an_offer_for_the_purpose_goes_first(typed: Any, paper: Any) -> None:
    other = json.loads(json.dumps(OFFER).replace("cx.circular.dpp:1", "cx.pcf.base:1").replace("offer-1", "offer-2"))
    negotiable(paper, process("FINALIZED"), offers=[OFFER, other])
    assert typed("negotiate", PARTNER, "urn:uuid:dataset", "--purpose", "cx.pcf.base:1").status == 0
    assert policy_asked(paper)["@id"] == "offer-2"


def test_an_offer_may_be_named(typed: Any, paper: Any) -> None:
    negotiable(paper, process("FINALIZED"), offers=[OFFER, {**OFFER, "@id": "offer-2"}])
    assert typed("negotiate", PARTNER, "urn:uuid:dataset", "--offer", "offer-2").status == 0
    assert policy_asked(paper)["@id"] == "offer-2"


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["urn:uuid:other"], 1, "cli/no-dataset"),
        (["urn:uuid:dataset", "--offer", "nope"], 1, "cli/no-offer"),
        (["urn:uuid:bare", "--purpose", "x"], 2, "cli/purpose"),
    ],
)
def test_what_is_not_offered_is_not_asked_for(
    typed: Any, paper: Any, arguments: list[str], status: int, code: str
) -> None:
    bare = {"@id": "urn:uuid:bare", "hasPolicy": [{"@id": "o", "permission": [{"action": "use"}]}]}
    paper.tell("POST", f"{V3}/catalog/request", {"dataset": [DATASET, bare]})
    ended = typed("negotiate", PARTNER, *arguments)
    assert ended.status == status
    assert f"[{code}]" in ended.err
    assert len(paper.asked) == 1


def test_a_partner_that_does_not_answer_in_time_is_unreachable(typed: Any, paper: Any) -> None:
    negotiable(paper, process("REQUESTED"))
    ended = typed("negotiate", PARTNER, "urn:uuid:dataset", "--patience", "0.1")
    assert ended.status == 3
    assert "goes on by itself" in ended.err


def test_without_waiting_the_request_alone_is_the_end(typed: Any, paper: Any) -> None:
    negotiable(paper, process("REQUESTING"))
    assert typed("negotiate", PARTNER, "urn:uuid:dataset", "--no-wait", "--json").json["state"] == "REQUESTING"


def pulled(path: str, **more: Any) -> dict[str, Any]:
    item = {"id": f"item {path}", "size": 3, "digest": "sha256:00"}
    return {"path": path, "ok": True, "item": item, "matchesSource": True, **more}


def test_a_contract_is_pulled_through_a_new_transfer(typed: Any, paper: Any) -> None:
    paper.tell("POST", f"{V3}/transferprocesses", {"@id": "pid"})
    paper.tell("GET", "/api/transfers/pid", process("STARTED"))
    paper.tell("POST", "/api/pulls", [pulled("a"), pulled("b")])
    ended = typed("pull", "agreement-1", "a", "b", "--json")
    assert ended.status == 0
    assert ended.json == {"transferId": "pid", "agreementId": "agreement-1", "pulled": [pulled("a"), pulled("b")]}
    asked = {one.path: one.body for one in paper.asked}
    assert asked["/api/pulls"] == {"transferId": "pid", "paths": ["a", "b"]}
    assert asked[f"{V3}/transferprocesses"]["contractId"] == "agreement-1"
    assert asked[f"{V3}/transferprocesses"]["transferType"] == "HttpData-PULL"


def test_a_transfer_is_pulled_as_it_is(typed: Any, paper: Any) -> None:
    paper.tell("GET", "/api/transfers/pid", process("STARTED"))
    paper.tell("POST", "/api/pulls", [pulled("")])
    assert typed("pull", "pid").status == 0
    assert paper.asked[-1].body["paths"] == [""]
    assert all(one.path != f"{V3}/transferprocesses" for one in paper.asked)


def test_a_negotiation_is_pulled_through_its_contract(typed: Any, paper: Any) -> None:
    paper.tell("GET", "/api/negotiations/n1", process("FINALIZED"))
    paper.tell("POST", f"{V3}/transferprocesses", {"@id": "pid"})
    paper.tell("GET", "/api/transfers/pid", process("STARTED"))
    paper.tell("POST", "/api/pulls", [pulled("")])
    assert typed("pull", "n1").status == 0
    asked = {one.path: one.body for one in paper.asked}
    assert asked[f"{V3}/transferprocesses"]["contractId"] == "agreement-1"


def test_a_negotiation_without_a_contract_is_not_pulled(typed: Any, paper: Any) -> None:
    paper.tell("GET", "/api/negotiations/n1", process("REQUESTED"))
    ended = typed("pull", "n1")
    assert ended.status == 1
    assert "REQUESTED" in ended.err
    assert "cli/no-contract" in ended.err


def test_an_id_of_nothing_is_told_so(typed: Any, paper: Any) -> None:
    ended = typed("pull", "nothing")
    assert ended.status == 1
    assert "no agreement, negotiation or transfer" in ended.err


def test_the_next_command_names_the_node_that_was_named(typed: Any, paper: Any, folder: Path) -> None:
    paper.tell("POST", f"{V3}/catalog/request", {"@type": "Catalog", "dataset": [DATASET]})
    paper.tell("POST", f"{V3}/contractnegotiations", {"@id": "n1"})
    paper.tell("GET", "/api/negotiations/n1", process("FINALIZED"))
    assert f"ionport pull agreement-1 --node {folder}" in typed("negotiate", PARTNER, "urn:uuid:dataset").out


def test_findings_of_a_publication_are_counted_and_listed_on_demand(typed: Any, paper: Any, tmp_path: Path) -> None:
    found = [
        {"code": "dbp/left-out", "message": "left out", "pointer": f"/a/{index}", "severity": "warning"}
        for index in range(25)
    ]
    paper.tell("POST", "/api/passports", {**MADE, "findings": found})
    file = tmp_path / "battery.json"
    file.write_text("{}")
    command = ("passport", "publish", file, "--access", "a", "--usage", "u")
    counted = typed(*command)
    assert "warning dbp/left-out: 25" in counted.err
    assert "/a/3" not in counted.err
    assert "/a/3" in typed(*command, "--findings").err


@pytest.mark.parametrize(
    "result",
    [pulled("a", matchesSource=False), {"path": "a", "ok": False, "code": "odrl/ended", "detail": "the use has ended"}],
)
def test_bytes_that_differ_or_did_not_come_are_findings(typed: Any, paper: Any, result: Any) -> None:
    paper.tell("GET", "/api/transfers/pid", process("STARTED"))
    paper.tell("POST", "/api/pulls", [pulled("b"), result])
    ended = typed("pull", "pid", "b", "a")
    assert ended.status == 1
    assert result.get("detail", "sha256:00") in ended.out


@pytest.mark.parametrize(("state", "status"), [("TERMINATED", 1), ("SUSPENDED", 1), ("REQUESTED", 3)])
def test_a_transfer_that_has_not_started_is_not_pulled(typed: Any, paper: Any, state: str, status: int) -> None:
    paper.tell("GET", "/api/transfers/pid", process(state, reasons=["because"]))
    ended = typed("pull", "pid", "--patience", "0.05")
    assert ended.status == status
    assert "because" in ended.out
    assert all(one.path != "/api/pulls" for one in paper.asked)


def test_the_inventory_is_listed_shown_and_opened(typed: Any, paper: Any, tmp_path: Path) -> None:
    item = {"id": "i1", "path": "a", "size": 3, "provider": PARTNER, "receivedAt": "2026-11-21T07:00:00Z"}
    paper.tell("GET", "/api/inventory", [item])
    paper.tell("GET", "/api/inventory/i1", item)
    paper.tell("GET", "/api/inventory/i1/content", b"\x00\xff\n", media_type="application/octet-stream")
    assert typed("inventory", "list", "--agreement", "c1", "--limit", "5", "--json").json == [item]
    assert paper.asked[-1].query == {"agreementId": "c1", "limit": "5", "offset": "0"}
    assert typed("inventory", "show", "i1", "--json").json == item
    assert "i1" in typed("inventory", "list").out
    assert typed("inventory", "open", "i1", "--purpose", "p").out.encode("utf-8", "surrogateescape") == b"\x00\xff\n"
    assert paper.asked[-1].query == {"purpose": "p"}
    assert typed("inventory", "open", "i1", "--out", tmp_path / "x/y").status == 0
    assert (tmp_path / "x/y").read_bytes() == b"\x00\xff\n"


def test_ids_cannot_leave_their_place_in_the_path(typed: Any, paper: Any) -> None:
    typed("inventory", "show", "../keys?x=1#y")
    assert paper.asked[-1].path == "/api/inventory/../keys?x=1#y"
    assert paper.asked[-1].query == {}


def test_amounts_come_through_with_every_digit(typed: Any, paper: Any) -> None:
    paper.tell("GET", "/api/passports/u1", b'{"unitId": "u1", "payload": {"x": 0.10000000000000000555}}')
    assert '"x": 0.10000000000000000555' in typed("passport", "show", "u1", "--json").out


MADE = {"unitId": "u1", "version": 1, "unitUrl": "http://x/p/u1", "datasetId": "d", "findings": [], "payload": {}}


def test_a_passport_is_published_under_policies_of_files_and_ids(typed: Any, paper: Any, tmp_path: Path) -> None:
    paper.tell("POST", f"{V3}/policydefinitions", {"@id": "x"})
    paper.tell("POST", "/api/passports", MADE, 201)
    payload, context = tmp_path / "battery.json", tmp_path / "context.json"
    payload.write_text('{"weight": 1.50}')
    context.write_text('{"manufacturerPartId": "P"}')
    policy = ROOT / "policies/access/members.json"
    arguments = ["passport", "publish", payload, "--access", policy, "--usage", "mine", "--context", context, "--json"]
    ended = typed(*arguments)
    assert ended.status == 0
    assert ended.json == MADE
    stored, published = (one.body for one in paper.asked)
    assert stored["policy"] == json.loads(policy.read_text())
    assert stored["@id"].startswith("members-")
    assert published == {
        "payload": {"weight": "1.50"},
        "context": {"manufacturerPartId": "P"},
        "accessPolicyId": stored["@id"],
        "usagePolicyId": "mine",
        "globalAssetId": "",
        "notes": "",
        "terms": {},
    }


def test_a_policy_that_is_stored_already_is_used(typed: Any, paper: Any, tmp_path: Path) -> None:
    paper.tell("POST", f"{V3}/policydefinitions", [{"message": "exists", "type": "ObjectConflict"}], 409)
    paper.tell("POST", "/api/passports", MADE, 201)
    payload = tmp_path / "battery.json"
    payload.write_text("{}")
    policy = ROOT / "policies/access/members.json"
    assert typed("passport", "publish", payload, "--access", policy, "--usage", "mine").status == 0


def test_a_refused_payload_is_told_finding_by_finding(typed: Any, paper: Any, tmp_path: Path) -> None:
    finding = {"code": "samm/required", "message": "x is missing", "pointer": "/a", "severity": "error"}
    said = {"code": "passport/payload", "detail": "not a BatteryPass", "findings": [finding]}
    paper.tell("POST", "/api/passports", said, 422)
    payload = tmp_path / "battery.json"
    payload.write_text("{}")
    ended = typed("passport", "publish", payload, "--access", "a", "--usage", "b")
    assert ended.status == 1
    assert "/a: x is missing [samm/required]" in ended.err


def test_a_passport_is_shown_with_its_submodels(typed: Any, paper: Any) -> None:
    submodel = {"idShort": "Circularity", "version": 1, "semanticId": "urn:x", "digest": "sha256:1"}
    paper.tell("GET", "/api/passports/u1", MADE)
    paper.tell("GET", "/api/passports/u1/versions/2", {"number": 2, "reason": "corrected"})
    paper.tell("GET", "/api/passports/u1/submodels", [submodel])
    assert "Circularity" in typed("passport", "show", "http://localhost:1/p/u1").out
    assert "corrected" in typed("passport", "show", "u1", "--version", "2").out
    assert paper.asked[-1].query == {"version": "2"}


@pytest.mark.parametrize(
    ("option", "content"), [("payload", {"a": 1}), ("patch", [{"op": "remove", "path": "/a"}]), ("merge", {"a": None})]
)
def test_a_version_is_made_from_one_kind_of_change(
    typed: Any, paper: Any, tmp_path: Path, option: str, content: Any
) -> None:
    paper.tell("PATCH", "/api/passports/u1", {**MADE, "version": 2})
    file = tmp_path / "change.json"
    file.write_text(json.dumps(content))
    arguments = [f"--{option}", file, "--reason", "corrected", "--expected-version", "1", "--provisional", "/a"]
    assert typed("passport", "update", "u1", *arguments, "--json").json["version"] == 2
    assert paper.asked[-1].body == {
        option: content,
        "reason": "corrected",
        "role": "economic operator",
        "notes": "",
        "provisional": ["/a"],
        "expectedVersion": 1,
    }


@pytest.mark.parametrize("options", [[], ["--patch", "a.json", "--merge", "b.json"]])
def test_no_change_and_two_changes_are_wrong_usage(typed: Any, paper: Any, options: list[str]) -> None:
    ended = typed("passport", "update", "u1", "--reason", "corrected", *options)
    assert ended.status == 2
    assert "[cli/change]" in ended.err
    assert paper.asked == []


def test_labels_and_exports_are_bytes(typed: Any, paper: Any, tmp_path: Path) -> None:
    paper.tell("GET", "/api/passports/u1/label", "█\n".encode(), media_type="text/plain")
    paper.tell("GET", "/api/passports/u1/export", b"PK\x03\x04", media_type="application/zip")
    assert typed("passport", "label", "u1").out == "█\n"
    assert paper.asked[-1].query == {"format": "text"}
    out = tmp_path / "battery.aasx"
    assert typed("passport", "export", "u1", "--format", "aasx", "--version", "1", "--out", out).status == 0
    assert out.read_bytes() == b"PK\x03\x04"
    assert paper.asked[-1].query == {"format": "aasx", "version": "1", "metamodel": "3.0"}


def test_versions_and_passports_are_listed(typed: Any, paper: Any) -> None:
    version = {"number": 1, "time": "t", "actor": "a", "role": "r", "reason": "issued", "delta": [], "notes": ""}
    listed = {"unitId": "u1", "version": 1, "updatedAt": "t", "unitUrl": "http://x/p/u1"}
    paper.tell("GET", "/api/passports/u1/versions", [version])
    paper.tell("GET", "/api/passports", [listed])
    assert typed("passport", "versions", "u1", "--json").json == [version]
    assert "issued" in typed("passport", "versions", "u1").out
    assert typed("passport", "list", "--json").json == [listed]
    assert "http://x/p/u1" in typed("passport", "list").out


def test_keys_are_made_listed_and_revoked(typed: Any, paper: Any) -> None:
    made = {"name": "erp", "role": "operator", "key": "ion_erp_secret"}
    shown = {"name": "erp", "role": "operator", "createdAt": "t"}
    paper.tell("POST", "/api/keys", made, 201)
    paper.tell("GET", "/api/keys", [shown])
    paper.tell("DELETE", "/api/keys/erp", {**shown, "revokedAt": "later"})
    assert typed("key", "add", "erp", "--role", "operator").out == "ion_erp_secret\n"
    assert paper.asked[-1].body == {"name": "erp", "role": "operator"}
    assert typed("key", "list", "--json").json == [shown]
    assert "later" in typed("key", "revoke", "erp").out


@pytest.mark.parametrize(("ok", "status"), [(True, 0), (False, 1)])
def test_the_audit_log_is_verified(typed: Any, paper: Any, ok: bool, status: int) -> None:
    head = {"size": 3, "root": "sha256:1"}
    findings = [] if ok else [{"code": "audit/link", "message": "entry 2 does not follow", "severity": "error"}]
    paper.tell("GET", "/api/audit/verify", {"ok": ok, "head": head, "findings": findings})
    ended = typed("audit", "verify")
    assert ended.status == status
    assert ("is whole" in ended.out) is ok
    assert ("entry 2 does not follow" in ended.err) is not ok
    assert typed("audit", "verify", "--json").json["ok"] is ok


def test_audit_entries_are_shown_page_by_page(typed: Any, paper: Any) -> None:
    entry = {"sequence": 7, "time": "t", "actor": "a", "event": "usage.refused", "subject": "c1", "detail": {"x": 1}}
    paper.tell("GET", "/api/audit", {"entries": [entry], "next": 7})
    ended = typed("audit", "show", "--subject", "c1", "--after", "6", "--limit", "1")
    assert '{"x":1}' in ended.out
    assert "--after 7" in ended.err
    assert paper.asked[-1].query == {"subject": "c1", "after": "6", "limit": "1"}
    assert typed("audit", "show", "--json").json == {"entries": [entry], "next": 7}


def test_credentials_are_issued_listed_and_revoked(typed: Any, paper: Any, tmp_path: Path) -> None:
    one = {"id": "urn:uuid:1", "type": "MembershipCredential", "holder": PARTNER, "expiresAt": "t"}
    paper.tell("POST", "/api/issuer/credentials", {"credentials": [one], "delivered": True}, 201)
    paper.tell("GET", "/api/issuer/credentials", {"credentials": [one]})
    paper.tell("POST", "/api/issuer/credentials/urn:uuid:1/revoke", {**one, "revokedAt": "now"})
    assert typed("issuer", "issue", PARTNER, "--bpn", "BPNL00000000CELL").status == 0
    assert paper.asked[-1].body == {
        "holder": PARTNER,
        "types": ["MembershipCredential", "BpnCredential", "DataExchangeGovernanceCredential"],
        "bpn": "BPNL00000000CELL",
        "deliver": True,
    }
    subject = tmp_path / "subject.json"
    subject.write_text('{"allowedVehicleBrands": ["x"]}')
    more = ["--type", "DismantlerCredential", "--subject", subject, "--no-deliver"]
    typed("issuer", "issue", PARTNER, "--bpn", "BPNL00000000CELL", *more)
    assert paper.asked[-1].body["subject"] == {"allowedVehicleBrands": ["x"]}
    assert paper.asked[-1].body["deliver"] is False
    assert typed("issuer", "list", "--holder", PARTNER, "--json").json == [one]
    assert "was revoked at now" in typed("issuer", "revoke", "urn:uuid:1").out


def test_a_holder_that_is_silent_is_unreachable(typed: Any, paper: Any) -> None:
    said = {"credentials": [], "delivered": False, "reason": "nobody answers there"}
    paper.tell("POST", "/api/issuer/credentials", said, 201)
    ended = typed("issuer", "issue", PARTNER, "--bpn", "BPNL00000000CELL")
    assert ended.status == 3
    assert "nobody answers there" in ended.err


def test_a_node_that_is_no_trust_anchor_says_so(typed: Any, paper: Any) -> None:
    ended = typed("issuer", "list")
    assert ended.status == 1
    assert "no trust anchor" in ended.err


STEP = {"name": "credentials", "ok": True, "detail": "we hold one", "side": "", "code": "", "seconds": 0.1}


@pytest.mark.parametrize(
    ("last", "status", "side"),
    [
        ({}, 0, ""),
        ({"ok": False, "side": "theirs", "code": "dcp/did-unresolved"}, 3, "their side"),
        ({"ok": False, "side": "theirs", "code": "peer/unreachable"}, 3, "their side"),
        ({"ok": False, "side": "ours", "code": "dcp/credential-expired"}, 1, "our side"),
    ],
)
def test_the_doctor_says_which_side_is_wrong(typed: Any, paper: Any, last: Any, status: int, side: str) -> None:
    found = {"did": PARTNER, "ok": not last, "steps": [STEP, {**STEP, "name": "catalog", **last}]}
    paper.tell("GET", f"/api/partners/{PARTNER}/doctor", found)
    ended = typed("doctor", PARTNER)
    assert ended.status == status
    assert side in ended.out
    assert typed("doctor", PARTNER, "--json").json["ok"] is (not last)


def health(failure: str = "") -> dict[str, Any]:
    part = {"component": "store", "isHealthy": not failure, "failure": {"messages": [failure]} if failure else None}
    return {"isSystemHealthy": not failure, "componentResults": [part]}


def test_the_status_tells_who_and_how(typed: Any, paper: Any) -> None:
    paper.tell("GET", "/check/health", health())
    told = typed("status", "--json").json
    assert told["did"] == "did:web:localhost%3A1:maker"
    assert told["management"] == f"http://127.0.0.1:{paper.port}"
    assert told["healthy"] is True
    assert told["components"] == [{"component": "store", "healthy": True, "failure": ""}]


def test_a_node_that_is_not_well_is_a_finding(typed: Any, paper: Any) -> None:
    paper.tell("GET", "/check/health", health("the disk is full"), 503)
    ended = typed("status")
    assert ended.status == 1
    assert "the disk is full" in ended.out


def test_something_that_is_no_node_is_told(typed: Any, paper: Any) -> None:
    paper.tell("GET", "/check/health", b"hello", media_type="text/plain")
    ended = typed("status")
    assert ended.status == 4
    assert "does not answer as a node does" in ended.err


ASKED = {"requestId": "r1", "direction": "outgoing", "state": "asking", "counterparty": PARTNER}


def test_a_footprint_is_asked_for_and_waited_for(typed: Any, paper: Any) -> None:
    paper.tell("POST", "/api/footprints/requests", ASKED, 201)
    paper.tell("GET", "/api/footprints/requests/r1", {**ASKED, "state": "requested"})
    paper.tell("GET", "/api/footprints/requests/r1", {**ASKED, "state": "answered", "documentDigest": "sha256:1"})
    ended = typed("pcf", "ask", PARTNER, "--part", "CELL", "--message", "please", "--wait", "30", "--json")
    assert (ended.status, ended.json["state"]) == (0, "answered")
    assert paper.asked[0].body == {
        "counterparty": PARTNER,
        "manufacturerPartId": "CELL",
        "customerPartId": "",
        "message": "please",
        "purpose": "cx.pcf.base:1",
    }


@pytest.mark.parametrize(
    ("state", "wait", "status"), [("failed", "1", 1), ("requested", "0.05", 3), ("asking", "0", 0)]
)
def test_how_a_request_stands_is_the_exit_status(typed: Any, paper: Any, state: str, wait: str, status: int) -> None:
    paper.tell("POST", "/api/footprints/requests", ASKED, 201)
    paper.tell("GET", "/api/footprints/requests/r1", {**ASKED, "state": state, "reason": "no such part"})
    assert typed("pcf", "ask", PARTNER, "--part", "CELL", "--wait", wait).status == status


def test_a_request_names_a_part(typed: Any, paper: Any) -> None:
    ended = typed("pcf", "ask", PARTNER)
    assert ended.status == 2
    assert "[cli/part]" in ended.err
    assert paper.asked == []


def test_requests_are_listed_shown_and_answered(typed: Any, paper: Any, tmp_path: Path) -> None:
    paper.tell("GET", "/api/footprints/requests", [ASKED])
    paper.tell("GET", "/api/footprints/requests/r1", {**ASKED, "state": "answered"})
    paper.tell("GET", "/api/footprints/requests/r1/document", b'{"a":0.10}', media_type="application/octet-stream")
    paper.tell("POST", "/api/footprints/requests/r1/answer", {**ASKED, "state": "answering"})
    listed = typed("pcf", "requests", "--direction", "outgoing", "--state", "asking", "--partner", PARTNER, "--json")
    assert listed.json == [ASKED]
    wanted = {"direction": "outgoing", "state": "asking", "counterparty": PARTNER, "limit": "100", "offset": "0"}
    assert paper.asked[-1].query == wanted
    assert "r1" in typed("pcf", "requests").out
    assert typed("pcf", "show", "r1", "--document").out == '{"a":0.10}'
    document = tmp_path / "footprint.json"
    document.write_text('{"a": 0.10}')
    assert typed("pcf", "answer", "r1", document).status == 0
    assert paper.asked[-1].body == {"document": {"a": "0.10"}}


def test_own_footprints_are_kept_with_their_stages(typed: Any, paper: Any, tmp_path: Path) -> None:
    kept = {"manufacturerPartId": "PACK/75", "documentDigest": "sha256:1", "createdAt": "t", "document": {}}
    paper.tell("PUT", "/api/footprints/own/PACK/75", {**kept, "findings": []})
    paper.tell("GET", "/api/footprints/own/PACK/75", kept)
    paper.tell("GET", "/api/footprints/own", [kept])
    document = tmp_path / "footprint.json"
    document.write_text("{}")
    assert typed("pcf", "own", "PACK/75", document, "--stages", "1.50,2", "--source", "LCA").status == 0
    split = {"rawMaterial": "1.50", "mainProduction": 2, "source": "LCA"}
    assert paper.asked[-1].body == {"document": {}, "stages": split}
    typed("pcf", "own", "PACK/75", document, "--raw-share", "0.25")
    assert paper.asked[-1].body["stages"] == {"rawMaterialShare": "0.25", "source": "the owner"}
    assert typed("pcf", "own", "PACK/75", "--json").json == kept
    assert "PACK/75" in typed("pcf", "own").out


def test_a_battery_is_rolled_up_into_its_passport(typed: Any, paper: Any, tmp_path: Path) -> None:
    entries = [{"value": 1}, {"value": 2}]
    made = {
        "perKwh": {"raw-material": 1}, "totalPerKwh": 1, "lifetimeEnergyKwh": 9, "rounding": "half even",
        "assumptions": [], "carbonFootprint": entries,
    }  # fmt: skip
    paper.tell("POST", "/api/footprints/roll-up", made)
    paper.tell("PATCH", "/api/passports/u1", {**MADE, "version": 2})
    file = tmp_path / "pack.json"
    file.write_text(
        '{"components": [{"requestId": "r1", "quantity": 96}],'
        ' "ownStages": {"distribution": 1}, "rulebook": "ISO 14067"}'
    )
    ended = typed("pcf", "roll-up", file, "--into", "u1", "--json")
    assert ended.json == {**made, "passport": {"unitId": "u1", "unitUrl": "http://x/p/u1", "version": 2}}
    assert paper.asked[-1].body == {
        "patch": [{"op": "add", "path": "/circularity/carbonFootprint", "value": entries}],
        "reason": "footprint-updated",
        "provisional": ["/circularity/carbonFootprint/0", "/circularity/carbonFootprint/1"],
        "notes": "rolled up from 96 of request r1; own stages distribution; rulebook ISO 14067",
    }
    assert "raw-material" in typed("pcf", "roll-up", file).out


def test_the_footprint_exchange_is_offered(typed: Any, paper: Any) -> None:
    paper.tell("POST", "/api/footprints/offer", {"assetId": "footprints"})
    assert typed("pcf", "offer", "--access", "a", "--usage", "u", "--json").json == {"assetId": "footprints"}
    assert paper.asked[-1].body == {"accessPolicyId": "a", "usagePolicyId": "u"}


def test_links_are_added_listed_and_removed(typed: Any, paper: Any, tmp_path: Path) -> None:
    link = {"kind": "part", "left": "A/1", "right": "x", "attributes": {"unit": "piece"}}
    paper.tell("POST", "/api/links", link, 201)
    paper.tell("GET", "/api/links", [link])
    paper.tell("DELETE", "/api/links/part/A/1", b"", 204)
    attributes = tmp_path / "attributes.json"
    attributes.write_text('{"unit": "piece"}')
    assert typed("link", "add", "part", "A/1", "x", "--attributes", attributes, "--json").json == link
    assert paper.asked[-1].body == link
    told = typed("link", "add", "part", "A/1", "x", "--attributes", attributes).out
    assert "attributes.unit" in told
    assert "{'" not in told
    assert typed("link", "list", "--kind", "part", "--json").json == [link]
    assert typed("link", "remove", "part", "A/1").status == 0
    assert typed("link", "add", "planet", "a", "b").status == 2


def test_an_account_of_the_region_is_made_without_a_password_on_the_command_line(
    typed: Any, paper: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IONPORT_REGION_PASSWORD", "secret12")
    paper.tell("POST", "/api/region/accounts", {"operatorAccountId": "a@b", "operatorId": "o", "apiKey": "k"}, 201)
    paper.tell("GET", "/api/region/accounts", [{"operatorAccountId": "a@b", "operatorId": "o"}])
    operator = tmp_path / "operator.json"
    operator.write_text('{"operatorId": "o"}')
    ended = typed("region", "account", "add", "a@b", "--operator", operator, "--bridge", "--json")
    assert ended.json["apiKey"] == "k"
    assert paper.asked[-1].body == {
        "operatorAccountId": "a@b",
        "password": "secret12",
        "operator": {"operatorId": "o"},
        "forBridge": True,
    }
    assert "a@b" in typed("region", "account", "list").out
