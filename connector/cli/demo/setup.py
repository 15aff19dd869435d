"""Before the first step: credentials for the participants, policies, footprint assets, the region's operators."""

from __future__ import annotations

from typing import Any

from connector.cli.demo import footprints, talk
from connector.cli.demo.parties import Party
from connector.cli.demo.stage import MANUFACTURER_BPN, PEER_BPN, Stage
from connector.notation.exact_json import decode

CREDENTIALS = ["MembershipCredential", "BpnCredential", "DataExchangeGovernanceCredential"]


def credentials(stage: Stage, holder: Party, bpn: str) -> list[dict[str, Any]]:
    """Let the trust anchor issue and deliver what a member holds."""
    asked = {"holder": holder.did, "types": CREDENTIALS, "bpn": bpn, "deliver": True}
    answer = stage.parties.anchor.target.call("POST", "/api/issuer/credentials", asked)
    issued: list[dict[str, Any]] = answer["credentials"] if isinstance(answer, dict) else answer
    return issued


def policy(stage: Stage, path: str, **filled: str) -> Any:
    """A policy of the library, its placeholders filled."""
    text = stage.library.text(f"policies/{path}")
    for name, value in filled.items():
        text = text.replace("{{" + name + "}}", value)
    return decode(text)


def prepare(stage: Stage) -> None:
    """Everything that a participant sets up once."""
    manufacturer, peer = stage.parties.manufacturer, stage.parties.peer
    credentials(stage, manufacturer, MANUFACTURER_BPN)
    credentials(stage, peer, PEER_BPN)
    for party, partner in ((manufacturer, PEER_BPN), (peer, MANUFACTURER_BPN)):
        talk.add_policy(party, "partners", policy(stage, "access/partners.template.json", bpnl=partner))
        talk.add_policy(party, "footprint-use", policy(stage, "usage/pcf.json"))
        offered = {"accessPolicyId": "partners", "usagePolicyId": "footprint-use"}
        party.target.call("POST", "/api/footprints/offer", offered)
    talk.add_policy(manufacturer, "passport-use", policy(stage, "usage/battery-passport.json"))
    footprints.set_up(stage)
