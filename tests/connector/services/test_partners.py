"""Asking other connectors: versions, pages, and answers that are none."""

from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio
from aiohttp import web
from nodes import Space

from connector.notation.problems import Invalid, PeerFailed, Problem, Refused

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("partners"))
    yield space
    await space.close()


class Scripted:
    """A partner that answers what the test says."""

    def __init__(self) -> None:
        self.port = nodes.free_port()
        self.answer: Any = None
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        answer: web.Response = self.answer(request)
        return answer


@pytest_asyncio.fixture(loop_scope="module")
async def partner() -> AsyncIterator[Scripted]:
    scripted = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", scripted.port).start()
    yield scripted
    await runner.cleanup()


async def ask(space: Space, partner: Scripted, answer: Any) -> dict[str, Any]:
    partner.answer = answer
    found: dict[str, Any] = await space.peer.partners.catalog(space.maker.settings.node.did, partner.url)
    return found


async def test_pages_are_followed_on_the_same_host_whatever_stands_first_in_the_links(
    space: Space, partner: Scripted
) -> None:
    def answer(request: web.Request) -> web.Response:
        page = int(request.query.get("page", "0"))
        response = web.json_response({"@type": "Catalog", "dataset": [{"@id": f"d{page}"}] if page != 1 else []})
        response.headers.add("Link", '</catalog/request?page=0>; rel="previous"')
        if page < 3:
            response.headers.add("link", f"</catalog/request?page={page + 1}>; rel=next")
        return response

    found = await ask(space, partner, answer)
    assert [entry["@id"] for entry in found["dataset"]] == ["d0", "d2", "d3"]
    assert len(partner.asked) == 4


async def test_pages_of_edc_are_followed_by_their_token(space: Space, partner: Scripted) -> None:
    def answer(request: web.Request) -> web.Response:
        page = int(request.query.get("continuationToken", "0"))
        links = [f'<{partner.url}/catalog/request?continuationToken={page - 1}>; rel="prev"'] if page else []
        links += [f'<{partner.url}/catalog/request?continuationToken={page + 1}>; rel="next"'] if page < 2 else []
        return web.json_response(
            {"@type": "Catalog", "dataset": [{"@id": f"d{page}"}]}, headers={"Link": ", ".join(links)}
        )

    found = await ask(space, partner, answer)
    assert [entry["@id"] for entry in found["dataset"]] == ["d0", "d1", "d2"]


@pytest.mark.parametrize(
    "target", ["http://other.example/x", "//other.example/x", "http://127.0.0.1:1/x", "/catalog/request"]
)
async def test_a_next_page_elsewhere_or_the_same_again_is_refused(space: Space, partner: Scripted, target: str) -> None:
    with pytest.raises(PeerFailed) as caught:
        await ask(
            space,
            partner,
            lambda _: web.json_response({"@type": "Catalog"}, headers={"Link": f'<{target}>; rel="next"'}),
        )
    assert caught.value.code == "partner/page"
    assert len(partner.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (404, b'{"@type":"CatalogError","code":"x/y","reason":["not you"]}', Refused, "not you"),
        (400, b"<html>no</html>", Refused, "<html>"),
        (403, b"", Refused, "403"),
        (302, b"", Refused, "302"),
        (500, b"boom", PeerFailed, "boom"),
        (503, b'{"reason":[{"@value":"later"}]}', PeerFailed, "later"),
        (200, b"", Invalid, ""),
        (200, b"[]", PeerFailed, "no JSON object"),
        (200, b"[" * 100, Invalid, ""),
    ],
)
async def test_an_answer_that_is_no_catalog_is_told_with_its_reason(
    space: Space, partner: Scripted, status: int, body: bytes, kind: type[Problem], said: str
) -> None:
    with pytest.raises(kind) as caught:
        await ask(space, partner, lambda _: web.Response(status=status, body=body))
    assert said in caught.value.detail


@pytest.mark.parametrize(
    "body", [{}, {"@type": "Catalog", "dataset": 7}, {"@type": "Dataset"}, {"dataset": [{"@id": 7}]}]
)
async def test_a_catalog_of_another_shape_is_invalid(space: Space, partner: Scripted, body: Any) -> None:
    partner.answer = lambda _: web.json_response(body)
    with pytest.raises(Invalid):
        await space.peer.partners.read_catalog(space.maker.settings.node.did, partner.url)
    with pytest.raises(Invalid):
        await space.peer.partners.dataset(space.maker.settings.node.did, partner.url, "x")


