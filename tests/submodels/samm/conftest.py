"""What the SAMM tests share: small inline models, published models where they lie beside the repository, mutations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from submodels.samm.loader import load
from submodels.samm.model import Aspect

REPOSITORY = Path(__file__).resolve().parents[3]
REFERENCE = REPOSITORY / "../shared/reference/samm"
OURS = REPOSITORY / "samm-models"
URN = "urn:samm:org.example:1.0.0#A"

PREFIXES = """
@prefix samm: <urn:samm:org.eclipse.esmf.samm:meta-model:{version}#> .
@prefix samm-c: <urn:samm:org.eclipse.esmf.samm:characteristic:{version}#> .
@prefix samm-e: <urn:samm:org.eclipse.esmf.samm:entity:{version}#> .
@prefix unit: <urn:samm:org.eclipse.esmf.samm:unit:{version}#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix : <urn:samm:org.example:1.0.0#> .
"""


def turtle(body: str, version: str = "2.1.0") -> str:
    """`body` with the prefixes of a model in the namespace org.example:1.0.0."""
    return PREFIXES.replace("{version}", version) + body


@pytest.fixture(scope="session")
def with_prefixes() -> Callable[..., str]:
    """`turtle`, for tests."""
    return turtle


@pytest.fixture(scope="session")
def load_body() -> Callable[..., Aspect]:
    """A function that loads the aspect A from a Turtle body."""
    return lambda body, version="2.1.0": load(URN, {"a.ttl": turtle(body, version)})


@pytest.fixture(scope="session")
def aspect_of(load_body: Callable[..., Aspect]) -> Callable[..., Aspect]:
    """A function that loads an aspect A whose one property p has the characteristic given, plus more Turtle."""

    def get(characteristic: str, more: str = "", version: str = "2.1.0") -> Aspect:
        head = ":A a samm:Aspect ; samm:properties ( :p ) . :p a samm:Property ; samm:characteristic"
        return load_body(f"{head} {characteristic} .\n{more}", version)

    return get


def folder(root: Path) -> Callable[[str], list[tuple[str, str]]]:
    """The Turtle texts of `<namespace>:<version>` under a models root."""

    def texts(namespace: str) -> list[tuple[str, str]]:
        name, version = namespace.rsplit(":", 1)
        return [(path.name, path.read_text("utf-8")) for path in sorted((root / name / version).glob("*.ttl"))]

    return texts


class Published:
    """The published models, schemas and example payloads."""

    @staticmethod
    def urns() -> list[str]:
        return sorted(read_json(path)["x-samm-aspect-model-urn"] for path in REFERENCE.glob("*/*/gen/*-schema.json"))

    @staticmethod
    @cache
    def aspect(urn: str) -> Aspect:
        return load(urn, folder(REFERENCE))

    @staticmethod
    def schema(urn: str) -> Any:
        return read_json(_generated(urn, "-schema"))

    @staticmethod
    def example_text(urn: str) -> str | None:
        path = _generated(urn, "")
        return path.read_text("utf-8") if path.exists() else None


def _generated(urn: str, kind: str) -> Path:
    namespace, name = urn.removeprefix("urn:samm:").split("#")
    directory, version = namespace.rsplit(":", 1)
    return REFERENCE / directory / version / "gen" / f"{name}{kind}.json"


def read_json(path: Path) -> Any:
    """A JSON file with plain floats, for judges that are not ours."""
    return json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="session")
def published() -> Published:
    """The published models; skipped where they are not beside the repository."""
    if not REFERENCE.is_dir():
        pytest.skip("the published SAMM models (../shared/reference/samm) are not there")
    return Published()


@pytest.fixture(scope="session")
def our_models() -> Callable[[str], Aspect]:
    """A function that loads an aspect from samm-models/; skipped while that has none."""
    if not any(OURS.rglob("*.ttl")):
        pytest.skip("samm-models/ has no models yet")
    texts = folder(OURS)
    return cache(lambda urn: load(urn, texts))


# -- mutations ----------------------------------------------------------------------------------------------------

REPLACEMENTS: tuple[Any, ...] = (None, True, -1, 0, 0.5, 1e9, -1e9, "", "of no form", "x" * 101, [], {}, [1], {"x": 1})


@pytest.fixture(scope="session")
def mutated() -> Callable[[Any], Iterator[tuple[str, Any]]]:
    """A function that gives copies of a document with one thing changed each, with a name for the change."""
    return mutations


def mutations(document: Any) -> Iterator[tuple[str, Any]]:
    """Values replaced, texts and numbers varied, members dropped and added, elements doubled."""
    for path in list(_paths(document)):
        target = _at(document, path)
        for value in (*REPLACEMENTS, *_variations(target)):
            yield f"{path} = {value!r:.40}", _replaced(document, path, value)
        if isinstance(target, dict):
            for key in target:
                yield f"{path} without {key}", _replaced(document, path, {k: v for k, v in target.items() if k != key})
            for key in {"unknown", "left", "right"} - target.keys():
                yield f"{path} with {key}", _replaced(document, path, {**target, key: "x"})
        if isinstance(target, list) and target:
            yield f"{path} doubled", _replaced(document, path, target + target[:1])


def _variations(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str):
        return ("x" + value, value + "\n", value + " x", value.swapcase(), value[:-1])
    return (value + 0.25, -value, str(value)) if isinstance(value, int | float) else ()


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of `document` that shares with it all that is not on the way to the change."""
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = _replaced(document[path[0]], path[1:], value)
    return copy
