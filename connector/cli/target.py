"""Which node a command talks to: its folder says where it listens and which key opens it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import httpx

from connector import settings
from connector.cli.nodes import KEY_FILE
from connector.notation.exact_json import decode, encode
from connector.notation.findings import Finding
from connector.notation.limits import Limits
from connector.notation.problems import (
    Conflict,
    Invalid,
    PeerFailed,
    Problem,
    Refused,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unknown,
    Unprocessable,
)
from connector.settings import Settings

_KINDS: dict[int, type[Problem]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Refused,
    404: Unknown,
    409: Conflict,
    422: Unprocessable,
    413: TooLarge,
    429: TooMany,
    503: Unavailable,
}
_OPTIONAL: Final[dict[str, str]] = {
    "/api/issuer/": "this node is no trust anchor: its ionport.toml has no [issuer]",
    "/api/region/": "this node has no region behind it: its profile is not ouranos",
    "/api/links": "this node has no region behind it: its profile is not ouranos",
}
"""Operations that not every node has, and why one has not."""
_LONG: Final = 600.0
_LIMITS: Final = Limits(size=1 << 30, depth=1000)
_URL: Final = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class Target:
    """The management listener of a node and a key for it."""

    url: str
    key: str

    @classmethod
    def of(cls, folder: Path) -> Target:
        """From a node's folder; IONPORT_URL and IONPORT_KEY win. Raises Invalid (`settings/...`, `cli/key|url`)."""
        url, key = os.environ.get("IONPORT_URL", ""), os.environ.get("IONPORT_KEY", "")
        if not url:
            url = settings_of(folder).management.url
        if not _URL.fullmatch(url):
            raise Invalid("cli/url", f"IONPORT_URL is {url!r}; an address like http://localhost:8081 is wanted")
        key = key or _key(folder / KEY_FILE)
        if not key.isascii() or not key.isprintable():
            raise Invalid("cli/key", "the management key has characters that no key has")
        return cls(url.rstrip("/"), key)

    @classmethod
    def at(cls, url: str, key: str) -> Target:
        """From an address with a path, of a connector that is no node's folder here. Raises Invalid (`cli/url|key`)."""
        if not _URL.fullmatch(url):
            raise Invalid("cli/url", f"{url!r} is no address; one like https://edc.example.com/management is wanted")
        if not key.isascii() or not key.isprintable():
            raise Invalid("cli/key", "the key has characters that no key has")
        return cls(url.rstrip("/"), key)

    def call(self, method: str, path: str, body: Any = None, *, timeout: float = 60.0, **query: Any) -> Any:
        """One request; the answer as exact JSON, or bytes for other media. Raises Problem as the node said it."""
        response = self.send(method, path, body, timeout=timeout, **query)
        if "json" in response.headers.get("content-type", ""):
            return decode(response.content, limits=_LIMITS) if response.content else None
        return response.content

    def send(self, method: str, path: str, body: Any = None, *, timeout: float = 60.0, **query: Any) -> httpx.Response:
        """As `call`, the whole answer."""
        response = self.ask(method, path, body, timeout=timeout, **query)
        if response.status_code >= 400:
            problem = problem_of(response.status_code, response.content)
            raise _missing(path) or problem if problem.code == "http/route" else problem
        return response

    def ask(self, method: str, path: str, body: Any = None, *, timeout: float = 60.0, **query: Any) -> httpx.Response:
        """As `send`, errors of the node too. `timeout` is in seconds, without the `wait` of the query.

        Raises PeerFailed (`cli/unreachable`, `cli/timeout`).
        """
        headers = {"X-Api-Key": self.key}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = encode(body)
        params = {name: value for name, value in query.items() if value is not None}
        is_encrypted = self.url.startswith("https://")
        try:
            return httpx.request(
                method,
                self.url + path,
                headers=headers,
                content=content,
                params=params,
                timeout=timeout + float(params.get("wait", 0)),
                verify=is_encrypted,
                trust_env=is_encrypted,
            )
        except httpx.TimeoutException:
            raise PeerFailed("cli/timeout", f"the node at {self.url} did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PeerFailed(
                "cli/unreachable", f"no node answers at {self.url}: {error}; is `ionport serve` up?"
            ) from None

    def upload(self, path: str, stream: IO[bytes], **query: Any) -> Any:
        """POST a file as it is read, whatever its size; the answer as JSON. Raises Problem as the node said it."""
        headers = {"X-Api-Key": self.key, "Content-Type": "application/octet-stream"}
        params = {name: value for name, value in query.items() if value is not None}
        with self._reaching():
            response = httpx.post(
                self.url + path, headers=headers, content=_pieces(stream), params=params, timeout=_LONG, trust_env=False
            )
        if response.status_code >= 400:
            raise problem_of(response.status_code, response.content)
        return decode(response.content, limits=_LIMITS)

    def download(self, path: str, out: Path, **query: Any) -> int:
        """GET into a file as it comes; its size. Raises Problem as the node said it."""
        params = {name: value for name, value in query.items() if value is not None}
        headers = {"X-Api-Key": self.key}
        with (
            self._reaching(),
            httpx.stream(
                "GET", self.url + path, headers=headers, params=params, timeout=_LONG, trust_env=False
            ) as response,
        ):
            if response.status_code >= 400:
                raise problem_of(response.status_code, response.read())
            with out.open("wb") as file:
                for piece in response.iter_bytes():
                    file.write(piece)
                return file.tell()

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise PeerFailed(
                "cli/unreachable", f"no node answers at {self.url}: {error}; is `ionport serve` up?"
            ) from None


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(1 << 18):
        yield piece


