"""`ionport aas`: check without a node, import and export with one that really runs."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.cli import nodes
from connector.notation.exact_json import encode
from submodels.aas import trees
from submodels.aas.aasx import Part, write_aasx
from submodels.aas.packages import read_package
from tests.conformance.aas.environment import SHELL_1, environment

Typed = Callable[..., Any]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    tree = trees.core("jsonization", "3.0").to_jsonable(environment())
    for submodel in tree["submodels"]:
        manual = next(each for each in submodel["submodelElements"] if each.get("idShort") == "Manual")
        manual["value"] = "/aasx/files/manual.pdf"
    file = tmp_path / "supplier.aasx"
    with file.open("wb") as target:
        parts = [Part("aasx/files/manual.pdf", "application/pdf", lambda: io.BytesIO(b"%PDF"))]
        write_aasx(target, trees.write_xml(tree), parts)
    return file


def test_files_are_checked_without_a_node(ionport: Typed, package: Path, tmp_path: Path) -> None:
    assert ionport("aas", "check", package).status == 0
    broken = tmp_path / "broken.json"
    submodel = {"modelType": "Submodel", "id": "urn:x", "submodelElements": []}
    broken.write_bytes(encode({"submodels": [submodel]}))
    ended = ionport("aas", "check", package, broken, "--json")
    assert ended.status == 1
    told = json.loads(ended.out)
    assert (told[str(package)], told[str(broken)]["findings"][0]["pointer"]) == (
        {"metamodel": "3.0", "findings": []},
        "/submodels/0",
    )
    assert ionport("aas", "check", package, "--metamodel", "2.0").status == 2


def test_a_package_goes_into_a_node_and_comes_out(ionport: Typed, package: Path, tmp_path: Path) -> None:
    folder = nodes.init(tmp_path / "maker", name="maker").folder
    process = subprocess.Popen([sys.executable, "-m", "connector", "serve", str(folder)], stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert any(b'"ready"' in line for line in process.stderr)
        ended = ionport("aas", "import", package, "--node", folder)
        assert (ended.status, "3 shells, 6 submodels, 1 files" in ended.out) == (0, True)
        again = ionport("aas", "import", package, "--node", folder)
        assert (again.status, "aas/exists" in again.err) == (1, True)
        assert ionport("aas", "import", package, "--replace", "--node", folder).status == 0
        out = tmp_path / "out.aasx"
        assert ionport("aas", "export", SHELL_1, "--out", out, "--node", folder).status == 0
        with out.open("rb") as stream:
            back = read_package(stream)
            assert [each["id"] for each in back.environment["assetAdministrationShells"]] == [SHELL_1]
            assert b"".join(back.pieces("aasx/files/manual.pdf")) == b"%PDF"
    finally:
        process.terminate()
        process.wait(15)
