"""The eight submodels against the IDTA templates: `smtv` of aas-submodel-validate, one call for each."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from submodels.dbp.parts import BY_ID_SHORT
from tests.conformance.aas import editions, throwaway
from tests.conformance.aas.report import Row

REQUIREMENT = "aas-submodel-validate==1.0.0"
TEMPLATES = Path(__file__).resolve().parents[3] / "../shared/reference/idta-dbp-templates"


def judge(exported: bytes, catena_x: bytes) -> Row:
    """Cardinality, kinds, semantic ids, value types, list items: what a template states.

    `catena_x` is an environment of that profile; it is judged on a copy whose two ids are swapped, since smtv finds a
    submodel by the template's id.
    """
    row = Row("smtv (aas-submodel-validate 1.0.0) with the IDTA templates")
    if not TEMPLATES.is_dir():
        row.absent = "the IDTA templates (../shared/reference/idta-dbp-templates) are not on this machine"
        return row
    try:
        smtv = throwaway.environment(REQUIREMENT) / "smtv"
    except throwaway.NotHere as error:
        row.absent = str(error)
        return row
    swapped = [editions.with_the_template_s_ids_first(one) for one in json.loads(catena_x)["submodels"]]
    with TemporaryDirectory() as folder:
        for profile, submodels in (("idta", json.loads(exported)["submodels"]), ("catena-x, ids swapped", swapped)):
            for submodel in submodels:
                part = BY_ID_SHORT.get(submodel["idShort"])
                if part is not None:
                    (template,) = TEMPLATES.glob(f"{part.number}-*.json")
                    problems = _problems(smtv, template, submodel, Path(folder))
                    row.judge(f"{submodel['idShort']} ({profile})", problems)
    return row


def _problems(smtv: Path, template: Path, submodel: dict[str, Any], folder: Path) -> list[str]:
    """Warnings count as well."""
    file = folder / "submodel.json"
    file.write_text(json.dumps(submodel), "utf-8")
    command = [str(smtv), "--no-bundle", "-W", "-f", "json", "--template", str(template), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    try:
        return [json.dumps(finding)[:300] for finding in json.loads(done.stdout)["findings"]] or [done.stdout[:300]]
    except (ValueError, KeyError, TypeError):
        return [f"status {done.returncode}: {done.stderr.strip()[:300]}"]
