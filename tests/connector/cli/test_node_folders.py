"""`ionport init` and `serve`: a node's folder, and what it refuses."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connector.settings import load


def test_a_folder_has_ports_keys_and_an_identity(ionport: Any, tmp_path: Path) -> None:
    ended = ionport("init", tmp_path / "new", "--name", "maker", "--bpn", "BPNL00000000MAKE", "--json")
    assert ended.status == 0
    made = load(tmp_path / "new")
    assert ended.json == {
        "folder": str(tmp_path / "new"),
        "did": f"did:web:localhost%3A{made.public.port}:maker",
        "public": f"http://localhost:{made.public.port}",
        "management": f"http://localhost:{made.management.port}",
        "key": str(tmp_path / "new/admin.key"),
    }
    assert made.public.port != made.management.port
    assert made.node.bpn == "BPNL00000000MAKE"
    modes = {name: stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) for name in ("key.pem", "admin.key", "")}
    assert modes == {"key.pem": 0o600, "admin.key": 0o600, "": 0o700}
    assert (tmp_path / "new/admin.key").read_text().startswith("ion_admin_")


def test_ports_are_chosen_once(ionport: Any, tmp_path: Path) -> None:
    ionport("init", tmp_path / "new", "--name", "maker")
    before = (tmp_path / "new/ionport.toml").read_bytes()
    ended = ionport("init", tmp_path / "new", "--name", "other")
    assert ended.status == 1
    assert "[cli/exists]" in ended.err
    assert (tmp_path / "new/ionport.toml").read_bytes() == before


def test_a_trust_anchor_trusts_itself(ionport: Any, tmp_path: Path) -> None:
    ionport("init", tmp_path / "anchor", "--name", "anchor", "--issuer")
    made = load(tmp_path / "anchor")
    assert made.issuer is not None
    assert made.identity.trusted_issuers == [made.node.did]


def test_a_region_has_a_listener_of_its_own(ionport: Any, tmp_path: Path) -> None:
    told = ionport("init", tmp_path / "peer", "--name", "peer", "--profile", "ouranos", "--json").json
    made = load(tmp_path / "peer")
    assert made.region_listener is not None
    assert told["region"] == f"http://localhost:{made.region_listener.port}"
    assert len({made.public.port, made.management.port, made.region_listener.port}) == 3


def test_issuers_and_partners_are_written_down(ionport: Any, tmp_path: Path) -> None:
    partner = "did:web:p.example:x=BPNL0000000PEER0"
    given = ["--trust", "did:web:a.example", "--trust", "did:web:b.example", "--partner", partner]
    assert ionport("init", tmp_path / "new", "--name", "maker", *given).status == 0
    made = load(tmp_path / "new")
    assert made.identity.trusted_issuers == ["did:web:a.example", "did:web:b.example"]
    assert made.partners == {"did:web:p.example:x": "BPNL0000000PEER0"}


@pytest.mark.parametrize(
    ("address", "did"),
    [
        ("https://dsp.example.com", "did:web:dsp.example.com:maker"),
        ("https://dsp.example.com:8443/", "did:web:dsp.example.com%3A8443:maker"),
        ("https://DSP.example.com", "did:web:dsp.example.com:maker"),
    ],
)
def test_a_public_address_is_the_identity(ionport: Any, tmp_path: Path, address: str, did: str) -> None:
    assert ionport("init", tmp_path / "new", "--name", "maker", "--public-address", address).status == 0
    made = load(tmp_path / "new")
    assert made.node.did == did
    assert made.public.url == address.rstrip("/")
    assert made.identity.unsafe_did_web_http is False
    assert made.egress.schemes == ["https"]
    assert made.egress.private == made.egress.backend_private == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--name", "Maker"], "node.name"),
        (["--name", 'x"\n[evil]'], "node.name"),
        (["--name", "maker", "--bpn", "BPNL1"], "node.bpn"),
        (["--name", "maker", "--partner", "did:web:a"], "[cli/partner]"),
        (["--name", "maker", "--partner", "a=BPNL00000000MAKE"], "is not a DID"),
        (["--name", "maker", "--public-address", "example.com"], "[cli/address]"),
        (["--name", "maker", "--public-address", "https://a.example:x"], "[cli/address]"),
        (["--name", "maker", "--public-address", "https://a.example/path"], "without a path"),
        (["--name", "maker", "--public-address", "https://u@a.example"], "[cli/address]"),
        (["--name", "maker", "--profile", "mars"], "mars"),
    ],
)
def test_wrong_values_write_nothing(ionport: Any, tmp_path: Path, options: list[str], said: str) -> None:
    ended = ionport("init", tmp_path / "new", *options)
    assert ended.status == 2
    assert said in ended.err
    assert not (tmp_path / "new").exists()


def test_text_of_the_user_stays_text_in_the_file(ionport: Any, tmp_path: Path) -> None:
    hostile = 'did:web:a"]\n[limits]\nburst = 1 #\x7f\\'
    ionport("init", tmp_path / "new", "--name", "maker", "--trust", hostile)
    written = tomllib.loads((tmp_path / "new/ionport.toml").read_text())
    assert written["identity"]["trusted_issuers"] == [hostile]
    assert "limits" not in written


def test_a_folder_that_cannot_be_made_is_told(ionport: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = ionport("init", tmp_path / "file/new", "--name", "maker")
    assert ended.status == 2
    assert "[cli/folder]" in ended.err


def test_every_key_is_explained(ionport: Any) -> None:
    rows = {row["key"]: row for row in ionport("init", "--explain", "--json").json}
    assert rows["node.did"] == {"key": "node.did", "default": "(needed)", "meaning": "the participant's did:web"}
    assert rows["limits.depth"]["default"] == 64
    assert {"public.port", "identity.unsafe_did_web_http", "issuer.valid_days", "[partners]"} <= rows.keys()
    assert "node.did" in ionport("init", "--explain").out


def test_a_key_file_that_others_read_is_refused_at_the_start(ionport: Any, tmp_path: Path) -> None:
    ionport("init", tmp_path / "new", "--name", "maker")
    (tmp_path / "new/key.pem").chmod(0o644)
    ended = ionport("serve", tmp_path / "new")
    assert ended.status == 2
    assert "chmod 600" in ended.err
