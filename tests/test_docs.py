"""The documentation is compared with the program: codes, commands, configuration keys, named tests."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CODE = re.compile(r"[a-z-]+/[a-zA-Z0-9.-]+", re.ASCII)
FILLED_CODE = re.compile(r"(?:[a-z-]+|\{\})/[a-zA-Z0-9.{}-]+", re.ASCII)

NO_CODES = {
    # media types, files, paths, ids of estimators, options, units: texts of the same shape that are no reason codes
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(application|text|image|multipart)/.*",
        r".*\.(json|ttl|xml|toml|md)",
        r"(capacity|energy)-ratio/1",
        r"aasx/aasx-origin",
        r"agreement/verification",
        r"(negotiations|transfers)/(request|offers)",
        r"build/.*",
        r"ionport-(audit|evidence)/1",
        r"web/templates",
        r"--.*",
        r"[a-z]{1,2}/[a-z]{1,3}",
    )
}

PREFIXES = {"dcp/key", "dcp/kid"}
"""Beginnings of codes that the code compares with; no code of its own."""

FILLED: Mapping[str, tuple[str, str, str]] = {
    # f-string -> files, what stands in its place there, the code
    "odrl/{}": (
        "connector/odrl/**/*.py",
        r'(?:Miss|_finding|yield _finding)\(\s*"([a-z-]+)"|^\s+"(operand-twice|operand-unknown)",',
        "odrl/{}",
    ),
    "odrl/{}-differs": ("connector/odrl/comparison.py", r'_differs\("([a-z]+)"', "odrl/{}-differs"),
    "dbp/{}": ("submodels/dbp/**/*.py", r'\.note\(\s*"([a-z-]+)"', "dbp/{}"),
    "aspect-submodel/{}": (
        "submodels/aspect_submodel/*.py",
        r'_(?:lost|note)\(\s*"([a-z-]+)"',
        "aspect-submodel/{}",
    ),
    "samm/{}": ("submodels/samm/**/*.py", r'\.(?:report|warn)\(\s*"([a-z-]+)"', "samm/{}"),
    "wia/{}": (
        "connector/passport/formats/wia/*.py",
        r'^ +"([A-Z][A-Z0-9]+(?:-\d{3})?)": \("|tell\("([a-z-]+)"|^ +"([a-z-]+)": "(?:warning|info|error)"',
        "wia/{}",
    ),
    "passport/{}": (
        "connector/passport/*.py",
        r'"([a-z]+-(?:number|digest|time|delta))",|_finding\("((?:label|url|unit)-[a-z-]+)"',
        "passport/{}",
    ),
    "link/{}": ("connector/services/trades/links.py", r'\], "(left|right)"\)', "link/{}"),
    "dcp/credential-{}": ("connector/dcp/status_list.py", r'"(revoked)" if|else "(suspended)"', "dcp/credential-{}"),
    "{}/exists": ("connector/services/catalog/offers.py", r'^ +"[a-z_]+": "([a-z-]+)",', "{}/exists"),
    "{}/in-use": ("connector/services/catalog/offers.py", r'^ +"[a-z_]+": "([a-z-]+)",', "{}/in-use"),
    "{}/unknown": ("connector/services/catalog/offers.py", r'^ +"[a-z_]+": "([a-z-]+)",', "{}/unknown"),
}

AGREEMENT = "agreement/unknown"
"""Made by `services/exchanges.py` of the noun and `unknown`, as those of negotiations and transfers are."""


def sources() -> list[Path]:
    return [file for room in ("connector", "submodels") for file in sorted((ROOT / room).rglob("*.py"))]


def is_code(text: str) -> bool:
    return CODE.fullmatch(text) is not None and not any(pattern.fullmatch(text) for pattern in NO_CODES)


def literals() -> Iterator[tuple[str, Path]]:
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            parts = [part for part in ast.iter_child_nodes(node) if not isinstance(node, ast.JoinedStr)]
            for part in parts:
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and is_code(part.value):
                    yield part.value, file


def filled_strings() -> Iterator[tuple[str, Path]]:
    """F-strings that make codes: first argument of a call whose name begins with a capital."""
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id[:1].isupper()):
                continue
            for argument in node.args[:1]:
                if isinstance(argument, ast.JoinedStr):
                    text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in argument.values)
                    if FILLED_CODE.fullmatch(text) and text != "{}/{}":
                        yield text, file


def made_codes() -> set[str]:
    codes = {AGREEMENT}
    for files, pattern, code in FILLED.values():
        for file in ROOT.glob(files):
            for found in re.finditer(pattern, file.read_text("utf-8"), re.MULTILINE):
                codes |= {code.format(word) for word in found.groups() if word}
    return codes


@cache
def codes_in_program() -> frozenset[str]:
    from submodels.dbp.mapping import TABLE

    codes = {code for code, _ in literals()} - PREFIXES
    return frozenset(codes | made_codes() | {f"dbp/{row.finding}" for row in TABLE if row.finding})


def codes_in_catalogue() -> list[str]:
    page = (DOCS / "findings.md").read_text("utf-8")
    return [code for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for code in re.findall(r"`([^`]+)`", row)]


def test_every_code_of_the_program_is_in_the_catalogue() -> None:
    assert sorted(codes_in_program() - set(codes_in_catalogue())) == []


def test_every_code_of_the_catalogue_is_in_the_program() -> None:
    assert sorted(set(codes_in_catalogue()) - codes_in_program()) == []


def test_no_code_is_explained_twice() -> None:
    listed = codes_in_catalogue()
    assert sorted(code for code in set(listed) if listed.count(code) > 1) == []
    assert len(listed) > 400


def test_every_made_code_is_known_here() -> None:
    """A new f-string that makes codes has to be added to FILLED, or its codes would be missing from the catalogue."""
    strange = {(text, str(file.relative_to(ROOT))) for text, file in filled_strings() if text not in FILLED}
    assert strange - {("http/{}", "connector/cli/target.py")} == set()


@pytest.mark.parametrize("text", sorted(FILLED))
def test_made_codes_are_found(text: str) -> None:
    files, pattern, _ = FILLED[text]
    assert any(re.search(pattern, file.read_text("utf-8"), re.MULTILINE) for file in ROOT.glob(files))


# ---------------------------------------------------------------------------------------------- how-to: commands


def commands_in_how_to() -> list[str]:
    page = (DOCS / "how-to.md").read_text("utf-8")
    return re.findall(r"^ionport .+$", page, re.MULTILINE)


def walk(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words behind its name."""
    import typer

    from connector.cli.app import app

    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words:
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("line", commands_in_how_to())
def test_commands_of_the_how_to_exist(line: str) -> None:
    """Each line is parsed by the command itself; nothing is run."""
    words = shlex.split(line)[1:]
    command, arguments = walk(words)
    assert not hasattr(command, "commands"), f"{line} names a group, not a command"
    with command.make_context(" ".join(words), arguments, resilient_parsing=False) as context:
        assert context.params