def segment(text: str) -> str:
    """`text` (an id, a DID) as one segment of a path."""
    return quote(text, safe="")


def _missing(path: str) -> Unknown | None:
    reason = next((reason for beginning, reason in _OPTIONAL.items() if path.startswith(beginning)), None)
    return None if reason is None else Unknown("cli/not-here", reason)


def settings_of(folder: Path) -> Settings:
    """The configuration in a node's folder. Raises Invalid (`settings/...`)."""
    try:
        return settings.load(folder)
    except Invalid as problem:
        if problem.code != "settings/missing":
            raise
        sentence = f"{folder.absolute()} is no node's folder: name one by --node or IONPORT_NODE"
        raise Invalid(problem.code, sentence) from None


def _key(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except FileNotFoundError:
        raise Invalid("cli/key", f"no management key: set IONPORT_KEY, or put it into {file}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("cli/key", f"the management key in {file} cannot be read: {error}") from None


def problem_of(status: int, content: bytes) -> Problem:
    """The problem that an answer tells: RFC 9457, or EDC's list of messages."""
    try:
        said = decode(content)
    except Problem:
        said = {"detail": content[:300].decode("utf-8", "replace")}
    if isinstance(said, dict) and isinstance(said.get("messages"), list):
        said = _of_part_2(said["messages"])
    if isinstance(said, list):
        said = next((item for item in said if isinstance(item, dict)), {})
    if not isinstance(said, dict):
        said = {}
    detail = str(said.get("detail") or said.get("message") or said.get("title") or f"the node answered {status}")
    findings = [_finding(item) for item in said.get("findings", []) if isinstance(item, dict)]
    kind = _KINDS.get(status, Problem if status >= 500 else Invalid)
    return kind(str(said.get("code") or said.get("type") or f"http/{status}"), detail, findings=findings)


def _of_part_2(messages: list[Any]) -> dict[str, Any]:
    """The AAS API's form of an error: a message for each finding."""
    said = [each for each in messages if isinstance(each, dict)]
    code = said[0].get("code") if said else None
    return {"code": code, "detail": "; ".join(str(each.get("text")) for each in said[:20])}


def _finding(item: dict[str, Any]) -> Finding:
    known = {
        name: item[name]
        for name in ("code", "message", "pointer", "severity", "wanted", "found", "source")
        if name in item
    }
    return Finding(**{"code": "", "message": "", **known})