async def test_a_partner_that_is_not_there_is_told(space: Space) -> None:
    with pytest.raises(PeerFailed) as caught:
        await space.peer.partners.catalog(space.maker.settings.node.did, f"http://127.0.0.1:{nodes.free_port()}")
    assert caught.value.code == "peer/unreachable"
    with pytest.raises(Problem) as unresolved:
        await space.peer.partners.address_of(f"did:web:localhost%3A{nodes.free_port()}:x")
    assert unresolved.value.code == "dcp/did-unresolved"


async def test_an_id_of_any_letters_is_asked_for_as_one_segment(space: Space, partner: Scripted) -> None:
    partner.answer = lambda _: web.Response(status=404)
    with pytest.raises(Refused):
        await space.peer.partners.dataset(space.maker.settings.node.did, partner.url, "a/../b?c#d e%2f")
    assert partner.asked == ["/catalog/datasets/a%2F..%2Fb%3Fc%23d%20e%252f"]


OLDER = [{"version": "v0.8", "path": "/"}, {"version": "2024/1", "path": "/2024/1", "binding": "HTTPS"}]


def connector(versions: list[dict[str, str]], refusal: web.Response | None = None) -> Any:
    """A connector whose version document stands below /dsp, and which has nothing where it is asked."""

    def answer(request: web.Request) -> web.Response:
        if request.path == "/dsp/.well-known/dspace-version":
            return web.json_response({"protocolVersions": versions})
        return web.Response(status=404) if refusal is None else _again(refusal)

    return answer


def _again(refusal: web.Response) -> web.Response:
    return web.Response(status=refusal.status, body=refusal.body, content_type=refusal.content_type)


REFUSALS = [
    web.Response(status=404, body=b"<html>nothing here</html>", content_type="text/html"),
    web.Response(status=405),
    web.json_response({"@type": "dspace:ContractNegotiationError", "dspace:code": "400"}, status=400),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=["page", "method", "typed"])
async def test_a_partner_without_2025_1_that_was_addressed_directly_is_an_end_state_that_names_its_versions(
    space: Space, partner: Scripted, refusal: web.Response
) -> None:
    await nodes.offer_asset(space.maker, f"older {refusal.status}")
    offer = await nodes.offer_of(space.peer, space.maker, f"older {refusal.status}")
    partner.answer = connector(OLDER, refusal)
    for address in (f"{partner.url}/dsp/2025-1", f"{partner.url}/dsp/2024/1", f"{partner.url}/dsp"):
        record = await nodes.ask(space.peer, space.maker, offer, address)
        ended = await nodes.negotiated(space.peer, record.id, "TERMINATED")
        assert ended.code == "partner/version"
        assert "its versions: v0.8, 2024/1" in ended.reasons[0]
        assert str(refusal.status) in ended.reasons[1]
        with pytest.raises(Invalid) as caught:
            await space.peer.partners.catalog(space.maker.settings.node.did, address)
        assert caught.value.code == "partner/version"


async def test_a_partner_that_has_2025_1_elsewhere_is_told_where(space: Space, partner: Scripted) -> None:
    partner.answer = connector([{"version": "2025-1", "path": "/2025-1"}, *OLDER])
    with pytest.raises(Invalid) as caught:
        await space.peer.partners.catalog(space.maker.settings.node.did, f"{partner.url}/dsp/v2")
    assert f"{partner.url}/dsp/2025-1" in caught.value.detail
    with pytest.raises(Refused):
        await space.peer.partners.catalog(space.maker.settings.node.did, f"{partner.url}/dsp/2025-1")


async def test_a_refusal_of_a_partner_that_was_understood_is_not_looked_into(space: Space, partner: Scripted) -> None:
    partner.answer = lambda _: web.json_response({"@type": "CatalogError", "code": "x/y", "reason": ["no"]}, status=404)
    with pytest.raises(Refused):
        await space.peer.partners.catalog(space.maker.settings.node.did, f"{partner.url}/dsp/2025-1")
    assert partner.asked == ["/dsp/2025-1/catalog/request"]
