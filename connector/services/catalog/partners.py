"""Other participants as we see them: where their connector is, which version it speaks, what it offers us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from connector.dsp import messages, reading
from connector.dsp.reading import Catalog, DatasetEntry, Version
from connector.dsp.vocabulary import VERSION, VERSION_PATH
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, PeerFailed, Problem, Refused
from connector.ports import Answer, Transport
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity

_PAGES = 1_000
_MOST_NESTED = 50
"""Nested catalogs of one connector that are read."""
_LOOKS = 5
"""Addresses at which a version document is looked for."""
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*rel="?next"?', re.IGNORECASE)


class Partners:
    """Asks other connectors (DSP 2025-1: version document, catalog)."""

    def __init__(
        self,
        *,
        identity: Identity,
        counterparties: Counterparties,
        transport: Transport,
        contexts: Mapping[str, Any],
    ) -> None:
        self._identity = identity
        self._counterparties = counterparties
        self._transport = transport
        self._contexts = contexts

    async def address_of(self, participant: str) -> str:
        """The base address of a participant's 2025-1 endpoints, from its DID document and version document.

        Raises PeerFailed or Invalid (`partner/version`, naming the versions that it speaks).
        """
        return await self.address_at(await self._counterparties.service_of(participant, "DataService"))

    async def address_at(self, url: str) -> str:
        """The base address of the 2025-1 endpoints of the connector whose version document (or its folder) is `url`."""
        versions = await self.versions(url)
        for version in versions:
            if version.version == VERSION:
                return url.removesuffix(VERSION_PATH).rstrip("/") + version.path.rstrip("/")
        raise _other_versions(url, versions)

    async def versions(self, url: str) -> tuple[Version, ...]:
        """The version document at `url` (or below it). Raises PeerFailed (`partner/versions`)."""
        url = url.removesuffix(VERSION_PATH).rstrip("/") + VERSION_PATH
        answer = await self._transport.send("GET", url)
        if not answer.is_ok:
            raise PeerFailed("partner/versions", f"the version document {url} answered {answer.status}")
        return reading.read_versions(decode(answer.body))

    async def mismatch(self, url: str) -> Problem | None:
        """Why a connector does not answer at an address below its root: the versions that it does speak.

        Looks for the version document above `url`; None where there is none, or where it has 2025-1 at that address.
        """
        for root in _above(url):
            try:
                versions = await self.versions(root)
            except Problem:
                continue
            own = [root + version.path.rstrip("/") for version in versions if version.version == VERSION]
            if not own:
                return _other_versions(root, versions)
            if not any(url == each or url.startswith(f"{each}/") for each in own):
                return Invalid("partner/version", f"the endpoints of {VERSION} are at {own[0]}, not where {url} is")
            return None
        return None

    async def catalog(self, participant: str, address: str, filters: list[Any] | None = None) -> dict[str, Any]:
        """The whole catalog that `participant` shows us, pages joined, as its own JSON. Raises Refused, PeerFailed."""
        body = encode(messages.catalog_request(filters or []))
        url: str | None = f"{address.rstrip('/')}/catalog/request"
        first: dict[str, Any] | None = None
        for _ in range(_PAGES):
            if url is None:
                break
            answer = await self._post(participant, url, body)
            page = _object(answer)
            if first is None:
                first = page
            else:
                for name in ("dataset", "catalog"):
                    joined = [*_listed(first.get(name)), *_listed(page.get(name))]
                    first |= {name: joined} if joined else {}
            url = _next(answer, url)
        return first or {}

    async def read_catalog(self, participant: str, address: str, filters: list[Any] | None = None) -> Catalog:
        """As `catalog`, read into its entries, with those of its nested catalogs at the same connector.

        A nested catalog elsewhere stays in `nested`: our token is for this partner alone, and not for whom it names.
        """
        found = reading.read_catalog(await self.catalog(participant, address, filters), contexts=self._contexts)
        seen, datasets, elsewhere = {_base(address)}, list(found.datasets), []
        waiting = list(found.nested)
        while waiting:
            nested = waiting.pop(0)
            is_here = nested.participant_id in (None, participant) and _is_beside(nested.endpoint_url, address)
            if not is_here or len(seen) > _MOST_NESTED:
                elsewhere.append(nested)
            elif _base(nested.endpoint_url) not in seen:
                seen.add(_base(nested.endpoint_url))
                body = await self.catalog(participant, _base(nested.endpoint_url), filters)
                inner = reading.read_catalog(body, contexts=self._contexts)
                datasets += inner.datasets
                waiting += inner.nested
        return replace(found, datasets=tuple(datasets), nested=tuple(elsewhere))

    async def dataset(self, participant: str, address: str, dataset_id: str) -> tuple[dict[str, Any], DatasetEntry]:
        """One dataset, as its JSON and read."""
        headers = {"Authorization": await self._identity.authorization(participant)}
        answer = await self._transport.send(
            "GET", f"{address.rstrip('/')}/catalog/datasets/{quote(dataset_id, safe=':')}", headers=headers
        )
        _check(answer)
        body = _object(answer)
        return body, reading.read_dataset(body, contexts=self._contexts)

    async def _post(self, participant: str, url: str, body: bytes) -> Answer:
        headers = {"Content-Type": "application/json", "Authorization": await self._identity.authorization(participant)}
        answer = await self._transport.send("POST", url, headers=headers, body=body)
        if answer.status in (400, 404, 405) and (problem := await self._unless_typed(answer, url)) is not None:
            raise problem
        _check(answer)
        return answer

    async def _unless_typed(self, answer: Answer, url: str) -> Problem | None:
        """Why there is nothing at `url`, unless the answer is the protocol's own error."""
        try:
            code, _ = reading.read_error(decode(answer.body))
        except Problem:
            code = None
        return await self.mismatch(url) if not code or code.isdigit() else None


