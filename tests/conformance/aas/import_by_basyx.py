"""Import of our AASX packages by basyx-python-sdk, which reads metamodel 3.1 only."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from submodels.aas.aasx import to_aasx
from submodels.aas.environment import read_json
from tests.conformance.aas import throwaway
from tests.conformance.aas.report import Row

REQUIREMENT = "basyx-python-sdk==2.2.0"
SCRIPT = """
import json, sys
from basyx.aas import model
from basyx.aas.adapter.aasx import AASXReader, DictSupplementaryFileContainer
store = model.DictIdentifiableStore()
with AASXReader(sys.argv[1], failsafe=False) as reader:
    reader.read_into(store, DictSupplementaryFileContainer())
print(json.dumps(sorted(each.id for each in store)))
"""


def judge(environments: dict[str, bytes]) -> Row:
    """Each environment (its JSON, by name) as a package of metamodel 3.1: everything with an id must arrive."""
    row = Row("basyx-python-sdk 2.2.0 import of AASX (metamodel 3.1)")
    try:
        python = throwaway.environment(REQUIREMENT) / "python"
    except throwaway.NotHere as error:
        row.absent = str(error)
        return row
    with TemporaryDirectory() as folder:
        for name, raw in environments.items():
            package = Path(folder) / f"{name}.aasx"
            package.write_bytes(to_aasx(read_json(raw), metamodel="3.1"))
            row.judge(name, _problems(python, package, raw))
    return row


def _problems(python: Path, package: Path, raw: bytes) -> list[str]:
    done = subprocess.run([str(python), "-c", SCRIPT, str(package)], capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stderr.strip()[-500:]]
    said = json.loads(raw)
    kinds = ("assetAdministrationShells", "submodels", "conceptDescriptions")
    wanted = sorted(each["id"] for kind in kinds for each in said.get(kind, ()))
    found = json.loads(done.stdout)
    return [] if found == wanted else [f"{len(found)} of {len(wanted)} objects arrived"]
