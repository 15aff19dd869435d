"""The world of a run: a trust anchor, a provider and a consumer, each a node, and the provider's back end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from connector.adapters.library import FolderLibrary
from connector.cli import nodes
from connector.cli.demo.parties import Party
from connector.notation.exact_json import decode

CREDENTIALS: Final = ["MembershipCredential", "BpnCredential", "DataExchangeGovernanceCredential"]
BPNS: Final = {"provider": "BPNL00000000PROV", "consumer": "BPNL00000000CONS"}


@contextlib.contextmanager
def opened(folder: Path, **environment: str) -> Iterator[dict[str, Party]]:
    """The nodes by name, with credentials, until the block ends; `environment` overrides their settings."""
    anchor = nodes.init(folder / "anchor", name="anchor", is_issuer=True)
    trust = (anchor.node.did,)
    made = {name: nodes.init(folder / name, name=name, bpn=bpn, trust=trust) for name, bpn in BPNS.items()}
    parties = {name: Party(name, settings) for name, settings in {"anchor": anchor, **made}.items()}
    try:
        for party in parties.values():
            party.start(**environment)
        for party in parties.values():
            party.wait_ready()
        for name, bpn in BPNS.items():
            asked = {"holder": parties[name].did, "types": CREDENTIALS, "bpn": bpn, "deliver": True}
            parties["anchor"].target.call("POST", "/api/issuer/credentials", asked)
        yield parties
    finally:
        for party in parties.values():
            party.stop()


@contextlib.contextmanager
def backend() -> Iterator[str]:
    """The address of a back end that answers each path with a sentence about it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"the bytes of {self.path}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def description(parties: dict[str, Party], backend_url: str, version: str) -> dict[str, Any]:
    """What a client has to know: addresses, keys, and the policies it shall store."""
    library = FolderLibrary()
    said: dict[str, Any] = {
        "version": version,
        "backend": backend_url,
        "silent": f"http://127.0.0.1:{nodes.free_ports(1)[0]}/dsp/2025-1",
        "access": decode(library.text("policies/access/members.json")),
        "usage": decode(library.text("policies/usage/battery-passport.json")),
    }
    for name in BPNS:
        party = parties[name]
        said[name] = {
            "did": party.did,
            "key": party.target.key,
            "management": party.settings.management.url,
            "protocol": party.settings.dsp_url,
        }
    return said
