"""aas-core and aas_test_engines on what the demo exports: `python -m tests.conformance.aas`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conformance.results import Result

EXPORTS = Path("build/demo/export")
FORMS = ("json", "xml", "aasx")


def main() -> int:
    """Judge every export; plays the demo first where there is none."""
    if not all((EXPORTS / f"passport.{form}").is_file() for form in FORMS):
        print("no exports yet: playing the demo")
        subprocess.run([sys.executable, "-m", "connector", "demo"], check=True)
    result = Result()
    for form in FORMS:
        raw = (EXPORTS / f"passport.{form}").read_bytes()
        result.judge(f"aas_test_engines {form}", engine_problems(form, raw))
        result.judge(f"aas-core3.0 {form}", core_problems(form, raw))
    return result.write("aas")


def engine_problems(form: str, raw: bytes) -> list[str]:
    """What the IDTA test engine calls an error."""
    from aas_test_engines import file

    if form == "json":
        tree = file.check_json_data(json.loads(raw))
    elif form == "xml":
        tree = file.check_xml_file(io.StringIO(raw.decode()))
    else:
        tree = file.check_aasx_file(io.BytesIO(raw))
    return [] if tree.ok() else list(_errors(tree))


def _errors(tree: Any) -> Any:
    if not tree.sub_results and not tree.ok():
        yield tree.message
    for inner in tree.sub_results:
        yield from _errors(inner)


def core_problems(form: str, raw: bytes) -> list[str]:
    """What the reference implementation's verification says."""
    from submodels.aas import environment

    read = {"json": environment.read_json, "xml": environment.read_xml, "aasx": environment.read_aasx}[form]
    found = read(raw)
    model = found[0] if isinstance(found, tuple) else found
    problems = [] if model.submodels and len(model.submodels) == 7 else ["not seven submodels"]
    return problems + [str(finding) for finding in environment.verify(model)]


if __name__ == "__main__":
    sys.exit(main())
