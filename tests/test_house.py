"""The house's rules that a program can check: who imports whom, how large things are, what nothing is called."""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base", "manager", "handler", "impl"}
LONGEST_FILE = 500
"""Lines; hardly any file is over 400, and none over this."""
FULLEST_FOLDER = 18
"""Modules in a folder; the house wants 12, and the commands are more."""
LONGEST_FUNCTION = 90
"""Lines; few functions are over 40, and none over this."""


def sources() -> Iterator[Path]:
    for folder in ("connector", "submodels"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def functions() -> Iterator[tuple[str, int]]:
    """Every function with its length in lines, docstring and decorators not counted."""
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                has_docstring = ast.get_docstring(node) is not None
                first = node.body[0]
                spent = (first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0
                yield (
                    f"{file.relative_to(ROOT)}:{node.name}",
                    (node.end_lineno or node.lineno) - node.lineno + 1 - spent,
                )


def test_who_imports_whom() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "0 broken" in done.stdout


def test_files_are_of_a_size_that_one_can_read() -> None:
    sizes = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in sources()}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}
    large = [name for name, size in sizes.items() if size > 400]
    assert len(large) <= len(sizes) * 0.03, large


def test_functions_are_small() -> None:
    sizes = dict(functions())
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}
    assert statistics.median(sizes.values()) <= 12
    long = [name for name, size in sizes.items() if size > 40]
    assert len(long) <= len(sizes) * 0.02, long


def test_nothing_has_a_name_that_says_nothing() -> None:
    assert [str(file.relative_to(ROOT)) for file in sources() if file.stem in FORBIDDEN_NAMES] == []
    folders = {part for file in sources() for part in file.relative_to(ROOT).parts[:-1]}
    assert folders & FORBIDDEN_NAMES == set()


def test_no_folder_holds_more_than_one_can_overlook() -> None:
    counts: dict[str, int] = {}
    for file in sources():
        if file.stem != "__init__":
            counts[str(file.parent.relative_to(ROOT))] = counts.get(str(file.parent.relative_to(ROOT)), 0) + 1
    assert {folder: count for folder, count in counts.items() if count > FULLEST_FOLDER} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT)) for file in sources() if not ast.get_docstring(ast.parse(file.read_text("utf-8")))
    ]
    assert silent == []


def test_pure_rooms_open_no_file_and_ask_no_clock() -> None:
    pure = ("notation", "dsp", "odrl", "dcp", "audit", "passport", "pcf", "condition", "export")
    found = []
    for folder in (*(ROOT / "connector" / room for room in pure), ROOT / "submodels"):
        for file in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in _WORLDLY:
                    found.append(f"{file.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node.func)}")
    assert found == []


_WORLDLY = {"open", "datetime.now", "datetime.utcnow", "date.today", "time.time", "uuid4", "uuid.uuid4", "os.getenv",
            "random.random", "secrets.token_bytes", "Path.read_text", "Path.open"}  # fmt: skip


def test_the_version_of_the_schema_is_the_number_of_its_steps() -> None:
    """A file of the current version is opened without its tables being looked at: the number stands on its own."""
    from connector.adapters.sql import schema, values

    assert len(schema.STEPS) == values.SCHEMA_VERSION
