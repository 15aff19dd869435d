"""The four API suites of aas_test_engines on a node: every case counted, those whose set-up failed too.

The engine leaves operations with a failed set-up out of its counts and does not send headers: both are mended here,
outside of it.
"""

from __future__ import annotations

import re
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


SUITES = (
    Suite("AssetAdministrationShellRepositoryServiceSpecification/SSP-002", "", ("34/34", "75/78")),
    Suite("SubmodelRepositoryServiceSpecification/SSP-002", "", ("32/32", "68/74")),
    Suite("AssetAdministrationShellServiceSpecification/SSP-002", f"/shells/{encoded(SHELL_1)}", ("25/25", "58/62")),
    Suite("SubmodelServiceSpecification/SSP-002", f"/submodels/{encoded(SUBMODEL_1_1)}", ("14/14", "51/55")),
)


@dataclass(frozen=True)
class Wrong:
    """A case of the engine that the standard contradicts: it is set aside only where it fails with this and no more."""

    operation: str
    failure: re.Pattern[str]
    request: str
    why: str


PROVED_WRONG = (
    Wrong(
        "GetSubmodelElementByPath-ValueOnly",
        re.compile(r"Expected JSON, got <class '(int|float|str|bool)'>"),
        "GET .../submodel-elements/Capacity/$value",
        "the engine takes a bare scalar for no JSON. Part 2, annex SerializationModifier Examples, answers the Property"
        " RotationSpeed.MaxRotationSpeed with 5000, the schema PropertyValue of V3.1 is a string, number or boolean,"
        " and Modifier Constraints forbids a member with the object's own idShort at the root. BaSyx 2.0.0-milestone-05"
        " answers a bare scalar too; FA³ST 1.3.0 passes by wrapping. Of the 14 kinds in this case only Property fails",
    ),
    Wrong(
        "GetAllSubmodelElements-Metadata",
        re.compile(r"Missing attribute (first|second|observed|contentType) @ /result/\d+"),
        "GET .../submodel-elements/$metadata",
        "the engine reads metadata as whole elements. Part 1 (V3.0: Part 2), table Metadata Attributes, takes first and"
        " second from relations, observed from events, contentType from files and blobs; the schemas"
        " RelationshipElementMetadata, FileMetadata, BlobMetadata of V3.1 have none of them. FA³ST 1.3.0 leaves first"
        " and second out as well",
    ),
)
SETUP_WRONG = Wrong(
    "GenerateSerializationByIds",
    re.compile(r"Got unexpected status code 404"),
    "GET /aas/shells?limit=1, GET /submodel/shells?limit=1 (set-up)",
    "the engine looks for ids at /shells below the service's own prefix; the profiles of a single shell and a single"
    " submodel have no such path (openapi of both SSP-002), so no server can pass. FA³ST 1.3.0 fails it too."
    " GET {base}/serialization is judged in this repository's own tests",
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
        _count(row, suite, operation)
    negative = f"{counts.invalid_rejected}/{counts.invalid_rejected + counts.invalid_accepted}"
    positive = f"{counts.valid_accepted}/{counts.valid_accepted + counts.valid_rejected}"
    row.detail = {"negative": negative, "positive": positive, "FA³ST 1.3.0": " ".join(suite.peer)}
    return row


def _count(row: Row, suite: Suite, operation: Any) -> None:
    """Every case of an operation; one whose set-up failed is a failed case of its own."""
    name = operation.message.removeprefix("Checking ")
    for part in operation.sub_results:
        if part.message == "Setup":
            if not part.ok():
                _failed(row, suite, f"{name} | set-up", part, [SETUP_WRONG] if suite.base else [])
            continue
        for case in part.sub_results:
            said = " ".join(case.message.split())
            row.warnings += [f"{name} | {said}: {leaf}" for leaf in _leaves(case, "WARNING")]
            if case.ok():
                row.passed += 1
            else:
                _failed(row, suite, f"{name} | {said}", case, PROVED_WRONG)


def _failed(row: Row, suite: Suite, case: str, result: Any, wrong: Any) -> None:
    problems = list(_leaves(result, "ERROR"))
    for each in wrong:
        if case.startswith(f"{each.operation} | ") and all(each.failure.fullmatch(problem) for problem in problems):
            row.set_aside.append({"case": f"{suite.name} | {case}", "request": each.request, "why": each.why})
            return
    row.judge(case, problems or ["failed without a message"])


def _leaves(result: Any, level: str) -> Iterator[str]:
    """The innermost messages of a level or above."""
    from aas_test_engines.result import Level

    if not result.sub_results:
        is_wanted = result.level.value >= Level.ERROR.value if level == "ERROR" else result.level.name == level
        if is_wanted:
            yield " ".join(result.message.split())
    for inner in result.sub_results:
        yield from _leaves(inner, level)
