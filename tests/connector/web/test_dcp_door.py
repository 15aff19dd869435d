"""Identity's door: DID document, credential service, status list; what is open, and to whom the rest is."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.dcp import did, issuance, jws
from connector.dcp.credentials import issue_credential, subject_of
from connector.node import Node
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Conflict, PeerFailed, Unknown
from connector.records.identity import HELD_CREDENTIALS

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("dcp"))
    yield space
    await space.close()


async def call(
    space: Space, method: str, path: str, *, of: Any = None, token: str | None = None, body: Any = None
) -> Any:
    headers = {"Authorization": token} if token else {}
    raw = body if isinstance(body, bytes | None) else encode(body)
    return await space.peer.transport.send(
        method, f"{(of or space.maker).settings.public.url}{path}", headers=headers, body=raw
    )


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status, decode(answer.body)["code"]


async def test_the_did_document_is_open_and_complete(space: Space) -> None:
    answer = await call(space, "GET", "/maker/did.json")
    assert answer.status == 200
    document = did.read_did_document(answer.body, space.maker.settings.node.did)
    assert did.service_of(document, "CredentialService") == f"{space.maker.settings.public.url}/dcp"
    assert did.service_of(document, "DataService").endswith("/dsp/.well-known/dspace-version")
    assert b'"d"' not in answer.body, "no private key"
    issuer = await call(space, "GET", "/anchor/did.json", of=space.anchor)
    anchor = did.read_did_document(issuer.body, space.anchor.settings.node.did)
    assert did.service_of(anchor, "IssuerService")


async def test_only_an_issuer_serves_a_status_list(space: Space) -> None:
    answer = await call(space, "GET", "/dcp/status/1", of=space.anchor)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/vc+jwt")
    key = space.anchor.signer.public_jwk
    assert jws.verify(answer.body.decode(), key)["iss"] == space.anchor.settings.node.did
    assert problem(await call(space, "GET", "/dcp/status/1")) == (404, "http/route")


QUERY = {
    "@context": ["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],
    "@type": "PresentationQueryMessage",
    "scope": ["org.eclipse.dspace.dcp.vc.type:MembershipCredential:read"],
}


async def grant_for(space: Space, holder: Any, reader: Any) -> str:
    """The access token that a message of `holder` gives to `reader`."""
    header = await holder.identity.authorization(reader.settings.node.did)
    _, claims = jws.peek(header.removeprefix("Bearer "))
    return str(claims["token"])


async def test_a_grant_opens_the_credentials_to_its_reader(space: Space) -> None:
    grant = await grant_for(space, space.maker, space.peer)
    for _ in range(2):
        token = space.peer.identity.bare_authorization(space.maker.settings.node.did, grant)
        answer = await call(space, "POST", "/dcp/presentations/query", token=token, body=QUERY)
        assert answer.status == 200
        assert len(decode(answer.body)["presentation"]) == 1


async def test_without_the_right_grant_nothing_is_shown(space: Space) -> None:
    own_did = space.maker.settings.node.did
    other = await space.join("other", bpn="BPNL00000000ELSE")
    grant = await grant_for(space, space.maker, space.peer)
    foreign = await grant_for(space, other, space.peer)
    forged = jws.sign_jwt(
        {"typ": "JWT"},
        {"iss": own_did, "aud": own_did, "sub": space.peer.settings.node.did, "exp": 2**40},
        space.peer.signer.sign,
    )
    credential = (await space.peer.identity.held())[0].jwt
    for token in (
        None,
        "Bearer x",
        space.peer.identity.bare_authorization(own_did),
        space.peer.identity.bare_authorization(own_did, ""),
        space.peer.identity.bare_authorization(own_did, foreign),
        space.peer.identity.bare_authorization(own_did, forged),
        space.peer.identity.bare_authorization(own_did, credential),
        space.peer.identity.bare_authorization(own_did, "a.b.c"),
        other.identity.bare_authorization(own_did, grant),
        space.peer.identity.bare_authorization(other.settings.node.did, grant),
    ):
        answer = await call(space, "POST", "/dcp/presentations/query", token=token, body=QUERY)
        status, code = problem(answer)
        assert status == 401, code
        assert code.startswith("dcp/")
        assert b"eyJ" not in answer.body


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", {}, {**QUERY, "scope": "x"}, {**QUERY, "scope": []}, {**QUERY, "@type": "Other"},
     {**QUERY, "scope": ["org.eclipse.dspace.dcp.vc.type:*:write"]}, {**QUERY, "scope": [7]}],
)  # fmt: skip
async def test_a_malformed_query_is_refused(space: Space, body: Any) -> None:
    grant = await grant_for(space, space.maker, space.peer)
    token = space.peer.identity.bare_authorization(space.maker.settings.node.did, grant)
    answer = await call(space, "POST", "/dcp/presentations/query", token=token, body=body)
    assert 400 <= answer.status < 500, answer.body
    assert "/" in decode(answer.body)["code"]


def delivery(credentials: list[tuple[str, str]]) -> dict[str, Any]:
    return issuance.delivery("urn:uuid:1", "urn:uuid:2", credentials)


def made_by(node: Any, holder: Any, kind: str = "MembershipCredential", **changes: Any) -> str:
    arguments: dict[str, Any] = {
        "issuer": node.settings.node.did,
        "holder": holder.settings.node.did,
        "key_id": node.signer.key_id,
        "sign": node.signer.sign,
        "now": node.clock.now(),
        "valid_for": timedelta(days=1),
        "status": None,
        "id": "urn:uuid:made",
    }
    return issue_credential(kind, subject_of(kind, bpn=holder.settings.node.bpn), **{**arguments, **changes})


async def test_only_a_trusted_issuer_may_deliver(space: Space) -> None:
    jwt = made_by(space.peer, space.maker)
    token = space.peer.identity.bare_authorization(space.maker.settings.node.did)
    body = delivery([("MembershipCredential", jwt)])
    assert problem(await call(space, "POST", "/dcp/credentials", token=token, body=body)) == (
        403,
        "dcp/issuer-untrusted",
    )
    assert problem(await call(space, "POST", "/dcp/credentials", body=body)) == (401, "dcp/bearer-missing")


async def test_what_an_issuer_delivers_is_verified_first(space: Space) -> None:
    before = await space.maker.store.read(lambda reader: reader.find(HELD_CREDENTIALS))
    for jwt in (
        made_by(space.anchor, space.peer),
        made_by(space.anchor, space.maker, sign=space.peer.signer.sign),
        made_by(space.anchor, space.maker, issuer=space.peer.settings.node.did),
        made_by(space.anchor, space.maker, valid_for=timedelta(days=-1)),
        "a.b.c",
        "",
    ):
        token = space.anchor.identity.bare_authorization(space.maker.settings.node.did)
        body = delivery([("MembershipCredential", jwt)])
        answer = await call(space, "POST", "/dcp/credentials", token=token, body=body)
        assert 400 <= answer.status < 500, answer.body
        assert "/" in problem(answer)[1]
    for rubbish in (b"", b"{", b"[]", {}, {"credentials": 7}, delivery([])):
        token = space.anchor.identity.bare_authorization(space.maker.settings.node.did)
        answer = await call(space, "POST", "/dcp/credentials", token=token, body=rubbish)
        assert answer.status < 500
    assert await space.maker.store.read(lambda reader: reader.find(HELD_CREDENTIALS)) == before


async def test_a_delivered_credential_replaces_the_old_one_of_its_kind(space: Space) -> None:
    await nodes.certify(space.anchor, space.maker, ["MembershipCredential"])
    kinds = [each.type for each in await space.maker.identity.held()]
    assert sorted(kinds) == sorted(nodes.CREDENTIALS)
    assert len(await nodes.audited(space.maker, "credential.received", "MembershipCredential")) == 2


async def test_a_holder_that_refuses_is_told_to_the_issuer(space: Space) -> None:
    stranger = Node(nodes.settings_of("stranger", space.folder, bpn="BPNL00000000STRA"))
    await stranger.start()
    space.others.append(stranger)
    with pytest.raises(PeerFailed, match="dcp/issuer-untrusted") as caught:
        await nodes.certify(space.anchor, stranger, ["MembershipCredential"])
    assert caught.value.code == "issuer/undelivered"


async def test_a_revoked_credential_is_in_the_next_list(space: Space) -> None:
    issuer = space.anchor.issuer
    assert issuer is not None
    before = await issuer.status_list()
    record = (await issuer.issued(holder=space.peer.settings.node.did))[-1]
    await issuer.revoke(record.id, actor="test")
    assert await issuer.status_list() != before
    with pytest.raises(Conflict) as caught:
        await issuer.revoke(record.id, actor="test")
    assert caught.value.code == "issuer/revoked"
    with pytest.raises(Unknown):
        await issuer.revoke("none", actor="test")
    assert len(await nodes.audited(space.anchor, "credential.revoked", record.id)) == 1
