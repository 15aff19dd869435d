"""The examination of a node's own set-up, from its folder and from outside."""

from __future__ import annotations

import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import httpx

from connector.adapters.software_key import SoftwareKey
from connector.cli.nodes import KEY_FILE
from connector.cli.target import Target, segment
from connector.dcp.did import did_web_url, read_did_document
from connector.notation.problems import Problem
from connector.settings import ListenerSettings, Settings

LEEWAY: Final = 5.0
"""Seconds that clocks of participants may differ before tokens are refused."""
_TIMEOUT: Final = 10.0
_START: Final = "start it: ionport serve"


@dataclass(frozen=True, slots=True)
class Check:
    """One look: `advice` says what to do where it is not ok."""

    name: str
    ok: bool
    detail: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


def examine(settings: Settings) -> list[Check]:
    """Every check, also behind one that fails; each says what to do."""
    looks: tuple[Callable[[Settings], Iterator[Check]], ...] = (
        _files,
        _listeners,
        _did_document,
        _issuers,
        _credentials,
    )
    return [check for look in looks for check in look(settings)]


def _files(settings: Settings) -> Iterator[Check]:
    """Files with secrets belong to their owner alone."""
    secrets = (settings.region.secrets_file,) if settings.region is not None else ()
    for name in (settings.identity.key_file, KEY_FILE, "token.secret", *secrets):
        path = settings.path(name)
        if path.exists():
            yield _private(name, path)
        elif name == settings.identity.key_file:
            yield Check(
                f"file {name}", False, "is not there", "the node makes one when it starts; a new key is a new identity"
            )


def _private(name: str, path: Path) -> Check:
    mode = stat.S_IMODE(path.stat().st_mode)
    is_private = not mode & 0o077
    return Check(f"file {name}", is_private, f"mode {mode:04o}", "" if is_private else f"chmod 600 {path}")


def _listeners(settings: Settings) -> Iterator[Check]:
    listeners = {"public": settings.public, "management": settings.management, "region": settings.region_listener}
    for name, listener in listeners.items():
        if listener is not None:
            yield from (_listening(name, listener, address) for address in listener.bind)


def _listening(name: str, listener: ListenerSettings, address: str) -> Check:
    title = f"{name} listener {address} port {listener.port}"
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    try:
        socket.create_connection((reached, listener.port), timeout=2.0).close()
    except OSError as error:
        return Check(title, False, f"nobody answers: {error.strerror or error}", _START)
    return Check(title, True, "answers")


def _did_document(settings: Settings) -> Iterator[Check]:
    """The document that the world sees for our DID, with our key in it."""
    name, did = "own DID document", settings.node.did
    try:
        url, body, _ = _fetched(did, settings)
        document = read_did_document(body, did)
        own = SoftwareKey.load_or_create(settings.path(settings.identity.key_file)).key_id
    except (Problem, _Silent) as error:
        yield Check(name, False, str(error), "others must reach it: compare node.did with the public address")
        return
    has_key = any(method.endswith(f"#{own}") for method in document.keys)
    advice = "" if has_key else "another node answers for this DID, or key.pem was exchanged"
    yield Check(name, has_key, f"{url} has {'our key' if has_key else 'another key'}", advice)
    yield _service(document.services, settings)


def _service(services: Any, settings: Settings) -> Check:
    missing = [kind for kind in ("DataService", "CredentialService") if kind not in services]
    foreign = [url for url in services.values() if not str(url).startswith(settings.public.url)]
    if missing or foreign:
        detail = f"without {', '.join(missing)}" if missing else f"leads to {', '.join(map(str, foreign))}"
        return Check("services in it", False, detail, "set public.address to the address that others use")
    return Check("services in it", True, f"lead to {settings.public.url}")


def _issuers(settings: Settings) -> Iterator[Check]:
    """Trusted issuers answer, and their clocks agree with ours."""
    if not settings.identity.trusted_issuers:
        yield Check("trusted issuers", False, "none", "name one in identity.trusted_issuers: no credential is believed")
    for did in settings.identity.trusted_issuers:
        name = f"issuer {did}"
        try:
            url, body, said = _fetched(did, settings)
            read_did_document(body, did)
        except (Problem, _Silent) as error:
            yield Check(name, False, str(error), "credentials cannot be verified while it is silent")
            continue
        yield Check(name, True, f"{url} answers")
        if said is not None and did != settings.node.did:
            yield _time(did, said)


def _time(did: str, said: datetime) -> Check:
    offset = (datetime.now(UTC) - said).total_seconds()
    is_near = abs(offset) <= LEEWAY + 1.0  # a Date header has whole seconds
    detail = f"differs by {offset:+.0f} s from that of {did}"
    return Check("clock", is_near, detail, "" if is_near else "set the clock (NTP): tokens are refused beyond 5 s")


def _credentials(settings: Settings) -> Iterator[Check]:
    """What the node says that it holds; a trust anchor needs none."""
    if settings.issuer is not None:
        return
    name = "own credentials"
    try:
        path = f"/api/partners/{segment(settings.node.did)}/doctor"
        steps = Target.of(settings.folder).call("GET", path)["steps"]
    except Problem as problem:
        yield Check(name, False, problem.detail, _START)
        return
    step = next((one for one in steps if one["name"] == "credentials"), None)
    if step is not None:
        advice = "" if step["ok"] else f"ask the issuer: ionport issuer issue {settings.node.did} --bpn ..."
        yield Check(name, bool(step["ok"]), step["detail"], advice)


class _Silent(Exception):
    """Nobody answered as wanted."""


def _fetched(did: str, settings: Settings) -> tuple[str, bytes, datetime | None]:
    """URL, document and Date of a DID. Raises _Silent, Invalid (`dcp/...`)."""
    url = did_web_url(did, insecure_http=settings.identity.unsafe_did_web_http)
    try:
        answer = httpx.get(url, timeout=_TIMEOUT, verify=url.startswith("https://"))
    except httpx.HTTPError as error:
        raise _Silent(f"{url} does not answer: {error}") from None
    if answer.status_code != 200:
        raise _Silent(f"{url} answers {answer.status_code}")
    return url, answer.content, _date(answer.headers.get("date", ""))


def _date(text: str) -> datetime | None:
    try:
        said = parsedate_to_datetime(text)
    except ValueError:
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)
