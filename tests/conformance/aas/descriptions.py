"""schemathesis over the AAS descriptions: whatever is asked, the server answers no 5xx but 501.

501 is what the standard (and Catena-X CX-0002) wants for what is not offered: writing of registries, queries,
operations. Each description is tried twice: every operation with whatever is made up for it, and every reading one with
the ids and the path of what is there, with all parameters at their bounds.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from submodels.aas.identifiers import encoded
from tests.conformance.aas.deployment import Deployment
from tests.conformance.aas.environment import SHELL_1, SUBMODEL_1_1
from tests.conformance.aas.report import Row

REFERENCE = Path(__file__).resolve().parents[3] / "../shared/reference/aas-api-3.1"
HUB = re.compile(r"https://api\.swaggerhub\.com/domains/Plattform_i40/(Part[12]-[A-Za-z-]+?-Schemas)/V3\.1\.\d+")
# description -> where its base address is below the API
BASES = {
    "SubmodelServiceSpecification-V3.1_SSP-003": f"/submodels/{encoded(SUBMODEL_1_1)}",
    "SubmodelRepositoryServiceSpecification-V3.1_SSP-002": "",
    "AssetAdministrationShellRepositoryServiceSpecification-V3.1_SSP-002": "",
    "AssetAdministrationShellRegistryServiceSpecification-V3.1_SSP-001": "",
    "AssetAdministrationShellRegistryServiceSpecification-V3.1_SSP-005": "",
    "DiscoveryServiceSpecification-V3.1_SSP-002": "",
}
CONFIGURATION = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]
"""
PARAMETERS = f"""
[parameters]
aasIdentifier = "{encoded(SHELL_1)}"
submodelIdentifier = "{encoded(SUBMODEL_1_1)}"
idShortPath = "Module.Inner"
"""
PASSES = {
    "made up": ("", "--phases", "fuzzing"),
    "with what is there": (PARAMETERS, "--phases", "coverage,fuzzing", "--include-method", "GET"),
}
"""Name of a pass -> what it adds to the configuration, and its options."""
EXAMPLES = 5


def judge(deployment: Deployment) -> Row:
    """Two runs for each description; how many requests were made, and of how many operations, is told."""
    row = Row("schemathesis 4.32.5 on the descriptions of V3.1 (no 5xx but 501)")
    if not REFERENCE.is_dir():
        row.absent = "the API descriptions (../shared/reference/aas-api-3.1) are not on this machine"
        return row
    with TemporaryDirectory() as folder:
        for file in REFERENCE.glob("*.yaml"):
            here = HUB.sub(lambda found: f"./{found.group(1)}-openapi.yaml", file.read_text("utf-8"))
            (Path(folder) / file.name).write_text(here, "utf-8")
        for name, base in BASES.items():
            for pass_name, (parameters, *options) in PASSES.items():
                (Path(folder) / "schemathesis.toml").write_text(CONFIGURATION + parameters, "utf-8")
                status, said = _run(Path(folder) / f"{name}.yaml", deployment, base, options)
                _tell(row, f"{name}, {pass_name}", status, said)
    return row


def _tell(row: Row, case: str, status: int, said: str) -> None:
    """Passed only where every operation was tried."""
    operations, requests = re.search(r"Tested: (\d+)", said), re.search(r"(\d+) generated", said)
    selected = re.search(r"Selected: (\d+)/", said)
    is_whole = operations is not None and selected is not None and operations[1] == selected[1]
    row.judge(case, [] if status == 0 and is_whole else [said[-2000:]])
    if operations is not None and requests is not None:
        row.detail[case] = f"{operations[1]} operations, {requests[1]} requests"


def _run(description: Path, deployment: Deployment, base: str, options: list[str]) -> tuple[int, str]:
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "run", str(description), "--url", deployment.url + base, "--no-color", "--seed", "1"]
    command += ["--header", f"X-Api-Key: {deployment.key}", "--checks", "not_a_server_error", "--no-shrink", *options]
    command += ["--max-examples", str(EXAMPLES), "--generation-database", "none", "--suppress-health-check", "all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=description.parent)
    return done.returncode, done.stdout + done.stderr
