"""Every judge of the AAS side, one after the other."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from submodels.aas.environment import to_json
from tests.conformance.aas import descriptions, editions, files, import_by_basyx, schemas, suites, templates
from tests.conformance.aas.deployment import running
from tests.conformance.aas.environment import environment
from tests.conformance.aas.report import Report


def main() -> int:
    """The exit status is 1 where anything failed."""
    report = Report()
    exports = files.exported()
    others = editions.built()
    report.add(files.judge_by_engine({**exports, **others}))
    report.add(files.judge_by_core({**exports, **others}, "3.0"))
    report.add(files.judge_by_core({**exports, **others}, "3.1"))
    report.add(templates.judge(exports["json"], others["catena-x"]))
    report.add(schemas.judge(exports["json"]))
    report.add(import_by_basyx.judge({"passport": exports["json"], "every-kind": to_json(environment())}))
    with TemporaryDirectory() as folder, running(Path(folder)) as deployment:
        for suite in suites.SUITES:
            report.add(suites.judge(deployment, suite))
        report.add(descriptions.judge(deployment))
    return report.write()


if __name__ == "__main__":
    sys.exit(main())
