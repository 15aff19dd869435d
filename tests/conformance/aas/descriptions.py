"""schemathesis over the AAS descriptions: whatever is asked, the server answers no 5xx but 501."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from submodels.aas.identifiers import encoded
from tests.conformance.aas.deployment import Deployment
from tests.conformance.aas.environment import SUBMODEL_1_1
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
EXAMPLES = 5


NOT_OFFERED = (
    "writing and the calling of operations are not offered: 501 is what the standard (and Catena-X CX-0002) wants for"
    " what is not supported; no other 5xx was found"
)


def judge(deployment: Deployment) -> Row:
    """A run for each description. Where 501 is all that it finds, the finding is set aside."""
    row = Row("schemathesis 4.32.5 on the descriptions of V3.1 (not_a_server_error)")
    if not REFERENCE.is_dir():
        row.absent = "the API descriptions (../shared/reference/aas-api-3.1) are not on this machine"
        return row
    with TemporaryDirectory() as folder:
        for file in REFERENCE.glob("*.yaml"):
            here = HUB.sub(lambda found: f"./{found.group(1)}-openapi.yaml", file.read_text("utf-8"))
            (Path(folder) / file.name).write_text(here, "utf-8")
        for name, base in BASES.items():
            status, said = _run(Path(folder) / f"{name}.yaml", deployment, base)
            found = set(re.findall(r"^\[(5\d\d)\]", said, re.MULTILINE))
            if status and found == {"501"}:
                row.set_aside.append({"case": f"schemathesis {name}: 501", "why": NOT_OFFERED})
            row.judge(name, [] if status == 0 or found == {"501"} else [said[-2000:]])
    return row


def _run(description: Path, deployment: Deployment, base: str) -> tuple[int, str]:
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "run", str(description), "--url", deployment.url + base, "--no-color", "--seed", "1"]
    command += ["--header", f"X-Api-Key: {deployment.key}", "--checks", "not_a_server_error", "--phases"]
    command += ["coverage,fuzzing", "--max-examples", str(EXAMPLES), "--generation-database", "none"]
    command += ["--suppress-health-check", "all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=description.parent)
    return done.returncode, done.stdout + done.stderr
