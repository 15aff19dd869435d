"""Every policy file is usable as it stands, every template once it is filled."""

import json
from pathlib import Path

import pytest

from connector.notation.exact_json import decode
from connector.odrl.decision import purposes_of
from connector.odrl.operands import OPERANDS
from connector.odrl.policy import check, parse
from connector.odrl.shapes import shacl_findings

FOLDER = Path(__file__).resolve().parents[2] / "policies"
FILES = sorted(
    path.relative_to(FOLDER).as_posix() for kind in ("access", "usage") for path in (FOLDER / kind).glob("*.json")
)
FILLED = {"{{bpnl}}": "BPNL00000000ABCD", "{{end}}": "2027-12-31T23:59:59Z"}
PURPOSES = {
    "usage/battery-passport.json": "cx.circular.dpp:1",
    "usage/battery-passport-one-year.json": "cx.circular.dpp:1",
    "usage/battery-passport-until.template.json": "cx.circular.dpp:1",
    "usage/pcf.json": "cx.pcf.base:1",
    "usage/digital-twin-registry.json": "cx.core.digitalTwinRegistry:1",
}


def filled(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    for placeholder, value in FILLED.items():
        text = text.replace(placeholder, value)
    return decode(text)


def test_every_file_is_known_here():
    assert {name for name in FILES if name.startswith("usage/")} == set(PURPOSES)
    assert {name for name in FILES if name.startswith("access/")} == {
        "access/members.json",
        "access/partners.template.json",
    }


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_sound_in_code_and_shapes(name):
    document = filled(name)
    kind = "access" if name.startswith("access/") else "usage"
    assert parse(document).kind == kind
    assert check(parse(document, kind=kind)) == []
    assert shacl_findings(document, (FOLDER / "shapes.ttl").read_text(encoding="utf-8")) == []
    assert purposes_of(parse(document)) == ({PURPOSES[name]} if name in PURPOSES else frozenset())


@pytest.mark.parametrize("name", [name for name in FILES if ".template." in name])
def test_a_template_is_refused_until_it_is_filled(name):
    findings = check(parse(json.loads((FOLDER / name).read_text(encoding="utf-8"))))
    assert [finding.code for finding in findings] == ["odrl/value"]


def test_the_shapes_name_every_row_of_the_operand_table():
    text = (FOLDER / "shapes.ttl").read_text(encoding="utf-8")
    for row in (row for row in OPERANDS.values() if row.origin != "ODRL"):
        term = ("edc:" if row.name == "inForceDate" else "cx:") + row.name
        assert f"shape:{row.name} a sh:NodeShape" in text
        assert f"sh:hasValue {term} " in text
        for value in row.values if row.form == "one-of" else ():
            assert f'"{value}"' in text


def test_the_readme_lists_every_file():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in FILES if f"`{name}`" not in text] == []
