"""The parties of the demo: each a process of its own with its own folder, store, keys and configuration."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from connector.cli import nodes
from connector.cli.target import Target
from connector.notation.exact_json import decode
from connector.notation.problems import Problem
from connector.settings import Settings

START_TIMEOUT = 30.0


class NotReady(Exception):
    """A node's process ended, or said nothing, before it was ready."""


@dataclass(slots=True)
class Party:
    """One node: its settings and its process while it lives; it logs into `node.log` of its folder."""

    name: str
    settings: Settings
    process: subprocess.Popen[bytes] | None = None
    _told: socket.socket | None = None

    @property
    def did(self) -> str:
        """The participant's DID."""
        return self.settings.node.did

    @property
    def folder(self) -> Path:
        """The node's folder."""
        return self.settings.folder

    @property
    def target(self) -> Target:
        """The management listener with the admin key."""
        return Target.of(self.folder)

    def start(self, **environment: str) -> None:
        """Start the process; `environment` overrides settings (`IONPORT_NODE__UNSAFE_FAULT`)."""
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices = str(self._notices())
        self._told.bind(notices)
        self._told.settimeout(0.1)
        with (self.folder / "node.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "connector", "serve", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **environment, "NOTIFY_SOCKET": notices},
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until the node says that it is ready. Raises NotReady with the end of its log."""
        assert self.process is not None
        assert self._told is not None
        try:
            deadline = time.monotonic() + START_TIMEOUT
            while time.monotonic() < deadline and self.process.poll() is None:
                with contextlib.suppress(TimeoutError):
                    if self._told.recv(64) == b"READY=1":
                        return
            raise NotReady(f"the {self.name} did not start: {self._log_end()}")
        finally:
            self._told.close()
            self._notices().unlink(missing_ok=True)

    def _notices(self) -> Path:
        """Where the node tells that it is ready: short, as the path of a socket has to be."""
        return Path(tempfile.gettempdir()) / f"ionport-{os.getpid()}-{self.settings.public.port}"

    def stop(self) -> None:
        """Ask the process to end, and wait until it did."""
        self._notices().unlink(missing_ok=True)
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10.0)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(10.0)

    def wait_killed(self, seconds: float) -> bool:
        """Whether the process ended by SIGKILL within `seconds`."""
        if self.process is None:
            return False
        try:
            return self.process.wait(seconds) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            return False

    def _log_end(self) -> str:
        log = self.folder / "node.log"
        lines = log.read_text("utf-8", "replace").splitlines()[-3:] if log.is_file() else []
        return " | ".join(_event(line) for line in lines) or "it said nothing"


def _event(line: str) -> str:
    try:
        said = decode(line)
    except Problem:
        return line
    return str(said.get("exception") or said.get("event")) if isinstance(said, dict) else line


@dataclass(slots=True)
class Parties:
    """Everyone in the demo."""

    anchor: Party
    manufacturer: Party
    peer: Party
    stranger: Party

    def all(self) -> tuple[Party, ...]:
        """In the order of their start."""
        return (self.anchor, self.manufacturer, self.peer, self.stranger)


def make(folder: Path, *, manufacturer_bpn: str, peer_bpn: str) -> Parties:
    """Folders and configuration of all parties; nothing runs yet."""
    anchor = nodes.init(folder / "anchor", name="anchor", is_issuer=True)
    trust = (anchor.node.did,)
    manufacturer = nodes.init(folder / "manufacturer", name="manufacturer", bpn=manufacturer_bpn, trust=trust)
    peer = nodes.init(folder / "peer", name="peer", bpn=peer_bpn, profile="ouranos", trust=trust)
    stranger = nodes.init(folder / "stranger", name="stranger", trust=trust)
    return Parties(
        Party("trust anchor", anchor),
        Party("manufacturer", manufacturer),
        Party("peer", peer),
        Party("stranger", stranger),
    )
