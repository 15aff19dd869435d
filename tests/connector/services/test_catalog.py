"""What is on offer, and who sees it: real nodes over HTTP."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio

from connector.notation.problems import Refused
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, POLICY_DEFINITIONS, PolicyDefinition

pytestmark = pytest.mark.asyncio(loop_scope="module")
FILTER = {"@type": "QuerySpec"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[nodes.Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("catalog"))
    for number in range(7):
        properties = {"dct:type": {"@id": f"cx-taxo:T{number % 2}"}, "name": f"pack_{number}%"}
        await nodes.offer_asset(space.maker, f"asset{number}", properties=properties)
    yield space
    await space.close()


async def ids(space: nodes.Space, **spec: Any) -> list[str]:
    filters = [{**FILTER, **spec}] if spec else None
    shown = await space.peer.partners.read_catalog(space.maker.settings.node.did, nodes.protocol(space.maker), filters)
    return [entry.id for entry in shown.datasets]


def criterion(left: str, operator: str, right: Any) -> list[dict[str, Any]]:
    return [{"operandLeft": left, "operator": operator, "operandRight": right}]


async def test_a_member_sees_what_the_access_policy_lets_it_see(space: nodes.Space) -> None:
    shown = await space.peer.partners.read_catalog(space.maker.settings.node.did, nodes.protocol(space.maker))
    assert [entry.id for entry in shown.datasets] == [f"asset{number}" for number in range(7)]
    first = shown.datasets[0]
    address = nodes.protocol(space.maker)
    assert first.distributions == (("HttpData-PULL", address), ("HttpData-PUSH", address))
    assert first.offers[0]["permission"][0]["action"] == "use"
    assert shown.participant_id == space.maker.settings.node.did


async def test_a_participant_without_credentials_is_refused_with_a_catalog_error(space: nodes.Space) -> None:
    third = await space.join("third", credentials=())
    answer = await nodes.say(third, space.maker, "catalog/request", nodes.message("CatalogRequestMessage"))
    assert 400 <= answer.status < 500
    assert nodes.decode(answer.body)["@type"] == "CatalogError"
    assert "dcp/" in nodes.reasons(answer)
    with pytest.raises(Refused):
        await third.partners.catalog(space.maker.settings.node.did, nodes.protocol(space.maker))


async def test_a_member_outside_the_access_policy_gets_an_empty_catalog(space: nodes.Space) -> None:
    outsider = await space.join("outsider", bpn="BPNL00000000OTHR")
    catalog = await outsider.partners.catalog(space.maker.settings.node.did, nodes.protocol(space.maker))
    assert catalog["@type"] == "Catalog"
    assert not catalog.get("dataset")
    answer = await nodes.say(outsider, space.maker, "catalog/datasets/asset1", method="GET")
    assert answer.status == 404
    assert "catalog/unknown" in nodes.reasons(answer)


async def test_a_revoked_member_is_refused_at_once(space: nodes.Space) -> None:
    leaver = await space.join("leaver", bpn=nodes.PEER_BPN)
    did, address = space.maker.settings.node.did, nodes.protocol(space.maker)
    assert (await leaver.partners.catalog(did, address)).get("dataset")
    assert space.anchor.issuer is not None
    issued = await space.anchor.issuer.issued(holder=leaver.settings.node.did)
    membership = next(record for record in issued if record.type == "MembershipCredential")
    await space.anchor.issuer.revoke(membership.id, actor="test")
    with pytest.raises(Refused) as caught:
        await leaver.partners.catalog(did, address)
    assert caught.value.code == "dcp/credential-revoked"


@pytest.mark.parametrize("path", ["catalog/request", "negotiations/request", "transfers/request"])
async def test_nobody_is_told_anything_without_a_token(space: nodes.Space, path: str) -> None:
    for token in ("", "Bearer", "Bearer x", "Bearer a.b.c", "Basic abc"):
        answer = await nodes.say(space.peer, space.maker, path, {}, token=token)
        assert 400 <= answer.status < 500
        assert "dcp/" in nodes.reasons(answer)


async def test_a_token_is_taken_once_and_only_by_whom_it_names(space: nodes.Space) -> None:
    body = nodes.message("CatalogRequestMessage")
    token = await space.peer.identity.authorization(space.maker.settings.node.did)
    assert (await nodes.say(space.peer, space.maker, "catalog/request", body, token=token)).is_ok
    again = await nodes.say(space.peer, space.maker, "catalog/request", body, token=token)
    assert "dcp/replayed" in nodes.reasons(again)
    elsewhere = await space.peer.identity.authorization(space.anchor.settings.node.did)
    answer = await nodes.say(space.peer, space.maker, "catalog/request", body, token=elsewhere)
    assert "dcp/audience" in nodes.reasons(answer)
    without_grant = space.peer.identity.bare_authorization(space.maker.settings.node.did)
    answer = await nodes.say(space.peer, space.maker, "catalog/request", body, token=without_grant)
    assert "dcp/access-token-missing" in nodes.reasons(answer)


async def test_filters_select(space: nodes.Space) -> None:
    assert await ids(space, filterExpression=criterion("id", "=", "asset3")) == ["asset3"]
    assert await ids(space, filterExpression=criterion(nodes_edc("id"), "in", ["asset3", "asset5"])) == [
        "asset3", "asset5",
    ]  # fmt: skip
    assert await ids(space, filterExpression=criterion("name", "like", "pack_1%")) == ["asset1"]
    assert await ids(space, filterExpression=criterion("name", "like", "pack*")) == []
    assert await ids(space, filterExpression=criterion("'dct:type'.'@id'", "=", "cx-taxo:T1")) == [
        "asset1", "asset3", "asset5",
    ]  # fmt: skip
    assert await ids(space, filterExpression=criterion("id", "!=", "asset0"), limit=2) == [
        f"asset{number}" for number in range(1, 7)
    ]


def nodes_edc(name: str) -> str:
    return f"https://w3id.org/edc/v0.0.1/ns/{name}"


async def test_pages_are_linked_and_keep_the_filter(space: nodes.Space) -> None:
    query = [{**FILTER, "limit": 2, "filterExpression": criterion("'dct:type'.'@id'", "=", "cx-taxo:T0")}]
    body = nodes.message("CatalogRequestMessage", filter=query)
    first = await nodes.say(space.peer, space.maker, "catalog/request", body)
    assert [entry["@id"] for entry in nodes.decode(first.body)["dataset"]] == ["asset0", "asset2"]
    assert 'rel="next"' in first.headers["Link"]
    second = await nodes.say(space.peer, space.maker, "catalog/request?offset=2&limit=2", body)
    assert [entry["@id"] for entry in nodes.decode(second.body)["dataset"]] == ["asset4", "asset6"]
    assert 'rel="previous"' in second.headers["Link"]
    assert 'rel="next"' not in second.headers["Link"]
    assert await ids(space, limit=3) == [f"asset{number}" for number in range(7)]


@pytest.mark.parametrize(
    "query",
    [
        [{"@type": "Other", "x": 1}],
        [FILTER, FILTER],
        ["x"],
        [{**FILTER, "limit": 0}],
        [{**FILTER, "limit": "ten"}],
        [{**FILTER, "offset": -1}],
        [{**FILTER, "limit": True}],
        [{**FILTER, "filterExpression": [{"operandLeft": "id"}]}],
        [{**FILTER, "filterExpression": criterion("id", "~", "x")}],
        [{**FILTER, "filterExpression": criterion("id", "like", "%" * 501)}],
        [{**FILTER, "filterExpression": ["x"]}],
    ],
)
async def test_a_filter_that_is_not_understood_is_refused(space: nodes.Space, query: list[Any]) -> None:
    body = nodes.message("CatalogRequestMessage", filter=query)
    answer = await nodes.say(space.peer, space.maker, "catalog/request", body)
    assert answer.status == 400
    assert any(code in nodes.reasons(answer) for code in ("catalog/filter", "criteria/"))


async def test_one_dataset_is_shown_by_its_id(space: nodes.Space) -> None:
    await nodes.offer_asset(space.maker, "urn:x:a/b c")
    _, entry = await space.peer.partners.dataset(
        space.maker.settings.node.did, nodes.protocol(space.maker), "urn:x:a/b c"
    )
    assert entry.id == "urn:x:a/b c"
    await space.maker.store.write(lambda tx: tx.remove(ASSETS, "urn:x:a/b c"))


async def test_an_offer_changes_its_id_with_its_policy(space: nodes.Space) -> None:
    await nodes.offer_asset(space.maker, "changing")
    before = await nodes.offer_of(space.peer, space.maker, "changing")
    other = nodes.rule(
        "use", nodes.USAGE_CONSTRAINTS[0], nodes.constraint("UsagePurpose", "isAnyOf", ["cx.pcf.base:1"])
    )
    await space.maker.store.write(
        lambda tx: tx.put(POLICY_DEFINITIONS, PolicyDefinition(id="changing usage", policy=other, created_at=tx.now))
    )
    after = await nodes.offer_of(space.peer, space.maker, "changing")
    assert before["@id"] != after["@id"]
    request = nodes.message(
        "ContractRequestMessage", consumerPid="stale", callbackAddress=nodes.protocol(space.peer), offer=before
    )
    answer = await nodes.say(space.peer, space.maker, "negotiations/request", request)
    assert answer.status == 404
    assert "catalog/offer-unknown" in nodes.reasons(answer)
    await space.maker.store.write(lambda tx: tx.remove(ASSETS, "changing"))


async def test_a_definition_that_cannot_be_read_offers_nothing_and_hides_nothing_else(space: nodes.Space) -> None:
    await nodes.offer_asset(space.maker, "broken", usage={"permission": [{"action": "use", "constraint": [{"x": 1}]}]})
    await nodes.offer_asset(space.maker, "broken too", access={"permission": "?"})
    shown = await ids(space)
    assert "broken" not in shown
    assert "broken too" not in shown
    assert "asset0" in shown
    for name in ("broken", "broken too"):
        await space.maker.store.write(lambda tx, name=name: tx.remove(CONTRACT_DEFINITIONS, f"{name} definition"))


async def test_more_definitions_than_a_page_are_all_seen(space: nodes.Space) -> None:
    def many(tx: Any) -> None:
        definition = tx.need(CONTRACT_DEFINITIONS, "asset0 definition")
        for number in range(1100):
            definition.id = f"a{number:04}"
            definition.selector = criterion("id", "=", "none")
            tx.put(CONTRACT_DEFINITIONS, definition)

    await space.maker.store.write(many)
    assert "asset6" in await ids(space)
    await space.maker.store.write(lambda tx: [tx.remove(CONTRACT_DEFINITIONS, f"a{n:04}") for n in range(1100)])


async def test_a_catalog_request_is_one_audit_entry(space: nodes.Space) -> None:
    before = len(await nodes.audited(space.maker, "catalog.requested"))
    shown = await ids(space)
    after = await nodes.audited(space.maker, "catalog.requested")
    assert len(after) == before + 1
    assert after[-1] == {"shown": len(shown), "from": 0}


@pytest.mark.parametrize("offer_id", ["", "x", "a:b:c", "::", "é:é:é", base64.b64encode(b"\xff").decode() + ":a:b"])
async def test_an_offer_id_of_another_make_is_unknown(space: nodes.Space, offer_id: str) -> None:
    offer = {**await nodes.offer_of(space.peer, space.maker, "asset0"), "@id": offer_id or "none"}
    request = nodes.message(
        "ContractRequestMessage", consumerPid="x", callbackAddress=nodes.protocol(space.peer), offer=offer
    )
    answer = await nodes.say(space.peer, space.maker, "negotiations/request", request)
    assert answer.status == 404
    assert "catalog/offer-unknown" in nodes.reasons(answer)


# --- what is hidden, and what our own log says of it


ENDED = nodes.rule("use", *nodes.USAGE_CONSTRAINTS, nodes.constraint("DataUsageEndDate", "eq", "2020-01-01T00:00:00Z"))


async def test_what_is_hidden_has_its_reason_in_the_own_log(space: nodes.Space) -> None:
    hidden = await space.join("hidden", bpn="BPNL00000000HIDN")
    did = hidden.settings.node.did
    await hidden.partners.catalog(space.maker.settings.node.did, nodes.protocol(space.maker))
    (entry,) = await nodes.audited(space.maker, "catalog.requested", did)
    assert entry["shown"] == 0
    assert entry["hiddenCount"] == len(entry["hidden"]) >= 7
    first = entry["hidden"][0]
    assert (first["by"], first["code"], first["operand"]) == (
        "access", "odrl/partner-not-admitted", "BusinessPartnerNumber",
    )  # fmt: skip


async def test_an_offer_that_looks_absent_has_its_reason_in_the_own_log(space: nodes.Space) -> None:
    guesser = await space.join("guesser", bpn="BPNL00000000GUES")
    offer = await nodes.offer_of(space.peer, space.maker, "asset1")
    members = {"consumerPid": "guess", "callbackAddress": "http://127.0.0.1:1", "offer": offer}
    body = nodes.message("ContractRequestMessage", **members)
    answer = await nodes.say(guesser, space.maker, "negotiations/request", body)
    assert "catalog/offer-unknown" in nodes.reasons(answer)
    assert "BusinessPartnerNumber" not in nodes.reasons(answer)
    assert nodes.decode(answer.body)["consumerPid"] == "guess"
    (entry,) = await nodes.audited(space.maker, "catalog.refused", guesser.settings.node.did)
    assert entry["offer"] == offer["@id"]
    assert [each["definition"] for each in entry["hidden"]] == ["asset1 definition"]


async def test_what_can_no_longer_be_agreed_is_not_listed_and_a_request_is_told_why(space: nodes.Space) -> None:
    await nodes.offer_asset(space.maker, "ended", usage=ENDED)
    assert "ended" not in await ids(space)
    entry = (await nodes.audited(space.maker, "catalog.requested", space.peer.settings.node.did))[-1]
    (hidden,) = entry["hidden"]
    assert (hidden["by"], hidden["code"], hidden["operand"]) == ("usage", "odrl/usage-ended", "DataUsageEndDate")
    wanted = {**ENDED, "@id": "ended definition:ended:x", "target": "ended"}
    record = await nodes.ask(space.peer, space.maker, wanted)
    refused = await nodes.negotiated(space.peer, record.id, "TERMINATED")
    assert refused.code == "odrl/usage-ended"


# --- identity


async def test_a_refusal_of_a_did_is_in_the_log_and_bounded(space: nodes.Space) -> None:
    bare = await space.join("bare", credentials=())
    did, body = bare.settings.node.did, nodes.message("CatalogRequestMessage")
    for _ in range(8):
        await nodes.say(bare, space.maker, "catalog/request", body)
    entries = await nodes.audited(space.maker, "identity.refused", did)
    assert len(entries) == 5
    assert entries[0]["code"].startswith("dcp/presentation")
    assert entries[0]["isProven"] is True
    assert entries[0]["reason"]
    await space.maker.counterparties.refusals.tell()
    counted = (await nodes.audited(space.maker, "identity.refused", "others"))[-1]
    assert {"did": did, "count": 3} in counted["most"]


async def test_a_did_that_is_only_claimed_is_noted_as_such(space: nodes.Space) -> None:
    token = await space.peer.identity.authorization(space.anchor.settings.node.did)
    await nodes.say(space.peer, space.maker, "catalog/request", {}, token=token)
    entries = await nodes.audited(space.maker, "identity.refused", space.peer.settings.node.did)
    assert ("dcp/audience", False) in [(entry["code"], entry["isProven"]) for entry in entries]


async def test_the_doctor_sees_that_an_own_credential_was_revoked(space: nodes.Space) -> None:
    patient = await space.join("patient", bpn=nodes.PEER_BPN)
    maker = space.maker.settings.node.did
    steps = await patient.doctor.examine(maker)
    assert "valid until" in steps[0].detail
    assert "not revoked" in steps[0].detail
    assert space.anchor.issuer is not None
    issued = await space.anchor.issuer.issued(holder=patient.settings.node.did)
    await space.anchor.issuer.revoke(next(one for one in issued if one.type == "MembershipCredential").id, actor="test")
    (step,) = await patient.doctor.examine(maker)
    assert (step.name, step.ok, step.side, step.code) == ("credentials", False, "ours", "dcp/credential-revoked")
    assert "MembershipCredential" in step.detail
