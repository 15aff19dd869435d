"""`ionport init` and `ionport serve`: a node's folder, and a node's life."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import signal
import socket
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from connector import settings
from connector.notation.problems import Conflict, Invalid
from connector.settings import FILE_NAME, Settings

KEY_FILE: Final = "admin.key"
"""Where the first management key of a node lies in its folder."""
_NOT_LISTENING: Final = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES})


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, on both loopback addresses."""
    held: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < count:
            four = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            four.bind(("127.0.0.1", 0))
            held.append(four)
            port = int(four.getsockname()[1])
            if _is_free_on_six(port, held):
                ports.append(port)
    finally:
        for one in held:
            one.close()
    return ports


def _is_free_on_six(port: int, held: list[socket.socket]) -> bool:
    if not socket.has_ipv6:
        return True
    six = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    held.append(six)
    try:
        six.bind(("::1", port))
    except OSError:
        return not _has_loopback_six()
    return True


def _has_loopback_six() -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


def bind_addresses() -> list[str]:
    """127.0.0.1, and ::1 where the machine has it."""
    return ["127.0.0.1", "::1"] if socket.has_ipv6 and _has_loopback_six() else ["127.0.0.1"]


def init(
    folder: Path,
    *,
    name: str,
    bpn: str = "",
    profile: str = "catena-x",
    is_issuer: bool = False,
    trust: tuple[str, ...] = (),
    partners: dict[str, str] | None = None,
    public_address: str = "",
    with_pact: bool = False,
) -> Settings:
    """Make a node's folder: free ports chosen once, configuration, keys.

    Raises Conflict (`cli/exists`) where there is one already, Invalid (`settings/...`, `cli/...`) for wrong values;
    nothing is written then.
    """
    file = folder / FILE_NAME
    if file.exists():
        raise Conflict("cli/exists", f"{file} exists already; a node's ports and identity are chosen once")
    ports = free_ports(4)
    did = _did(public_address or f"http://localhost:{ports[0]}", name)
    text = _configuration(
        ports,
        node={"name": name, "did": did, **({"bpn": bpn} if bpn else {}), "profile": profile},
        public_address=public_address,
        trust=trust or ((did,) if is_issuer else ()),
        is_issuer=is_issuer,
        partners=partners or {},
        with_pact=with_pact,
    )
    settings.read(tomllib.loads(text), "the new configuration")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise Invalid("cli/folder", f"{folder} cannot be made a node's folder: {error.strerror}") from None
    try:
        made = settings.load(folder)
        asyncio.run(_make_keys(made, folder))
    except BaseException:
        file.unlink()  # a node without its keys would be refused as one that is there already
        raise
    return made


def _configuration(
    ports: list[int],
    *,
    node: dict[str, str],
    public_address: str,
    trust: tuple[str, ...],
    is_issuer: bool,
    partners: dict[str, str],
    with_pact: bool,
) -> str:
    """The text of a new configuration file."""
    public, management, region, pact = ports
    binding = f"bind = [{_quoted(bind_addresses())}]"
    is_http = not public_address.startswith("https://")
    tables = {
        "node": [f"{key} = {_toml(value)}" for key, value in node.items()],
        "public": [f"port = {public}", binding, *([f"address = {_toml(public_address)}"] if public_address else [])],
        "management": [f"port = {management}", binding],
        "identity": [
            f"trusted_issuers = [{_quoted(trust)}]",
            *(["unsafe_did_web_http = true  # DIDs on this machine are served over http"] if is_http else []),
        ],
        **({"egress": _LOCAL_EGRESS} if is_http else {}),
        **({"issuer": ["valid_days = 365"]} if is_issuer else {}),
        **({"region_listener": [f"port = {region}", binding], "region": []} if node["profile"] == "ouranos" else {}),
        **({"pact_listener": [f"port = {pact}", binding]} if with_pact else {}),
        **({"partners": [f"{_toml(key)} = {_toml(value)}" for key, value in partners.items()]} if partners else {}),
    }
    head = "# An Ionport node. Every key is explained by `ionport init --explain`; secrets stay out of this file."
    return "\n\n".join([head, *("\n".join([f"[{table}]", *lines]) for table, lines in tables.items())]) + "\n"


_LOCAL_EGRESS: Final = [
    'schemes = ["https", "http"]  # partners and back ends on this machine may be called',
    'private = ["127.0.0.0/8", "::1/128"]',
    'backend_private = ["127.0.0.0/8", "::1/128"]',
]


def _did(address: str, name: str) -> str:
    """The did:web of a node with this public address. Raises Invalid (`cli/address`)."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise Invalid("cli/address", f"{address!r} is no address: {error}") from None
    is_plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain:
        raise Invalid(
            "cli/address",
            f"a public address is like https://connector.example.com, without a path; this is not: {address!r}",
        )
    host = parts.hostname + (f"%3A{port}" if port is not None else "")
    return f"did:web:{host}:{name}"


def _toml(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(_toml(text) for text in texts)


async def _make_keys(made: Settings, folder: Path) -> None:
    """The signing key and the first management key, each in a file that only its owner reads."""
    from connector.node import first_key

    key = await first_key(made)
    if key is not None:
        descriptor = os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key + "\n")


def serve(folder: Path) -> None:
    """Run the node until SIGTERM or SIGINT. Raises Invalid (`cli/listen`) where a port is not to be had."""
    import uvloop

    made = settings.load(folder)
    from connector.logs import configure

    configure(made.node.log_level)
    try:
        uvloop.run(_live(made))
    except OSError as error:
        if error.errno not in _NOT_LISTENING:
            raise
        ports = f"{made.public.port} and {made.management.port}"
        raise Invalid("cli/listen", f"the node cannot listen on its ports ({ports}): {error.strerror}") from None


async def _live(made: Settings) -> None:
    from connector.node import Node

    node = Node(made)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    try:
        await node.start()
        tell_supervisor("READY=1")
        await ended.wait()
        tell_supervisor("STOPPING=1")
    finally:
        await node.stop()


def tell_supervisor(state: str) -> None:
    """Tell whoever started us (systemd's notification protocol: a datagram to NOTIFY_SOCKET); nobody need listen."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier, contextlib.suppress(OSError):
        notifier.connect("\0" + address[1:] if address.startswith("@") else address)
        notifier.send(state.encode())