def commands(command: Any, path: str = "ionport") -> Iterator[str]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}") if hasattr(inner, "commands") else [f"{path} {name}"]


def test_the_how_to_shows_the_commands() -> None:
    """Groups whose every command is left out would be undocumented."""
    command, _ = walk([])
    shown = "\n".join(commands_in_how_to())
    groups = {" ".join(path.split()[:2]) for path in commands(command)} - {"ionport demo"}
    assert sorted(group for group in groups if f"{group} " not in shown) == []


# ---------------------------------------------------------------------------------------------- configuration


def keys_of_settings() -> set[str]:
    from connector.settings import Settings

    keys = set()
    for table, field in Settings.model_fields.items():
        arms = get_args(field.annotation) or (field.annotation,)
        model = next((arm for arm in arms if hasattr(arm, "model_fields")), None)
        keys |= {f"{table}.{key}" for key in model.model_fields} if model is not None else set()
    return keys


def keys_in_configuration() -> list[str]:
    page = (DOCS / "configuration.md").read_text("utf-8")
    return re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", page, re.MULTILINE)


def test_every_configuration_key_is_explained_once() -> None:
    listed = keys_in_configuration()
    assert sorted(listed) == sorted(keys_of_settings())


def test_environment_names_follow_from_keys() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    for key in keys_of_settings():
        assert f"`IONPORT_{key.replace('.', '__').upper()}`" in page


def test_unsafe_keys_are_marked() -> None:
    rows = (DOCS / "configuration.md").read_text("utf-8").splitlines()
    for key in (key for key in keys_of_settings() if ".unsafe_" in key):
        assert any(row.startswith(f"| `{key}`") and "**unsafe**" in row for row in rows)


# ---------------------------------------------------------------------------------------------- conformance

TEST = re.compile(r"`(test_[a-z0-9_]+\.py)::([a-z0-9_]+)`", re.ASCII)


def named_tests() -> list[tuple[str, str]]:
    pages = (DOCS / name for name in ("conformance.md", "security.md"))
    return sorted({found for page in pages for found in TEST.findall(page.read_text("utf-8"))})


@cache
def functions_of(name: str) -> frozenset[str]:
    files = list((ROOT / "tests").rglob(name))
    trees = [ast.parse(file.read_text("utf-8")) for file in files]
    defined = (node for tree in trees for node in ast.walk(tree))
    return frozenset(node.name for node in defined if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(("file", "name"), named_tests())
def test_tests_named_in_conformance_exist(file: str, name: str) -> None:
    assert name in functions_of(file), f"no {file} below tests/ has {name}"


def test_whatever_is_shown_names_a_test() -> None:
    """A row of conformance.md that says `shown` names a test of its own, or its table names one above it."""
    tested = 0
    for section in re.split(r"^##+ ", (DOCS / "conformance.md").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        above = section.partition("\n| ")[0]
        for row in re.findall(r"^\| .*\| shown(?! by).*$", section, re.MULTILINE):
            tested += 1
            assert TEST.search(row) or TEST.search(above), row
    assert tested > 80


def test_links_between_pages_lead_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+\.md)\)", page.read_text("utf-8")):
            assert (page.parent / target).is_file(), f"{page.name} links to {target}"
