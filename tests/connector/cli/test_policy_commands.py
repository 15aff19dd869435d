"""`ionport policy`: check and explain, in whichever form a policy comes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

POLICIES = Path(__file__).resolve().parents[3] / "policies"
PASSPORT = POLICIES / "usage/battery-passport.json"


def test_a_ready_policy_is_sound(ionport: Any) -> None:
    assert ionport("policy", "check", PASSPORT, "--json").json == {
        "ok": True,
        "policies": [{"policy": str(PASSPORT), "ok": True, "findings": []}],
    }


def test_a_policy_within_a_policy_definition_is_read(ionport: Any, tmp_path: Path) -> None:
    file = tmp_path / "definition.json"
    file.write_text(json.dumps({"@id": "mine", "policy": json.loads(PASSPORT.read_text())}))
    assert ionport("policy", "check", file).status == 0


def test_the_shapes_judge_too(ionport: Any, tmp_path: Path) -> None:
    text = PASSPORT.read_text().replace('"and"', '"or"')
    file = tmp_path / "or.json"
    file.write_text(text)
    plain, shaped = (ionport("policy", "check", file, "--json", *more).json for more in ([], ["--shacl"]))
    assert {finding["code"] for finding in plain["policies"][0]["findings"]} == {"odrl/logical-operator"}
    assert len(shaped["policies"][0]["findings"]) > len(plain["policies"][0]["findings"])


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("UsagePurpose", "UsagePurpos", "odrl/operand-unknown"),
        ("isAnyOf", "eq", "odrl/operator"),
        ('"use"', '"access"', "odrl/"),
        ("Membership", "Membershop", "odrl/operand-unknown"),
    ],
)
def test_a_wrong_policy_is_refused_with_the_rule(
    ionport: Any, tmp_path: Path, before: str, after: str, code: str
) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(PASSPORT.read_text().replace(before, after))
    ended = ionport("policy", "check", file)
    assert ended.status == 1
    assert f"[{code}" in ended.err
    assert ended.out == f"{file}: refused\n"


def test_several_policies_go_on_after_a_bad_one(ionport: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[]")
    ended = ionport("policy", "check", bad, PASSPORT, tmp_path / "missing.json", "--json")
    assert ended.status == 2
    assert [one["ok"] for one in ended.json["policies"]] == [False, True, False]
    assert ended.json["policies"][0]["code"] == "json/shape"
    assert ended.json["policies"][2]["code"] == "cli/file"


def test_the_kind_may_be_said(ionport: Any) -> None:
    ended = ionport("policy", "check", POLICIES / "access/members.json", "--kind", "usage")
    assert ended.status == 1
    assert "not access" in ended.err


def test_an_open_space_has_no_mandatory_operands(ionport: Any, tmp_path: Path) -> None:
    file = tmp_path / "open.json"
    file.write_text(json.dumps({"@type": "Set", "permission": [{"action": "use"}]}))
    assert ionport("policy", "check", file).status == 1
    assert ionport("policy", "check", file, "--profile", "open").status == 0


def test_a_policy_is_explained_in_sentences(ionport: Any) -> None:
    ended = ionport("policy", "explain", POLICIES / "usage/battery-passport-one-year.json", "--json")
    assert ended.status == 0
    assert ended.json[0]["kind"] == "usage"
    assert any("365 days" in sentence for sentence in ended.json[0]["sentences"])
    plain = ionport("policy", "explain", POLICIES / "usage/battery-passport-one-year.json")
    assert plain.out.splitlines() == ended.json[0]["sentences"]


def test_what_is_no_policy_cannot_be_explained(ionport: Any, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"permission": [{"action": "use", "surprise": 1}]}')
    ended = ionport("policy", "explain", file, PASSPORT)
    assert ended.status == 1
    assert "surprise" in ended.err
    assert "cx.circular.dpp:1" in ended.out
