"""`ionport import edc`: from another node that runs, and from an EDC as its API answers, into a node that runs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector.cli import nodes
from connector.cli.demo.parties import Party
from connector.notation.problems import Unknown

ROOT = Path(__file__).resolve().parents[3]
V3 = "/management/v3"
EDC = "https://w3id.org/edc/v0.0.1/ns/"
CONTEXT = {"@vocab": EDC, "edc": EDC, "odrl": "http://www.w3.org/ns/odrl/2/"}


@dataclass
class Two:
    old: Party
    new: Party

    def import_(self, ionport: Any, *more: str, source: str = "", key: str = "") -> Any:
        url = source or self.old.settings.management.url + "/management"
        return ionport("import", "edc", url, "--key", key or self.old.target.key, *more, "--node", self.new.folder)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("import")
    made = [
        Party(name, nodes.init(folder / name, name=name, bpn=f"BPNL00000000{name.upper()}R")) for name in ("old", "new")
    ]
    with contextlib.ExitStack() as stack:
        for party in made:
            party.start()
            stack.callback(party.stop)
        for party in made:
            party.wait_ready()
        fill(made[0])
        yield Two(*made)


def fill(party: Party) -> None:
    """More assets than a page, an access and a usage policy, a definition."""
    call = party.target.call
    for number in range(130):
        address = {"type": "HttpData", "baseUrl": f"https://backend.example/{number}", "authKey": "X", "authCode": "s3"}
        properties = {"name": f"asset {number}", "weight": 4.25, "http://purl.org/dc/terms/type": {"@id": "urn:t"}}
        asset = {
            "@id": f"a{number:03}",
            "properties": properties,
            "privateProperties": {"shelf": "b"},
            "dataAddress": address,
        }
        call("POST", f"{V3}/assets", {"@context": CONTEXT, **asset})
    for name, path in (("see", "access/members.json"), ("use", "usage/battery-passport.json")):
        policy = json.loads((ROOT / "policies" / path).read_text())
        call("POST", f"{V3}/policydefinitions", {"@context": CONTEXT, "@id": name, "policy": policy})
    selector = [{"operandLeft": "shelf", "operator": "=", "operandRight": "b"}]
    definition = {"@id": "d", "accessPolicyId": "see", "contractPolicyId": "use", "assetsSelector": selector}
    call("POST", f"{V3}/contractdefinitions", {"@context": CONTEXT, **definition})


def plain(found: Any) -> Any:
    return {name: value for name, value in found.items() if name != "createdAt"}


def test_everything_comes_over_as_it_was_and_once(two: Two, ionport: Any) -> None:
    dry = two.import_(ionport, "--dry-run", "--json")
    assert dry.status == 0
    assert {one["result"] for one in dry.json} == {"would be imported"}
    with pytest.raises(Unknown):
        two.new.target.call("GET", f"{V3}/assets/a000")
    done = two.import_(ionport, "--json")
    assert done.status == 0, done.err
    assert [one["result"] for one in done.json] == ["imported"] * 133
    for path in (
        "assets/a000",
        "assets/a129",
        "policydefinitions/use",
        "policydefinitions/see",
        "contractdefinitions/d",
    ):
        old, new = (plain(one.target.call("GET", f"{V3}/{path}")) for one in (two.old, two.new))
        assert new == old
    again = two.import_(ionport)
    assert again.status == 0
    assert again.out.splitlines()[-1] == "133 kept"
    two.old.target.call(
        "PUT", f"{V3}/assets", {**two.old.target.call("GET", f"{V3}/assets/a000"), "properties": {"name": "x"}}
    )
    replaced = two.import_(ionport, "--replace", "--json")
    assert {one["result"] for one in replaced.json} == {"replaced"}
    assert two.new.target.call("GET", f"{V3}/assets/a000")["properties"] == {"name": "x", "id": "a000"}


def agreement(number: int, provider: str, consumer: str, asset: str = "edc-1") -> dict[str, Any]:
    """As EDC 0.15 shows one."""
    policy = json.loads((ROOT / "policies/usage/battery-passport.json").read_text())
    return {
        "@type": "ContractAgreement",
        "@id": f"local-{number}",
        "agreementId": f"wire-{number}",
        "assetId": asset,
        "policy": {**policy, "@type": "Agreement", "assigner": provider, "assignee": consumer, "target": asset},
        "contractSigningDate": 1764147004,
        "consumerId": consumer,
        "providerId": provider,
        "@context": CONTEXT,
    }


def test_an_edc_with_agreements_and_with_what_cannot_be_taken_over(two: Two, ionport: Any, paper: Any) -> None:
    address = {"@type": "DataAddress", "type": "HttpData", "baseUrl": "https://backend.example/1", "secretName": "s"}
    foreign = {"@type": "DataAddress", "type": "AmazonS3", "bucketName": "b"}
    pages = {
        "assets": [
            {
                "@id": "edc-1",
                "@type": "Asset",
                "properties": {"id": "edc-1"},
                "dataAddress": address,
                "@context": CONTEXT,
            },
            {
                "@id": "edc-2",
                "@type": "Asset",
                "properties": {"id": "edc-2"},
                "dataAddress": foreign,
                "@context": CONTEXT,
            },
        ],
        "policydefinitions": [
            {
                "@id": "free",
                "@type": "PolicyDefinition",
                "createdAt": 1,
                "policy": {
                    "@id": "x",
                    "@type": "odrl:Set",
                    "odrl:permission": [],
                    "odrl:prohibition": [],
                    "odrl:obligation": [],
                },
                "@context": CONTEXT,
            }
        ],
        "contractdefinitions": [],
        "contractagreements": [
            agreement(1, "BPNL00000000NEWR", "did:web:partner.example"),
            agreement(2, "did:web:stranger.example", "did:web:partner.example"),
            agreement(3, two.new.did, "did:web:partner.example", "edc-9"),
            agreement(4, "did:web:partner.example", two.new.did, "theirs"),
        ],
    }
    for path, found in pages.items():
        paper.tell("POST", f"/edc/v3/{path}/request", found)
    done = two.import_(ionport, "--json", source=f"http://127.0.0.1:{paper.port}/edc", key="password")
    assert done.status == 1
    assert paper.asked[0].key == "password"
    results = {one["id"]: (one["result"], one["code"]) for one in done.json}
    assert results["edc-1"] == ("imported", "")
    assert results["edc-2"] == ("refused", "asset/address-type")
    assert results["free"][0] == "refused"
    assert results["wire-1"] == ("imported", "")
    assert results["wire-2"] == ("refused", "agreement/party")
    assert results["wire-3"] == ("refused", "agreement/asset")
    assert results["wire-4"] == ("imported", "")
    kept = two.new.target.call("GET", f"{V3}/contractagreements/wire-1")
    assert kept["providerId"] == two.new.did
    assert kept["contractSigningDate"] == 1764147004
    again = two.import_(ionport, "--json", source=f"http://127.0.0.1:{paper.port}/edc", key="password")
    assert {one["id"]: one["result"] for one in again.json}["wire-4"] == "kept"


@pytest.mark.parametrize(
    ("source", "key", "status", "said"),
    [
        ("http://127.0.0.1:9/management", "k", 3, "no node answers"),
        ("nowhere", "k", 2, "no address"),
        ("", "wrong", 2, "key/"),
        ("", "\u00fc", 2, "characters"),
    ],
)
def test_a_source_that_cannot_be_read(two: Two, ionport: Any, source: str, key: str, status: int, said: str) -> None:
    ended = two.import_(ionport, source=source, key=key)
    assert (ended.status, said in ended.err) == (status, True), ended.err
