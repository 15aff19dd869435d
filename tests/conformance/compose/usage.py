"""What is done with the services once they are up: one passport from the manufacturer to the customer."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.conformance.compose.processes import Processes

PAYLOAD: Final = Path("samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json").resolve()
POLICIES: Final = Path("policies").resolve()
PART: Final = "BatteryNameplate/submodel/$value"
CONTEXT: Final = {
    "manufacturerBpnl": "BPNL00000000MAKE",
    "manufacturerPartId": "PACK-75",
    "facilityBpns": "BPNS00000075PLNT",
}


class Story:
    """The steps, each behind the one before; what one finds out the next ones use."""

    def __init__(self, up: Processes) -> None:
        self.up = up
        self.unit = ""
        self.dataset = ""
        self.agreement = ""
        self.item: dict[str, Any] = {}

    def ionport(self, service: str, *arguments: str) -> Any:
        """A command in a node's folder with its environment, as `docker compose exec` runs it; its JSON."""
        done = subprocess.run(
            ["ionport", *arguments, "--json"],
            cwd=self.up.places.volume(service),
            env=self.up.environment(service),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"ionport {' '.join(arguments)}: {done.stdout[-600:]} {done.stderr[-600:]}"
        return json.loads(done.stdout)

    def did(self, service: str) -> str:
        """A node's DID, from its public address."""
        port = self.up.environment("front")[f"{service.upper()}_PORT"]
        return f"did:web:localhost%3A{port}:{service}"

    def curl(self, url: str, *more: str) -> tuple[str, bytes]:
        """(version of HTTP, body) of a request through the front, whose certificate is checked."""
        authority = self.up.places.volume("certificates") / "authority.pem"
        command = ["curl", "-sS", "--http2", "--cacert", str(authority), "-w", "\n%{http_version} %{http_code}"]
        done = subprocess.run([*command, *more, url], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        body, _, told = done.stdout.rpartition(b"\n")
        version, status = told.decode().split()
        assert status == "200", f"{url} answered {status}: {body[:300]!r}"
        return version, body

    def public(self, service: str) -> str:
        """A node's address at the front."""
        return f"https://localhost:{self.up.environment('front')[f'{service.upper()}_PORT']}"

    # --- the steps

    def credentials(self) -> None:
        """The manufacturer, which is the trust anchor too, gives both nodes their credentials, through the front."""
        for service, bpn in (("manufacturer", "BPNL00000000MAKE"), ("customer", "BPNL00000000CUST")):
            issued = self.ionport("manufacturer", "issuer", "issue", self.did(service), "--bpn", bpn)
            assert issued, "nothing was issued"

    def published(self) -> None:
        """The manufacturer publishes a passport."""
        context = self.up.places.folder / "context.json"
        context.write_text(json.dumps(CONTEXT), "utf-8")
        policies = {"access": "access/members.json", "usage": "usage/battery-passport.json"}
        options = [part for name, path in policies.items() for part in (f"--{name}", str(POLICIES / path))]
        told = self.ionport("manufacturer", "passport", "publish", str(PAYLOAD), *options, "--context", str(context))
        self.unit, self.dataset = told["unitId"], told["datasetId"]

    def pulled(self) -> None:
        """The customer browses, agrees and pulls, over TLS through the front."""
        told = self.ionport(
            "customer", "negotiate", self.did("manufacturer"), self.dataset, "--purpose", "cx.circular.dpp:1"
        )
        self.agreement = told["agreementId"]
        told = self.ionport("customer", "pull", self.agreement, PART)
        assert told["pulled"][0]["ok"], told
        self.item = told["pulled"][0]["item"]
        assert self.item["digest"].startswith("sha256:"), told

    def over_http2(self) -> None:
        """The same bytes by the transfer's own address and token over HTTP/2."""
        address = self._management("customer", f"/v3/edrs/{self.item['transferId']}/dataaddress")
        token = next(value for name, value in address.items() if name.endswith("authorization"))
        endpoint = next(value for name, value in address.items() if name.endswith("endpoint"))
        assert endpoint.startswith(self.public("manufacturer")), endpoint
        version, body = self.curl(f"{endpoint}/{PART}", "-H", f"Authorization: {token}")
        assert version == "2", f"HTTP/{version}"
        assert "sha256:" + hashlib.sha256(body).hexdigest() == self.item["digest"], "other bytes"

    def _management(self, service: str, path: str) -> dict[str, Any]:
        key = (self.up.places.volume(service) / "admin.key").read_text("utf-8").strip()
        url = f"http://localhost:{self.up.places.port(service, 8081)}/management{path}"
        done = subprocess.run(["curl", "-sSf", "-H", f"X-Api-Key: {key}", url], capture_output=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def scanned(self) -> None:
        """The public view of the passport, by its label's address, over HTTP/2."""
        version, body = self.curl(f"{self.public('manufacturer')}/p/{self.unit}", "-H", "Accept: application/json")
        assert version == "2", f"HTTP/{version}"
        assert json.loads(body), "an empty passport"

    def durable(self) -> None:
        """Both nodes keep their records in PostgreSQL, and nothing beside it in their folders."""
        for service in ("manufacturer", "customer"):
            files = {path.name for path in self.up.places.volume(service).iterdir()}
            assert "admin.key" in files, files
            assert not [name for name in files if "sqlite" in name], files

    def inside(self) -> None:
        """Management is not to be had through the front."""
        authority = self.up.places.volume("certificates") / "authority.pem"
        for path in ("/management/v3/assets/request", "/api/keys", "/metrics"):
            url = f"{self.public('manufacturer')}{path}"
            command = ["curl", "-sS", "-o", "/dev/null", "--cacert", str(authority), "-w", "%{http_code}", url]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert done.stdout == "404", f"{path} answered {done.stdout}"

    def broker(self) -> None:
        """The broker speaks MQTT over TLS, and lets nobody in without a name."""
        authority = self.up.places.volume("certificates") / "authority.pem"
        context = ssl.create_default_context(cafile=str(authority))
        port = self.up.places.port("broker", 8883)
        hello = bytes([0x10, 13, 0, 4, *b"MQTT", 4, 2, 0, 5, 0, 1, *b"x"])
        with (
            socket.create_connection(("localhost", port), 10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.sendall(hello)
            answer = secured.recv(4)
        assert answer == bytes([0x20, 2, 0, 5]), f"CONNACK {answer!r}, not one that says: not authorised"


STEPS: Final = ("credentials", "published", "pulled", "over_http2", "scanned", "durable", "inside", "broker")


def cases(up: Processes) -> Iterator[tuple[str, str]]:
    """(what a step shows, what went wrong or nothing); a step that failed ends the story."""
    story = Story(up)
    for name in STEPS:
        step: Callable[[], None] = getattr(story, name)
        said = " ".join((step.__doc__ or name).split())
        try:
            step()
        except (AssertionError, KeyError, IndexError, StopIteration, OSError, subprocess.SubprocessError) as error:
            yield said, f"{type(error).__name__}: {error}"
            return
        yield said, ""
