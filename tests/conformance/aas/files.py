"""What the demo exports, and the other editions, judged as files: the IDTA test engine and aas-core's verification."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from submodels.aas import trees
from submodels.aas.packages import read_package
from submodels.aas.serialization import Metamodel
from tests.conformance.aas.report import Row

EXPORTS = Path("build/demo/export")
FORMS = ("json", "xml", "aasx")
CORE: dict[Metamodel, str] = {"3.0": "1.1.4", "3.1": "1.0.0"}


def exported() -> dict[str, bytes]:
    """The demo's exports by form; plays the demo first where there is none."""
    if not all((EXPORTS / f"passport.{form}").is_file() for form in FORMS):
        print("no exports yet: playing the demo", flush=True)
        # Whether the demo holds in every step is for its own test to say: its exports are what is judged here.
        subprocess.run([sys.executable, "-m", "connector", "demo"], check=False)
    return {form: (EXPORTS / f"passport.{form}").read_bytes() for form in FORMS}


def judge_by_engine(exports: dict[str, bytes]) -> Row:
    """aas_test_engines on each form; what is neither XML nor a package is JSON. A warning fails."""
    row = Row("aas_test_engines 1.0.3 files")
    for form, raw in exports.items():
        tree = _checked(form, raw)
        row.judge(form, [*_messages(tree, "ERROR"), *_messages(tree, "WARNING")])
    return row


def judge_by_core(exports: dict[str, bytes], metamodel: Metamodel) -> Row:
    """aas-core's verification of each form as it is read back."""
    row = Row(f"aas-core{metamodel} {CORE[metamodel]} verification")
    for form, raw in exports.items():
        tree = read_package(io.BytesIO(raw)).environment if form == "aasx" else trees.read_environment(raw)
        problems = [] if len(tree.get("submodels", ())) >= 7 else ["fewer than seven submodels"]
        row.judge(form, problems + [str(finding) for finding in trees.check(tree, "Environment", metamodel)])
    return row


def _checked(form: str, raw: bytes) -> Any:
    from aas_test_engines import file

    if form == "xml":
        return file.check_xml_file(io.StringIO(raw.decode()))
    return file.check_aasx_file(io.BytesIO(raw)) if form == "aasx" else file.check_json_data(json.loads(raw))


def _messages(tree: Any, level: str) -> Iterator[str]:
    """The innermost messages of this level."""
    if not tree.sub_results and tree.level.name in ((level,) if level == "WARNING" else ("ERROR", "CRITICAL")):
        yield tree.message
    for inner in tree.sub_results:
        yield from _messages(inner, level)
