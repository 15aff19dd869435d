"""The packages that the product promises to stand on are declared, and really used."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
IMPORTED_AS = {
    "aas-core3.0": "aas_core3",
    "rdflib": "rdflib",
    "pyshacl": "pyshacl",
    "httpx": "httpx",
    "aiohttp": "aiohttp",
    "cryptography": "cryptography",
    "pydantic": "pydantic",
    "pytest": "pytest",
    "pytest-asyncio": "pytest_asyncio",
}
"""Distribution -> the package that its code is imported as."""
ONLY_IN_TESTS = {"pytest", "pytest-asyncio"}


def declared() -> set[str]:
    """The names of every dependency and development dependency."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted += [each for group in project["project"].get("optional-dependencies", {}).values() for each in group]
    return {re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0].lower() for each in wanted}


@cache
def imported(*folders: str) -> set[str]:
    """The top packages that the code below `folders` imports."""
    found: set[str] = set()
    for folder in folders:
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("distribution", IMPORTED_AS)
def test_it_is_declared_and_imported(distribution: str) -> None:
    assert distribution in declared()
    folders = ("tests",) if distribution in ONLY_IN_TESTS else ("connector", "submodels")
    assert IMPORTED_AS[distribution] in imported(*folders)


def test_what_the_product_imports_is_declared() -> None:
    import importlib.metadata
    import sys

    homes = importlib.metadata.packages_distributions()
    outside = imported("connector", "submodels") - set(sys.stdlib_module_names) - {"connector", "submodels"}
    normal = {re.sub(r"[-_.]+", "-", name) for name in declared()}
    # multidict and yarl are aiohttp's own face, attached to it by its versions.
    undeclared = {
        name
        for name in outside - {"multidict", "yarl"}
        if not {re.sub(r"[-_.]+", "-", home).lower() for home in homes.get(name, [name])} & normal
    }
    assert undeclared == set()


def test_nothing_names_the_place_where_it_was_made() -> None:
    named = []
    places = ("/work/" + "main", "/work/" + "shared", "/tmp/" + "w/")
    for pattern in ("*.py", "*.md", "*.toml", "*.ttl", "*.json", "Makefile"):
        for file in ROOT.rglob(pattern):
            parts = file.relative_to(ROOT).parts
            if parts[0].startswith(".") or parts[0] in ("build", "dist"):
                continue
            text = file.read_text("utf-8", "replace")
            named += [f"{file.relative_to(ROOT)}: {place}" for place in places if place in text]
    assert named == []
