"""`ionport passport export` with files beside the environment, and `ionport passport import` of what came out."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from connector.notation.exact_json import decode
from submodels.aas.environment import to_json
from submodels.aas.packages import read_package
from submodels.dbp.build import build, environment_of
from submodels.dbp.context import PassportContext

EXAMPLE = Path("samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json")
MANUAL = "recycled-content-2025.pdf"


@pytest.fixture
def environment() -> bytes:
    built = build(decode(EXAMPLE.read_bytes()), context=PassportContext(asset_id="urn:uuid:1"))
    return to_json(environment_of(built))


@pytest.mark.parametrize("metamodel", ["3.0", "3.1"])
def test_files_and_thumbnail_go_into_the_package(
    ionport: Any, paper: Any, folder: Path, tmp_path: Path, environment: bytes, metamodel: str
) -> None:
    paper.tell("GET", "/api/passports/u1/export", environment)
    (tmp_path / MANUAL).write_bytes(b"%PDF-1.7")
    (tmp_path / "pack.png").write_bytes(b"\x89PNG")
    out = tmp_path / "battery.aasx"
    command = ["passport", "export", "u1", "--format", "aasx", "--metamodel", metamodel, "--out", out, "--node", folder]
    ended = ionport(*command, "--file", tmp_path / MANUAL, "--thumbnail", tmp_path / "pack.png")
    package = read_package(io.BytesIO(out.read_bytes()))
    assert (ended.status, package.thumbnail) == (0, "aasx/files/pack.png")
    assert package.media_types[f"aasx/files/{MANUAL}"] == "application/pdf"
    assert f"/aasx/files/{MANUAL}" in json.dumps(package.environment)


def test_files_go_into_packages_only(ionport: Any, folder: Path, tmp_path: Path) -> None:
    ended = ionport("passport", "export", "u1", "--thumbnail", tmp_path / "x.png", "--node", folder)
    assert (ended.status, "--format aasx" in ended.err) == (2, True)


def test_an_environment_comes_back_as_a_payload(ionport: Any, tmp_path: Path, environment: bytes) -> None:
    file = tmp_path / "partner.json"
    file.write_bytes(environment)
    ended = ionport("passport", "import", file)
    assert (ended.status, ended.json["identification"]["category"]) == (0, "EV")
    assert "dbp/no-way-back" in ended.err
    view = ionport("passport", "import", file, "--view").json
    assert view["BatteryNameplate"]["SerialNumber"] == "ION-E75-000123"
    whole = ionport("passport", "import", file, "--json").json
    assert whole["isWhole"] is False
    assert {"code", "kind", "target"} <= whole["findings"][0].keys()


def test_what_is_no_passport_is_refused(ionport: Any, tmp_path: Path) -> None:
    (tmp_path / "x.aasx").write_bytes(b"PK\x03\x04")
    ended = ionport("passport", "import", tmp_path / "x.aasx")
    assert (ended.status, "aas/aasx" in ended.err) == (1, True)
