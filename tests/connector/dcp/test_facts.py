"""What verified credentials say, as facts for a policy."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.dcp import credentials, facts

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
BPN = "BPNL00000007RXRT"


def held(space: Any, *kinds: str, **changes: Any) -> list[credentials.Credential]:
    return [credentials.read_credential(space.credential(kind, **changes)) for kind in kinds]


def test_the_three_credentials_give_the_three_facts(space: Any) -> None:
    known = facts.facts_of(held(space, "MembershipCredential", "BpnCredential", "DataExchangeGovernanceCredential"))
    ends = NOW + timedelta(days=29)
    assert known.did == space.holder.did
    assert known.bpn == facts.Fact(BPN, ends, "urn:uuid:BpnCredential")
    assert known.membership == facts.Fact("active", ends, "urn:uuid:MembershipCredential")
    assert known.framework_agreements == {
        "DataExchangeGovernance": facts.Fact(frozenset({"1.0"}), ends, "urn:uuid:DataExchangeGovernanceCredential")
    }
    assert known.dismantler is None
    assert json.loads(json.dumps(known.as_dict()))["bpn"]["validUntil"] == "2026-12-20T06:00:00Z"


def test_what_no_credential_says_is_no_fact(space: Any) -> None:
    known = facts.facts_of(held(space, "BpnCredential"))
    assert (known.membership, known.framework_agreements, known.dismantler) == (None, {}, None)


def test_the_bpn_may_come_from_another_catena_x_credential(space: Any) -> None:
    known = facts.facts_of(held(space, "MembershipCredential"))
    assert known.bpn == facts.Fact(BPN, NOW + timedelta(days=29), "urn:uuid:MembershipCredential")


def test_an_identifier_in_a_foreign_credential_is_no_bpn(space: Any) -> None:
    subject = {"holderIdentifier": "BPNL00000000EVIL"}
    foreign = held(space, "OtherCredential", subject=subject)
    assert facts.facts_of(foreign).bpn is None


def test_two_bpn_are_a_conflict(space: Any, refused: Any) -> None:
    other = held(space, "BpnCredential", subject=credentials.subject_of("BpnCredential", bpn="BPNL000000000002"))
    with refused("dcp/bpn-conflict") as caught:
        facts.facts_of(held(space, "MembershipCredential") + other)
    assert BPN in caught.value.detail
    assert "BPNL000000000002" in caught.value.detail


@pytest.mark.parametrize("number", [7, "x", None, ["BPNL00000007RXRT"]])
def test_a_malformed_bpn_is_refused(space: Any, refused: Any, number: Any) -> None:
    document = {"type": ["BpnCredential"], "credentialSubject": {"id": space.holder.did, "bpn": number}}
    jwt = space.issuer.token({"iss": space.issuer.did, "vc": document})
    with refused("dcp/bpn-malformed"):
        facts.facts_of([credentials.read_credential(jwt)])


def test_credentials_of_two_holders_are_refused(space: Any, refused: Any) -> None:
    mixed = held(space, "MembershipCredential") + held(space, "BpnCredential", holder=space.third.did)
    for wrong in (mixed, []):
        with refused("dcp/holder-mismatch"):
            facts.facts_of(wrong)


def test_the_membership_that_lasts_longest_counts(space: Any) -> None:
    short = held(space, "MembershipCredential", valid_for=timedelta(days=2), id="urn:short")
    known = facts.facts_of(short + held(space, "MembershipCredential", id="urn:long"))
    assert known.membership is not None
    assert known.membership.source == "urn:long"


def test_versions_of_one_agreement_are_joined_until_the_earlier_end(space: Any) -> None:
    kind = "DataExchangeGovernanceCredential"
    newer = credentials.subject_of(kind, bpn=BPN, contractVersion="2.0")
    both = held(space, kind) + held(space, kind, subject=newer, valid_for=timedelta(days=2))
    agreement = facts.facts_of(both).framework_agreements["DataExchangeGovernance"]
    assert agreement.value == {"1.0", "2.0"}
    assert agreement.valid_until == NOW + timedelta(days=1)
    assert facts.facts_of(both).as_dict()["frameworkAgreements"]["DataExchangeGovernance"]["value"] == ["1.0", "2.0"]


def test_a_dismantlers_permit(space: Any) -> None:
    subject = credentials.subject_of("DismantlerCredential", bpn=BPN, allowedVehicleBrands=["A"])
    known = facts.facts_of(held(space, "DismantlerCredential", subject=subject))
    assert known.dismantler is not None
    assert known.dismantler.value == {"activityType": "vehicleDismantle", "allowedVehicleBrands": ["A"]}
