"""`ionport doctor` without a partner: every check, and what to do."""

from __future__ import annotations

import json
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from connector.adapters.software_key import SoftwareKey
from connector.dcp.did import did_document
from tests.connector.cli.conftest import configuration

DOCTOR = {"did": "", "ok": True, "steps": [{"name": "credentials", "ok": True, "detail": "we hold all"}]}


class Setup:
    """A node's folder whose public listener, too, is the paper node."""

    def __init__(self, folder: Path, paper: Any, ionport: Any) -> None:
        self.folder, self.paper, self._ionport = folder, paper, ionport
        self.did = f"did:web:localhost%3A{paper.port}:maker"
        self.issuer = f"did:web:localhost%3A{paper.port}:anchor"
        self.url = f"http://localhost:{paper.port}"
        text = configuration(paper.port, identity=f'trusted_issuers = ["{self.issuer}"]\nunsafe_did_web_http = true\n')
        text = text.replace("did:web:localhost%3A1:maker", self.did).replace("port = 1\n", f"port = {paper.port}\n")
        (folder / "ionport.toml").write_text(text.replace("[public]\n", '[public]\nbind = ["127.0.0.1"]\n'))
        (folder / "admin.key").chmod(0o600)
        self.key = SoftwareKey.load_or_create(folder / "key.pem")

    def document(self, did: str, *, service: str = "", key: SoftwareKey | None = None) -> dict[str, Any]:
        own = key or self.key
        services = {kind: f"{service or self.url}/{kind}" for kind in ("DataService", "CredentialService")}
        return did_document(did, public_jwk=own.public_jwk, key_id=own.key_id, services=services)

    def examine(self) -> tuple[int, dict[str, dict[str, Any]]]:
        ended = self._ionport("doctor", "--node", self.folder, "--json")
        return ended.status, {check["name"]: check for check in ended.json["checks"]}


@pytest.fixture
def setup(folder: Path, paper: Any, ionport: Any) -> Setup:
    made = Setup(folder, paper, ionport)
    paper.tell("GET", "/maker/did.json", made.document(made.did))
    paper.tell("GET", "/anchor/did.json", made.document(made.issuer))
    paper.tell("GET", f"/api/partners/{made.did}/doctor", DOCTOR)
    return made


def test_a_sound_set_up_has_no_findings(setup: Setup) -> None:
    status, checks = setup.examine()
    assert [check for check in checks.values() if not check["ok"]] == []
    assert status == 0
    assert {"file key.pem", "file admin.key", "own DID document", "services in it", "own credentials"} <= checks.keys()
    assert f"issuer {setup.issuer}" in checks
    assert "clock" in checks


def wrong(setup: Setup) -> dict[str, dict[str, Any]]:
    status, checks = setup.examine()
    assert status == 1
    return {name: check for name, check in checks.items() if not check["ok"]}


def test_a_key_that_others_may_read_is_found(setup: Setup) -> None:
    (setup.folder / "admin.key").chmod(0o640)
    found = wrong(setup)
    assert list(found) == ["file admin.key"]
    assert found["file admin.key"]["detail"] == "mode 0640"
    assert "chmod 600" in found["file admin.key"]["advice"]


def test_a_document_with_another_key_is_found(setup: Setup, tmp_path: Path) -> None:
    other = SoftwareKey.load_or_create(tmp_path / "other.pem")
    setup.paper.answers.pop(("GET", "/maker/did.json"))
    setup.paper.tell("GET", "/maker/did.json", setup.document(setup.did, key=other))
    assert "another node answers for this DID" in wrong(setup)["own DID document"]["advice"]


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"id": "did:web:x"}'])
def test_a_document_that_is_none_is_found(setup: Setup, body: bytes) -> None:
    setup.paper.answers.pop(("GET", "/maker/did.json"))
    setup.paper.tell("GET", "/maker/did.json", body)
    assert "own DID document" in wrong(setup)


def test_services_that_lead_elsewhere_are_found(setup: Setup) -> None:
    setup.paper.answers.pop(("GET", "/maker/did.json"))
    setup.paper.tell("GET", "/maker/did.json", setup.document(setup.did, service="http://elsewhere.example"))
    found = wrong(setup)
    assert list(found) == ["services in it"]
    assert "http://elsewhere.example" in found["services in it"]["detail"]


def test_a_silent_issuer_is_found(setup: Setup) -> None:
    setup.paper.answers.pop(("GET", "/anchor/did.json"))
    found = wrong(setup)
    assert list(found) == [f"issuer {setup.issuer}"]
    assert "answers 404" in found[f"issuer {setup.issuer}"]["detail"]


@pytest.mark.parametrize(("offset", "ok"), [(-60, False), (60, False), (0, True)])
def test_a_clock_that_is_off_is_found(setup: Setup, monkeypatch: pytest.MonkeyPatch, offset: int, ok: bool) -> None:
    import http.server
    import time

    monkeypatch.setattr(
        http.server.BaseHTTPRequestHandler,
        "date_time_string",
        lambda _, timestamp=None: formatdate(time.time() + offset, usegmt=True),
    )
    _, checks = setup.examine()
    assert checks["clock"]["ok"] is ok


def test_missing_credentials_are_found(setup: Setup) -> None:
    setup.paper.answers.pop(("GET", f"/api/partners/{setup.did}/doctor"))
    step = {"name": "credentials", "ok": False, "detail": "we hold no valid credential"}
    setup.paper.tell("GET", f"/api/partners/{setup.did}/doctor", {"did": "", "ok": False, "steps": [step]})
    found = wrong(setup)
    assert list(found) == ["own credentials"]
    assert f"ionport issuer issue {setup.did}" in found["own credentials"]["advice"]


def test_a_node_that_does_not_run_fails_every_look_from_outside(setup: Setup, folder: Path) -> None:
    file = folder / "ionport.toml"
    file.write_text(file.read_text().replace(str(setup.paper.port), "1"))
    found = wrong(setup)
    assert {"public listener 127.0.0.1 port 1", "own DID document", "own credentials"} <= found.keys()
    assert found["own credentials"]["advice"] == "start it: ionport serve"


def test_a_node_that_trusts_nobody_is_told(setup: Setup, folder: Path) -> None:
    file = folder / "ionport.toml"
    file.write_text(file.read_text().replace(json.dumps([setup.issuer]), "[]"))
    assert "identity.trusted_issuers" in wrong(setup)["trusted issuers"]["advice"]


def test_a_trust_anchor_needs_no_credentials(setup: Setup, folder: Path) -> None:
    file = folder / "ionport.toml"
    file.write_text(file.read_text() + "\n[issuer]\n")
    _, checks = setup.examine()
    assert "own credentials" not in checks
