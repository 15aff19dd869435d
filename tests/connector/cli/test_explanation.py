"""`ionport explain`: every code of the catalogue can be asked for, and an error says how."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector.cli.app import run
from connector.cli.offline.explanation import entries

ROOT = Path(__file__).parents[3]
CATALOGUE = (ROOT / "docs" / "findings.md").read_text("utf-8")


def test_every_entry_has_a_meaning_and_says_what_to_do() -> None:
    found = list(entries(CATALOGUE))
    assert len(found) > 400
    assert [entry.code for entry in found if not (entry.meaning and entry.action)] == []
    sections = {line[3:] for line in CATALOGUE.splitlines() if line.startswith("## ")}
    assert {entry.address.partition("#")[2] for entry in found} <= sections


def test_a_code_a_room_and_a_slip(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "passport/terms", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["code"], entry["address"]) == ("passport/terms", "docs/findings.md#passport")
    assert run(["explain", "passport/terms"]) == 0
    assert entry["meaning"] in capsys.readouterr().out
    assert run(["explain", "backup"]) == 0
    assert "backup/not-empty" in capsys.readouterr().out
    assert run(["explain", "passport/term"]) == 1
    assert "passport/terms" in capsys.readouterr().err


def test_an_error_says_how_to_learn_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["passport", "validate", "no-such-file.json"]) == 2
    assert "ionport explain " in capsys.readouterr().err
