"""The four API suites of aas_test_engines on a node: every case counted, those whose set-up failed too.

The engine leaves operations with a failed set-up out of its counts and does not send headers: both are mended here,
outside of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from submodels.aas.identifiers import encoded
from tests.conformance.aas.deployment import Deployment
from tests.conformance.aas.environment import SHELL_1, SUBMODEL_1_1
from tests.conformance.aas.report import Row

PROFILE = "https://admin-shell.io/aas/API/3/0/"


@dataclass(frozen=True)
class Suite:
    """A suite, the address below the API where the service that it asks stands, and what FA³ST 1.3.0 reaches in it."""

    name: str
    base: str
    peer: tuple[str, str]


OF_THE_ENGINE = {
    "GetAllSubmodelElements-Reference | Pagination: Fetch using cursor": (
        "the suite of this operation alone has no set-up that fetches a first page (interfaces/submodel.py), so that it"
        " never has a cursor, whatever the server answers"
    ),
}
"""Case -> why its warning says nothing about the server."""
SUITES = (
    Suite("AssetAdministrationShellRepositoryServiceSpecification/SSP-002", "", ("34/34", "75/78")),
    Suite("SubmodelRepositoryServiceSpecification/SSP-002", "", ("32/32", "68/74")),
    Suite("AssetAdministrationShellServiceSpecification/SSP-002", f"/shells/{encoded(SHELL_1)}", ("25/25", "58/62")),
    Suite("SubmodelServiceSpecification/SSP-002", f"/submodels/{encoded(SUBMODEL_1_1)}", ("14/14", "51/55")),
)


def judge(deployment: Deployment, suite: Suite) -> Row:
    """Run one suite."""
    import requests
    from aas_test_engines import api, http
    from aas_test_engines.config import CheckApiConfig

    session = requests.Session()
    session.headers.update({"X-Api-Key": deployment.key})

    def send(url: str, method: str, data: Any, headers: Any, verify: bool) -> Any:
        return session.request(method, url, data=data, headers=headers)

    http.requests.request, former = send, http.requests.request
    try:
        client = http.HttpClient(deployment.url + suite.base)
        tree, counts = api.execute_tests(client, CheckApiConfig(suite=PROFILE + suite.name))
    finally:
        http.requests.request = former
    row = Row(f"aas_test_engines 1.0.3 {suite.name}")
    for operation in (each for each in tree.sub_results if each.message.startswith("Checking ")):
        _count(row, operation)
    negative = f"{counts.invalid_rejected}/{counts.invalid_rejected + counts.invalid_accepted}"
    positive = f"{counts.valid_accepted}/{counts.valid_accepted + counts.valid_rejected}"
    row.detail = {"negative": negative, "positive": positive, "FA³ST 1.3.0": " ".join(suite.peer)}
    passed = [int(count.partition("/")[0]) for count in suite.peer]
    is_ahead = counts.invalid_rejected >= passed[0] and counts.valid_accepted > passed[1]
    row.judge("more than FA³ST 1.3.0", [] if is_ahead else [f"{negative} and {positive} against {suite.peer}"])
    return row


def _count(row: Row, operation: Any) -> None:
    """Every case of an operation; one whose set-up failed is a failed case of its own."""
    name = operation.message.removeprefix("Checking ")
    for part in operation.sub_results:
        if part.message == "Setup":
            if not part.ok():
                row.judge(f"{name} | set-up", [*_leaves(part, "ERROR")] or ["failed without a message"])
            continue
        for case in part.sub_results:
            said = " ".join(case.message.split())
            problems = [] if case.ok() else [*_leaves(case, "ERROR")] or ["failed without a message"]
            row.judge(f"{name} | {said}", problems + _warnings(row, f"{name} | {said}", case))


def _warnings(row: Row, case: str, result: Any) -> list[str]:
    """A warning counts as a failure, unless it is known to be the engine's own."""
    warnings = [f"warning: {leaf}" for leaf in _leaves(result, "WARNING")]
    if warnings and case in OF_THE_ENGINE:
        row.set_aside.append({"case": f"{row.kit}: {case}: {warnings[0]}", "why": OF_THE_ENGINE[case]})
        return []
    return warnings


def _leaves(result: Any, level: str) -> Iterator[str]:
    """The innermost messages of a level or above."""
    from aas_test_engines.result import Level

    if not result.sub_results:
        is_wanted = result.level.value >= Level.ERROR.value if level == "ERROR" else result.level.name == level
        if is_wanted:
            yield " ".join(result.message.split())
    for inner in result.sub_results:
        yield from _leaves(inner, level)
