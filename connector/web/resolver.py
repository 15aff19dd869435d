"""The resolver: what a scanned label shows to anybody, as a page, as JSON, or as links for programs (RFC 9264)."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from connector.dsp.vocabulary import DCAT, DSPACE
from connector.notation.exact_json import encode
from connector.notation.problems import Invalid, Unknown
from connector.passport import languages
from connector.passport.identifiers import read_typed_id
from connector.passport.view import public_view
from connector.services.passports.editions import Edition, as_version
from connector.services.passports.passports import Passports
from connector.services.passports.showing import for_public
from connector.web import answers

HTML: Final = "text/html"
JSON: Final = "application/json"
LINKSET: Final = "application/linkset+json"
FORMS: Final = (HTML, JSON, LINKSET)
"""What can be asked for by Accept; the first where nothing asked for is among them."""

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_RANGE: Final = re.compile(r"[ \t]*([!#$&-.^_0-9A-Za-z*]+/[!#$&-.^_0-9A-Za-z*+]+)[ \t]*((?:;[^,]*)?)", re.ASCII)
_QUALITY: Final = re.compile(r";[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*(?:;|$)", re.ASCII | re.IGNORECASE)
_ETAG: Final = re.compile(r'(?:W/)?("[^"]*")', re.ASCII)
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Language",
    "Cache-Control": "no-cache",
}


class ResolverDoor:
    """Routes `/p/<unit id>` of the public listener; no login, the public part only."""

    def __init__(self, *, passports: Passports, did: str, dsp_endpoint: str) -> None:
        self._passports = passports
        self._did = did
        self._dsp_endpoint = dsp_endpoint

    def routes(self) -> list[web.RouteDef]:
        """GET and HEAD."""
        return [web.get("/p/{id}", self._resolve)]

    async def _resolve(self, request: web.Request) -> web.StreamResponse:
        asked = request.match_info["id"]
        form = negotiated(request.headers.get("Accept", ""))
        try:
            unit_id = read_typed_id(asked)
            if unit_id != asked:
                return web.Response(status=308, headers={"Location": f"/p/{unit_id}"})
            edition = await self._passports.edition(unit_id)
        except (Invalid, Unknown):
            return _unknown(asked, form, _language(request))
        return _answer(request, form, self._body(form, edition, _language(request)), self._links(edition))

    def _body(self, form: str, edition: Edition, language: str) -> bytes:
        if form == LINKSET:
            return encode(self._linkset(edition))
        payload, version = for_public(edition.version.payload), as_version(edition.version)
        spoken = language if form == HTML else languages.ENGLISH
        view = public_view(payload, version, unit_url=edition.passport.unit_url, language=spoken)
        return encode(view) if form == JSON else _spoken("passport.html", language, view=view)

    def _linkset(self, edition: Edition) -> dict[str, Any]:
        """Where the passport is shown, and how more of it is had: participant, protocol endpoint, dataset."""
        passport = edition.passport
        relations = {
            "alternate": [{"href": passport.unit_url, "type": form} for form in (HTML, JSON)],
            DSPACE + "participantId": [{"href": self._did}],
            DCAT + "endpointURL": [{"href": self._dsp_endpoint, "type": JSON}],
            DCAT + "dataset": [{"href": each} for each in passport.datasets.values() or [passport.dataset_id]],
        }
        return {"linkset": [{"anchor": passport.unit_url, **relations}]}

    @staticmethod
    def _links(edition: Edition) -> str:
        url = edition.passport.unit_url
        return f'<{url}>; rel="linkset"; type="{LINKSET}", <{url}>; rel="alternate"; type="{JSON}"'


def _language(request: web.Request) -> str:
    return languages.chosen(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))


def _spoken(template: str, language: str, **values: Any) -> bytes:
    """A page in one language, with links to the others."""

    def say(english: str) -> str:
        return languages.text(english, language)

    return page(template).render(say=say, language=language, languages=languages.LANGUAGES, **values)


def negotiated(accept: str) -> str:
    """The media type to answer with (RFC 9110, 12.5.1); what cannot be served is answered with the page."""
    wanted = [_read_range(part) for part in accept.split(",")]
    scored = [(max((_score(form, *one) for one in wanted if one), default=(0, 0.0)), form) for form in FORMS]
    best = max(scored, key=lambda entry: entry[0][1])
    return best[1] if best[0][1] > 0 else HTML


def _read_range(text: str) -> tuple[str, float] | None:
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    quality = _QUALITY.search(match.group(2))
    return match.group(1).lower(), float(quality.group(1)) if quality else 1.0


def _score(form: str, media_range: str, quality: float) -> tuple[int, float]:
    """How exactly a range names `form`, and the quality that it gives to it."""
    exact = {form: 3, form.partition("/")[0] + "/*": 2, "*/*": 1}.get(media_range, 0)
    return (exact, quality) if exact else (0, 0.0)


@dataclass(frozen=True, slots=True)
class Page:
    """A template, and the Content-Security-Policy that lets in its own style and nothing else."""

    template: Any
    policy: str

    def render(self, **values: Any) -> bytes:
        """The page as UTF-8."""
        return str(self.template.render(**values)).encode()


@cache
def page(name: str) -> Page:
    """A page template of this node; autoescape is on, a value that is missing is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    style = _STYLE.search((_TEMPLATES / name).read_text("utf-8"))
    digest = hashlib.sha256(style.group(1).encode() if style else b"").digest()
    sources = f"default-src 'none'; style-src 'sha256-{base64.b64encode(digest).decode()}'"
    rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return Page(templates.get_template(name), f"{sources}; {rest}")


def _answer(request: web.Request, form: str, body: bytes, links: str) -> web.Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**_SAFE, "ETag": etag, "Link": links}
    if form == HTML:
        headers["Content-Security-Policy"] = page("passport.html").policy
        headers["Content-Language"] = _language(request)
    known = _ETAG.findall(request.headers.get("If-None-Match", ""))
    if etag in known:
        return web.Response(status=304, headers=headers)
    return _response(body, form, 200, headers)


def _unknown(asked: str, form: str, language: str) -> web.Response:
    if form == HTML:
        shown = page("unknown.html")
        headers = {**_SAFE, "Content-Security-Policy": shown.policy}
        headers["Content-Language"] = language
        return _response(_spoken("unknown.html", language, unit=asked[:64]), HTML, 404, headers)
    response = answers.problem(Unknown("passport/unknown", f"there is no battery {asked[:64]!r} at this address"))
    response.headers.update(_SAFE)
    return response


def _response(body: bytes, form: str, status: int, headers: dict[str, str]) -> web.Response:
    charset = "utf-8" if form == HTML else None
    return web.Response(body=body, status=status, content_type=form, charset=charset, headers=headers)
