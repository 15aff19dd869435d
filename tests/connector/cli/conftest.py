"""A command line to type on, and a node that is made of paper: it notes what it is asked and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from connector.cli.app import run

KEY = "ion_admin_" + "0" * 43


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out, parse_float=str)


@dataclass
class Asked:
    """One request that reached the paper node."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    key: str | None


@dataclass
class PaperNode:
    """Answers by (method, path); what is not told is 404 as a node says it."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    answers: dict[tuple[str, str], list[tuple[int, str, bytes]]] = field(default_factory=dict)

    def tell(
        self, method: str, path: str, answer: Any, status: int = 200, media_type: str = "application/json"
    ) -> None:
        """Answer so; several answers on one path are given one after the other, the last one for good."""
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.answers.setdefault((method, path), []).append((status, media_type, raw))

    def answer(self, asked: Asked) -> tuple[int, str, bytes]:
        """What is said to a request."""
        self.asked.append(asked)
        known = self.answers.get((asked.method, asked.path))
        if known is None:
            said = {"code": "http/route", "detail": f"there is no {asked.method} {asked.path} here", "status": 404}
            return 404, "application/problem+json", json.dumps(said).encode()
        return known.pop(0) if len(known) > 1 else known[0]


@pytest.fixture
def paper() -> Iterator[PaperNode]:
    """A paper node that listens."""
    node = PaperNode()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(
                self.command,
                unquote(parts.path),
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                json.loads(raw, parse_float=str) if raw else None,
                self.headers.get("X-Api-Key"),
            )
            status, media_type, body = node.answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    node.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield node
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IONPORT_NODE", "IONPORT_URL", "IONPORT_KEY", "IONPORT_DEBUG", "COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ionport(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Ended]:
    """Type a command line."""

    def typed(*arguments: str | Path) -> Ended:
        capfdbinary.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capfdbinary.readouterr()
        return Ended(status, out.decode("utf-8", "surrogateescape"), err.decode())

    return typed


def configuration(port: int, **more: str) -> str:
    """A configuration whose management listener is at `port`."""
    tables = "".join(f"\n[{name}]\n{text}\n" for name, text in more.items())
    return (
        f'[node]\nname = "maker"\ndid = "did:web:localhost%3A1:maker"\nbpn = "BPNL00000000MAKE"\n'
        f'[public]\nport = 1\n[management]\nport = {port}\nbind = ["127.0.0.1"]\naddress = "http://127.0.0.1:{port}"\n'
        + tables
    )


@pytest.fixture
def folder(tmp_path: Path, paper: PaperNode) -> Path:
    """The folder of a node whose management listener is the paper node."""
    made = tmp_path / "maker"
    made.mkdir()
    (made / "ionport.toml").write_text(configuration(paper.port))
    (made / "admin.key").write_text(KEY + "\n")
    return made
