"""`ionport init` and `ionport serve`: a node's folder, and a node's life."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterable
from pathlib import Path

from connector import settings
from connector.cli.target import KEY_FILE
from connector.notation.problems import Conflict
from connector.settings import FILE_NAME, Settings


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
    is_local: bool = True,
    partners: dict[str, str] | None = None,
) -> Settings:
    """Make a node's folder: free ports chosen once, configuration, keys. Raises Conflict where there is one already."""
    file = folder / FILE_NAME
    if file.exists():
        raise Conflict("cli/exists", f"{file} exists already; a node's ports and identity are chosen once")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    public, management, region = free_ports(3)
    did = f"did:web:localhost%3A{public}:{name}"
    binding = _quoted(bind_addresses())
    lines = [
        "# An Ionport node. Every key is explained by `ionport init --explain`; secrets stay out of this file.",
        "[node]",
        f'name = "{name}"',
        f'did = "{did}"',
        *([f'bpn = "{bpn}"'] if bpn else []),
        f'profile = "{profile}"',
        "",
        "[public]",
        f"port = {public}",
        f"bind = [{binding}]",
        "",
        "[management]",
        f"port = {management}",
        f"bind = [{binding}]",
        "",
        "[identity]",
        f"trusted_issuers = [{_quoted(trust or ((did,) if is_issuer else ()))}]",
        *(["unsafe_did_web_http = true  # DIDs on this machine are served over http"] if is_local else []),
        *(["", "[issuer]", "valid_days = 365"] if is_issuer else []),
        *(
            ["", "[region_listener]", f"port = {region}", f"bind = [{binding}]", "", "[region]"]
            if profile == "ouranos"
            else []
        ),
        *(["", "[partners]", *(f'"{key}" = "{value}"' for key, value in partners.items())] if partners else []),
        "",
    ]
    file.write_text("\n".join(lines), "utf-8")
    made = settings.load(folder)
    asyncio.run(_make_keys(made, folder))
    return made


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


async def _make_keys(made: Settings, folder: Path) -> None:
    """The signing key and the first management key, each in a file that only its owner reads."""
    from connector.node import first_key

    key = await first_key(made)
    if key is not None:
        descriptor = os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key + "\n")


def serve(folder: Path) -> None:
    """Run the node until SIGTERM or SIGINT."""
    import uvloop

    made = settings.load(folder)
    from connector.logs import configure

    configure(made.node.log_level)
    uvloop.run(_live(made))


async def _live(made: Settings) -> None:
    from connector.node import Node

    node = Node(made)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    try:
        await node.start()
        await ended.wait()
    finally:
        await node.stop()
