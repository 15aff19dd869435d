"""What may stand in a data carrier: a resolver's URL with an opaque id, nothing else (seed 001, QR content).

A label outlives hosts, paths and rules. So what leads past the resolver, tells of the battery, or names an environment
is refused before it is printed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from connector.notation.findings import Finding
from connector.notation.problems import Invalid
from connector.passport import digital_link
from connector.passport.identifiers import PATH, URL_LIMIT, is_unit_id

ENVIRONMENTS: Final = frozenset(
    {"dev", "devel", "development", "test", "testing", "stage", "staging", "int", "integration", "qa", "uat", "preprod"}
    | {"sandbox", "demo", "local", "internal", "prod", "production", "blue", "green", "canary"}
)
"""Words that name a place of deployment; as a part of a host name or of a path they do not outlive it."""
_WORD = re.compile(r"[a-z]+")
_LOOPBACK: Final = ("localhost",)


def lint(content: str, *, is_trial: bool = False) -> list[Finding]:
    """What is wrong with the content of a label; empty for one that may be printed.

    `is_trial` lets http, ports and this machine pass, for trying things out.
    """
    try:
        parts = urlsplit(content)
        port = parts.port
    except ValueError:
        return [_finding("label-content", "this is no URL", content)]
    if parts.scheme not in ("http", "https") or not parts.hostname:
        what = "fields of data" if re.search(r"[{=;|\n]", content) else "no URL"
        return [_finding("label-content", f"a label holds a resolver's URL and nothing else; this is {what}", content)]
    found = list(_address(parts, port, is_trial))
    found += _fields(parts)
    found += _path(content, parts)
    if len(content) > URL_LIMIT:
        message = f"{len(content)} characters, {URL_LIMIT} are allowed: take a shorter host"
        found.append(_finding("url-too-long", message, content))
    return found


def _address(parts: SplitResult, port: int | None, is_trial: bool) -> Iterator[Finding]:
    host = parts.hostname or ""
    if parts.username or parts.password:
        yield _finding("label-fields", "a label holds no account", parts.netloc)
    if not is_trial:
        if parts.scheme != "https":
            yield _finding("label-address", "a label leads to https", parts.scheme)
        if port is not None:
            yield _finding("label-environment", "a port belongs to one deployment: leave it out", str(port))
        if host in _LOOPBACK or host.endswith(".localhost") or _is_address(host):
            yield _finding("label-environment", "an address of one machine does not outlive it: use a name", host)
    for word in host.split(".")[:-1]:
        if ENVIRONMENTS & set(_WORD.findall(word)) and not is_trial:
            yield _finding("label-environment", f"{word!r} names an environment: a label outlives it", host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _fields(parts: SplitResult) -> Iterator[Finding]:
    if parts.query or parts.fragment:
        text = "?" + parts.query if parts.query else "#" + parts.fragment
        yield _finding("label-fields", "data of the battery, or of the scan, has no place in a label", text)


def _path(content: str, parts: SplitResult) -> Iterator[Finding]:
    steps = [unquote(step) for step in parts.path.split("/")[1:]]
    if len(steps) == 2 and f"/{steps[0]}/" == PATH:
        if not is_unit_id(steps[1]):
            yield _finding("unit-id", "behind /p/ stands a unit id with a right check character", steps[1])
        return
    if steps[:1] == ["01"]:
        try:
            digital_link.parse(content.partition("?")[0].partition("#")[0], granularity="item")
        except Invalid as problem:
            yield _finding(problem.code.removeprefix("passport/"), problem.detail, parts.path)
        return
    words = {word for step in steps for word in _WORD.findall(step.lower())}
    if words & ENVIRONMENTS:
        yield _finding("label-environment", "the path names an environment: a label outlives it", parts.path)
    message = f"a path past the resolver breaks when the back end moves: use {PATH}<unit id> or a GS1 Digital Link"
    yield _finding("label-deep-link", message, parts.path)


def _finding(rule: str, message: str, found: str) -> Finding:
    return Finding(f"passport/{rule}", message, found=found[:200])