def _base(url: str) -> str:
    return url.rstrip("/").removesuffix("/catalog/request").removesuffix("/catalog")


def _is_beside(url: str, other: str) -> bool:
    """Whether two addresses are of one host, port and scheme."""
    return urlsplit(url)[:2] == urlsplit(other)[:2]


def _other_versions(url: str, versions: tuple[Version, ...]) -> Invalid:
    spoken = ", ".join(version.version for version in versions) or "none"
    return Invalid("partner/version", f"{url} does not speak {VERSION}; its versions: {spoken}")


def _above(url: str) -> Iterator[str]:
    """The addresses at which the version document of a connector with an endpoint at `url` may stand, nearest first."""
    scheme, host, path, _, _ = urlsplit(url)
    parts = [part for part in path.split("/") if part][:-2]  # `/negotiations/request` and the like
    for length in range(len(parts), max(-1, len(parts) - _LOOKS), -1):
        yield "/".join([f"{scheme}://{host}", *parts[:length]])


def _check(answer: Answer) -> None:
    if answer.is_ok:
        return
    try:
        code, reasons = reading.read_error(decode(answer.body))
    except Problem:
        code, reasons = None, (answer.body[:300].decode("utf-8", "replace"),)
    sentence = f"the partner answered {answer.status}: {'; '.join(reasons) or 'without a reason'}"
    if answer.status >= 500:
        raise PeerFailed("partner/failed", sentence)
    raise Refused(code or "partner/refused", sentence)


def _object(answer: Answer) -> dict[str, Any]:
    body = decode(answer.body)
    if not isinstance(body, dict):
        raise PeerFailed("partner/answer", "the partner's answer is no JSON object")
    return body


def _next(answer: Answer, url: str) -> str | None:
    """The page that follows. Raises PeerFailed where it is elsewhere: our token is for this partner alone."""
    match = _NEXT.search(answer.headers.get("Link", ""))
    if match is None:
        return None
    following: str = urljoin(url, match.group(1))
    if urlsplit(following)[:2] != urlsplit(url)[:2] or following == url:
        raise PeerFailed("partner/page", f"the catalog's next page is said to be at {following[:200]}")
    return following


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
