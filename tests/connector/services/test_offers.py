"""Assets, policies and contract definitions as a service: checks, uses, audit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.adapters.library import FolderLibrary
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.notation.exact_json import decode
from connector.notation.problems import Conflict, Invalid, Unknown
from connector.records.exchange import AGREEMENTS, Agreement
from connector.records.offers import ASSETS, POLICY_DEFINITIONS
from connector.services.catalog.criteria import Criterion
from connector.services.catalog.offers import Offers
from connector.services.catalog.search import Search
from connector.services.usage.usage import Policies

ADDRESS = {"type": "HttpData", "baseUrl": "http://backend.example/x"}
LIBRARY = FolderLibrary()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path}/node.sqlite", SystemClock())
    yield store
    store.close()


@pytest.fixture
def offers(store: SqlStore) -> Offers:
    return Offers(store=store, policies=Policies(LIBRARY.contexts()), kinds=lambda: {"HttpData", "Passport"})


def ready_made(path: str) -> dict[str, Any]:
    """A policy that travels with the product."""
    document: dict[str, Any] = decode(LIBRARY.text(path))
    return document


async def offered(offers: Offers, *selector: Criterion) -> None:
    """An asset on offer under the ready-made policies."""
    await offers.create_asset("a", properties={"kind": "pcf"}, data_address=ADDRESS, actor="me")
    await offers.create_policy("access", ready_made("policies/access/members.json"), actor="me")
    await offers.create_policy("usage", ready_made("policies/usage/battery-passport.json"), actor="me")
    await offers.create_definition(
        "d", access_policy_id="access", contract_policy_id="usage", selector=selector, actor="me"
    )


def agreement(asset_id: str, role: str) -> Agreement:
    """A contract on an asset."""
    return Agreement(
        id=f"{role}-{asset_id}",
        negotiation_id="n",
        role=role,  # type: ignore[arg-type]
        consumer="did:web:c",
        provider="did:web:p",
        dataset_id=asset_id,
        policy={},
        signed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def test_ready_made_policies_are_kept_in_one_form(offers: Offers) -> None:
    await offered(offers)
    usage = (await offers.policy("usage")).policy
    assert usage["@type"] == "Set"
    assert usage["permission"][0]["action"] == "use"
    operands = [one["leftOperand"] for one in usage["permission"][0]["constraint"][0]["and"]]
    assert all(operand.startswith("https://") for operand in operands)


async def test_a_policy_that_cannot_be_enforced_is_refused_with_every_finding(offers: Offers, store: SqlStore) -> None:
    document = ready_made("policies/usage/battery-passport.json")
    constraint = document["permission"][0]["constraint"]
    items = constraint["and"] if isinstance(constraint, dict) else constraint[0]["and"]
    items += [
        {"leftOperand": "cx-policy:Jurisdiction", "operator": "eq", "rightOperand": "x"},
        {"leftOperand": "cx-policy:Invented", "operator": "eq", "rightOperand": "x"},
    ]
    with pytest.raises(Invalid) as refused:
        await offers.create_policy("p", document, actor="me")
    assert refused.value.code == "policy/refused"
    said = {finding.message: finding.pointer for finding in refused.value.findings}
    assert any("Jurisdiction" in message for message in said)
    assert any("Invented" in message and pointer for message, pointer in said.items())
    assert await store.read(lambda reader: reader.count(POLICY_DEFINITIONS)) == 0


async def test_an_empty_policy_needs_the_open_profile(store: SqlStore) -> None:
    policies = Policies(LIBRARY.contexts())
    with pytest.raises(Invalid):
        await Offers(store=store, policies=policies).create_policy("p", {"@type": "Set"}, actor="me")
    kept = await Offers(store=store, policies=policies, profile="open").create_policy("p", {"@type": "Set"}, actor="me")
    assert kept.policy["permission"] == [{"action": "use"}]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({}, "asset/address-type"),
        ({"type": 5}, "asset/address-type"),
        ({"type": "Kafka"}, "asset/address-type"),
        ({"type": "HttpData"}, "asset/base-url"),
        ({"type": "HttpData", "baseUrl": "javascript:alert(1)"}, "asset/base-url"),
        ({"type": "HttpData", "baseUrl": "http://x\n"}, "asset/base-url"),
        ({"type": "HttpData", "baseUrl": ["http://x"]}, "asset/base-url"),
    ],
)
async def test_addresses_that_cannot_be_served_are_refused(
    offers: Offers, store: SqlStore, address: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await offers.create_asset("a", properties={}, data_address=address, actor="me")
    assert refused.value.code == code
    await offers.create_asset("a", properties={}, data_address=ADDRESS, actor="me")
    with pytest.raises(Invalid):
        await offers.update_asset("a", properties={}, data_address=address, actor="me")
    assert (await offers.asset("a")).data_address == ADDRESS
    assert await store.read(lambda reader: reader.count(ASSETS)) == 1


async def test_in_use_by_definition_or_provided_agreement(offers: Offers, store: SqlStore) -> None:
    await offered(offers, Criterion("id", "in", ["x", "a"]))
    for delete, name, code in (
        (offers.delete_asset, "a", "asset/in-use"),
        (offers.delete_policy, "access", "policy/in-use"),
        (offers.delete_policy, "usage", "policy/in-use"),
    ):
        with pytest.raises(Conflict) as refused:
            await delete(name, actor="me")
        assert refused.value.code == code
        assert "contract definition d" in refused.value.detail
    await offers.delete_definition("d", actor="me")
    await store.write(lambda tx: tx.put(AGREEMENTS, agreement("a", "consumer")))
    await store.write(lambda tx: tx.put(AGREEMENTS, agreement("a", "provider")))
    with pytest.raises(Conflict) as refused:
        await offers.delete_asset("a", actor="me")
    assert "the agreement provider-a" in refused.value.detail
    await offers.delete_policy("access", actor="me")


async def test_an_asset_that_we_only_consume_elsewhere_may_go(offers: Offers, store: SqlStore) -> None:
    await offers.create_asset("a", properties={}, data_address=ADDRESS, actor="me")
    await store.write(lambda tx: tx.put(AGREEMENTS, agreement("a", "consumer")))
    await offers.delete_asset("a", actor="me")
    with pytest.raises(Unknown) as unknown:
        await offers.asset("a")
    assert unknown.value.code == "asset/unknown"


async def test_definitions_need_their_policies(offers: Offers) -> None:
    await offered(offers)
    with pytest.raises(Invalid) as refused:
        await offers.update_definition("d", access_policy_id="access", contract_policy_id="none", actor="me")
    assert (refused.value.code, refused.value.pointer) == ("contract-definition/policy", "/contractPolicyId")
    assert (await offers.definition("d")).contract_policy_id == "usage"


async def test_every_change_is_audited_without_the_secrets(offers: Offers, store: SqlStore) -> None:
    secret = {**ADDRESS, "authCode": "s3cret"}
    await offers.create_asset("a", properties={}, data_address=secret, actor="ada")
    await offers.update_asset("a", properties={"n": 1}, data_address=secret, actor="bob")
    await offers.delete_asset("a", actor="cy")
    entries = await store.read(lambda reader: reader.audit_entries())
    assert [(one.event, one.subject, one.actor) for one in entries] == [
        ("asset.created", "a", "ada"),
        ("asset.updated", "a", "bob"),
        ("asset.deleted", "a", "cy"),
    ]
    assert entries[0].detail["digest"] != entries[1].detail["digest"]
    assert "s3cret" not in str(entries)


async def test_search_refuses_what_it_does_not_know(offers: Offers) -> None:
    await offered(offers)
    for search, code in (
        (Search(criteria=[Criterion("colour", "=", "x")]), "search/field"),
        (Search(sort_field="colour"), "search/order"),
    ):
        with pytest.raises(Invalid) as refused:
            await offers.find_policies(search, lambda record: {})
        assert refused.value.code == code
