"""How a command line ends: the status, one sentence, never a traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from connector.cli.app import app
from connector.cli.exits import status_of
from connector.notation.problems import Conflict, Invalid, PeerFailed, Problem, Refused, Unauthenticated, Unavailable


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (Invalid("json/syntax", ""), 1),
        (Refused("odrl/purpose", ""), 1),
        (Conflict("cli/exists", ""), 1),
        (Invalid("settings/invalid", ""), 2),
        (Invalid("cli/file", ""), 2),
        (Invalid("http/query", ""), 2),
        (Unauthenticated("key/wrong", ""), 2),
        (Unavailable("key/mode", ""), 2),
        (PeerFailed("peer/unreachable", ""), 3),
        (Unavailable("peer/unreachable", ""), 3),
        (Problem("http/500", ""), 4),
    ],
)
def test_each_kind_of_problem_has_its_status(problem: Problem, status: int) -> None:
    assert status_of(problem) == status


def test_no_arguments_show_the_help_with_every_command(ionport: Any) -> None:
    ended = ionport("--help")
    assert ended.status == 0
    nouns = "init serve demo status doctor catalog negotiate pull passport inventory pcf model policy issuer key audit"
    assert [noun for noun in nouns.split() if noun not in ended.out] == []


def commands() -> list[list[str]]:
    """Every command there is, with the groups that lead to it."""
    found: list[list[str]] = []

    def walk(command: Any, path: list[str]) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, [*path, name])
        if not hasattr(command, "commands"):
            found.append(path)

    walk(typer.main.get_command(app), [])
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_help_teaches_by_an_example(ionport: Any, command: list[str]) -> None:
    ended = ionport(*command, "--help")
    assert ended.status == 0
    said = " ".join(ended.out.replace("│", " ").split())
    assert f"Example: ionport {' '.join(command)}" in said


WITHOUT_DATA = {
    *("serve", "passport label", "passport export", "aas export", "audit export", "inventory open"),  # a file, or bytes
    *("export withdraw", "export seat", "affiliate remove", "pact withdraw", "pact client remove", "policy unaccept"),
    "link remove",
}
"""Commands that print nothing for a script to read."""


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_whatever_prints_data_prints_json(ionport: Any, command: list[str]) -> None:
    has_json = "--json" in ionport(*command, "--help").out
    assert has_json is (" ".join(command) not in WITHOUT_DATA)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["status", "--nonsense"],
        ["model", "check"],
        ["audit", "show", "--limit", "0"],
        ["key", "add", "x"],
    ],
)
def test_wrong_usage_ends_with_2(ionport: Any, arguments: list[str]) -> None:
    ended = ionport(*arguments)
    assert ended.status == 2
    assert "Traceback" not in ended.err


def test_a_folder_without_a_node_is_a_wrong_configuration(ionport: Any, tmp_path: Path) -> None:
    ended = ionport("status", "--node", tmp_path)
    assert ended.status == 2
    assert "is no node's folder" in ended.err


@pytest.mark.parametrize(
    ("before", "after", "hint"),
    [("[public]", "[publik]", "did you mean 'public'?"), ("bpn =", "bnp =", "did you mean 'bpn'?")],
)
def test_a_mistyped_key_is_told_with_the_nearest_right_one(
    ionport: Any, folder: Path, before: str, after: str, hint: str
) -> None:
    file = folder / "ionport.toml"
    file.write_text(file.read_text().replace(before, after))
    for command in ("status", "serve"):
        ended = ionport(command, *(["--node"] if command == "status" else []), folder)
        assert ended.status == 2
        assert hint in ended.err


def test_a_node_that_does_not_run_is_unreachable(ionport: Any, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = folder / "ionport.toml"
    file.write_text(file.read_text().replace("http://127.0.0.1:", f"http://127.0.0.1:{port}/x"))
    for command in (["status"], ["key", "list"], ["audit", "verify"], ["passport", "list"], ["inventory", "list"]):
        ended = ionport(*command, "--node", folder)
        assert ended.status == 3
        assert "is `ionport serve` up?" in ended.err


@pytest.mark.parametrize(
    ("status", "said", "wanted", "sentence"),
    [
        (401, {"code": "key/wrong", "detail": "the management key is not in force here"}, 2, "not in force"),
        (403, {"code": "key/role", "detail": "may not administer"}, 1, "may not administer [key/role]"),
        (404, [{"message": "no such thing", "type": "ObjectNotFound"}], 1, "no such thing [ObjectNotFound]"),
        (429, {"code": "http/rate", "detail": "slow down"}, 1, "slow down"),
        (503, {"code": "peer/unreachable", "detail": "the partner is silent"}, 3, "the partner is silent"),
        (500, {"detail": "a fault"}, 4, "a fault [http/500]"),
    ],
)
def test_what_the_node_refuses_is_told(
    ionport: Any, folder: Path, paper: Any, status: int, said: Any, wanted: int, sentence: str
) -> None:
    paper.tell("GET", "/api/keys", said, status)
    ended = ionport("key", "list", "--node", folder)
    assert ended.status == wanted
    assert sentence in ended.err
    assert ended.out == ""


def test_an_answer_that_is_no_json_is_told_too(ionport: Any, folder: Path, paper: Any) -> None:
    paper.tell("GET", "/api/keys", b"<html>gateway</html>", 502, "text/html")
    ended = ionport("key", "list", "--node", folder)
    assert ended.status == 4
    assert "<html>gateway</html>" in ended.err


def test_a_missing_management_key_is_a_wrong_configuration(ionport: Any, folder: Path) -> None:
    (folder / "admin.key").unlink()
    ended = ionport("key", "list", "--node", folder)
    assert ended.status == 2
    assert "set IONPORT_KEY" in ended.err


@pytest.mark.parametrize("content", [b"\xff\xfe", "schlüssel".encode(), b"ion\x00key"])
def test_a_broken_management_key_is_a_wrong_configuration(ionport: Any, folder: Path, content: bytes) -> None:
    (folder / "admin.key").write_bytes(content)
    ended = ionport("key", "list", "--node", folder)
    assert ended.status == 2
    assert "management key" in ended.err


def test_address_and_key_may_come_from_the_environment(
    ionport: Any, paper: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IONPORT_URL", f"http://127.0.0.1:{paper.port}/")
    monkeypatch.setenv("IONPORT_KEY", "ion_erp_x")
    paper.tell("GET", "/api/keys", [])
    assert ionport("key", "list", "--node", tmp_path, "--json").json == []
    assert paper.asked[0].key == "ion_erp_x"


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://localhost", "http://", "http://a b"])
def test_an_address_that_is_none_is_a_wrong_configuration(
    ionport: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("IONPORT_URL", url)
    monkeypatch.setenv("IONPORT_KEY", "ion_erp_x")
    ended = ionport("key", "list", "--node", tmp_path)
    assert ended.status == 2
    assert "[cli/url]" in ended.err


def test_a_proxy_of_the_environment_is_not_asked_for_the_own_node(
    ionport: Any, folder: Path, paper: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    paper.tell("GET", "/api/keys", [])
    assert ionport("key", "list", "--node", folder).status == 0


def test_a_fault_is_one_line_and_a_traceback_only_when_asked_for(
    ionport: Any, folder: Path, paper: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.tell("GET", "/api/keys", [{"unexpected": True}])
    ended = ionport("key", "list", "--node", folder)
    assert ended.status == 4
    assert "IONPORT_DEBUG=1 shows where" in ended.err
    assert "Traceback" not in ended.err
    monkeypatch.setenv("IONPORT_DEBUG", "1")
    assert "Traceback" in ionport("key", "list", "--node", folder).err


def test_what_comes_from_outside_cannot_steer_the_terminal(ionport: Any, folder: Path, paper: Any) -> None:
    hostile = "\x1b]0;owned\x07[red]x[/red]\x9b2J"
    paper.tell("GET", "/api/keys", [{"name": hostile, "role": "admin", "createdAt": "now"}])
    ended = ionport("key", "list", "--node", folder)
    assert "\x1b" not in ended.out
    assert "\x9b" not in ended.out
    assert "[red]x[/red]" in ended.out


def test_tables_are_not_cut_where_nobody_looks_at_a_terminal(ionport: Any, folder: Path, paper: Any) -> None:
    long = "x" * 300
    paper.tell("GET", "/api/keys", [{"name": long, "role": "admin", "createdAt": "now"}])
    assert long in ionport("key", "list", "--node", folder).out


def test_the_help_needs_no_heavy_library() -> None:
    script = (
        "import sys; from connector.cli.app import run; run(['--help']);"
        "print(sorted(set(sys.modules) & {'httpx', 'pydantic', 'aiohttp', 'rdflib', 'sqlalchemy', 'pyld', 'aas_core3',"
        " 'jsonschema_rs', 'cryptography', 'msgspec'}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
