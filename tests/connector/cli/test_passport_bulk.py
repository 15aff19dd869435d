"""`ionport passport bulk`: folders, JSON lines, CSV and spreadsheets; resumable; one report."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

EXAMPLE = Path("samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json")
COLUMNS = [
    "identification.localIdentifier[0].value",
    "performance.rated.voltage.nominal",
    "generalInformation.manufacturer.manufacturingDate",
    "sources[0].header",
]
ROWS = [["SN-1", "400.5", "2026-01-05", ""], ["SN-2", "401", "2026-01-06", "Another"], ["", "", "", ""]]
POLICIES = ("--access", "members", "--usage", "dpp")


def payload(serial: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLE.read_text("utf-8"))
    found["identification"]["localIdentifier"][0]["value"] = serial
    return found


def spreadsheet(file: Path) -> Path:
    """A workbook of one sheet; numbers as numbers."""

    def cell(text: str) -> str:
        try:
            return f"<c><v>{float(text)}</v></c>"
        except ValueError:
            return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    rows = "".join(f"<row>{''.join(cell(text) for text in row)}</row>" for row in (COLUMNS, *ROWS))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    relation = f'<Relationship Id="r1" Type="{relations}/{{}}" Target="{{}}"/>'
    link = f'<Relationships xmlns="{package}">{relation}</Relationships>'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": link.format("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": link.format("worksheet", "worksheets/sheet1.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        '<sheet name="batteries" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(file, "w") as package_file:
        for name, text in parts.items():
            package_file.writestr(name, text)
    return file


def source(tmp_path: Path, form: str) -> Path:
    if form == "folder":
        folder = tmp_path / "payloads"
        (folder / "below").mkdir(parents=True)
        for number, name in enumerate(("1.json", "below/2.json"), 1):
            (folder / name).write_text(json.dumps(payload(f"SN-{number}")))
        return folder
    if form == "lines":
        file = tmp_path / "payloads.jsonl"
        file.write_text("\n\n".join(json.dumps(payload(f"SN-{number}")) for number in (1, 2)) + "\n")
        return file
    if form == "spreadsheet":
        return spreadsheet(tmp_path / "batteries.xlsx")
    separator = ";" if form == "semicolons" else ","
    file = tmp_path / "batteries.csv"
    file.write_text("\n".join(separator.join(row) for row in (COLUMNS, *ROWS)))
    return file


def base(form: str) -> tuple[str, ...]:
    return () if form in ("folder", "lines") else ("--base", str(EXAMPLE))


@pytest.mark.parametrize("form", ["folder", "lines", "csv", "semicolons", "spreadsheet"])
def test_every_form_is_judged_without_a_node(ionport: Any, tmp_path: Path, form: str) -> None:
    ended = ionport("passport", "bulk", source(tmp_path, form), *base(form), "--dry-run", "--json")
    assert (ended.status, ended.json["total"], ended.json["valid"]) == (0, 2, 2)
    assert ended.json["codes"]["info dbp/assumed"] >= 2


@pytest.mark.parametrize("form", ["folder", "lines", "csv", "spreadsheet"])
def test_what_is_published_is_what_stands_there(
    ionport: Any, paper: Any, folder: Path, tmp_path: Path, form: str
) -> None:
    paper.tell("POST", "/api/passports", {"unitId": "u", "findings": []}, 201)
    ended = ionport("passport", "bulk", source(tmp_path, form), *base(form), *POLICIES, "--node", folder, "--jobs", "1")
    assert (ended.status, "2 passports: 2 published" in ended.out) == (0, True)
    bodies = [asked.body for asked in paper.asked]
    assert [body["payload"]["identification"]["localIdentifier"][0]["value"] for body in bodies] == ["SN-1", "SN-2"]
    assert len({body["globalAssetId"] for body in bodies}) == 2
    if form in ("csv", "spreadsheet"):
        assert [body["payload"]["performance"]["rated"]["voltage"]["nominal"] for body in bodies] == ["400.5", 401]
        assert bodies[1]["payload"]["sources"][0]["header"] == "Another"


def test_a_second_run_goes_on_where_the_first_was(ionport: Any, paper: Any, folder: Path, tmp_path: Path) -> None:
    where = source(tmp_path, "folder")
    command = ("passport", "bulk", where, *POLICIES, "--node", folder, "--jobs", "1", "--json")
    paper.tell("POST", "/api/passports", {"unitId": "u1"}, 201)
    paper.tell("POST", "/api/passports", {"detail": "no", "code": "passport/payload"}, 422)
    first = ionport(*command)
    assert (first.status, first.json["published"], first.json["refused"]) == (1, 1, 1)
    paper.answers.clear()
    paper.tell("POST", "/api/passports", {"unitId": "u2"}, 201)
    second = ionport(*command)
    assert (second.status, second.json["skipped"], second.json["published"]) == (0, 1, 1)
    assert len(paper.asked) == 3


def test_what_was_stored_before_the_run_was_killed_is_not_published_twice(
    ionport: Any, paper: Any, folder: Path, tmp_path: Path
) -> None:
    where = source(tmp_path, "folder")
    command = ("passport", "bulk", where, *POLICIES, "--node", folder, "--jobs", "1", "--json")
    paper.tell("POST", "/api/passports", {"unitId": "u1"}, 201)
    ionport(*command)
    state = tmp_path / "payloads.ionport-state"
    begun = [line for line in state.read_text().splitlines() if '"begun"' in line]
    state.write_text("\n".join(begun) + '\n{"digest": "cut')
    asked = {entry.body["globalAssetId"] for entry in paper.asked}
    paper.answers.clear()
    paper.tell("POST", "/api/passports", {"detail": "taken", "code": "passport/exists"}, 409)
    again = ionport(*command)
    assert (again.status, again.json["published"]) == (0, 2)
    assert {entry.body["globalAssetId"] for entry in paper.asked} == asked


def test_a_taken_id_of_a_new_record_is_refused(ionport: Any, paper: Any, folder: Path, tmp_path: Path) -> None:
    paper.tell("POST", "/api/passports", {"detail": "taken", "code": "passport/exists"}, 409)
    where = source(tmp_path, "folder")
    ended = ionport("passport", "bulk", where, *POLICIES, "--node", folder, "--json")
    assert (ended.status, ended.json["refused"]) == (1, 2)


def test_a_node_that_is_not_there_stops_the_run(ionport: Any, folder: Path, paper: Any, tmp_path: Path) -> None:
    paper.tell("POST", "/api/passports", {"detail": "not ready", "code": "http/busy"}, 503)
    where = source(tmp_path, "lines")
    ended = ionport("passport", "bulk", where, *POLICIES, "--node", folder)
    assert (ended.status, "goes on where it was" in ended.err) == (3, True)


def test_one_report_has_every_finding(ionport: Any, tmp_path: Path) -> None:
    where = source(tmp_path, "lines")
    broken = payload("SN-3")
    broken["identification"]["category"] = "none"
    with where.open("a") as file:
        file.write(json.dumps(broken) + '\n{"a": 1, "a": 2}\nno json\n')
    report = tmp_path / "report.json"
    ended = ionport("passport", "bulk", where, "--dry-run", "--report", report)
    told = json.loads(report.read_text())
    assert (ended.status, told["total"], told["valid"], told["refused"]) == (1, 5, 2, 3)
    refused = {
        record["record"].rpartition(":")[2]: record["findings"]
        for record in told["records"]
        if record["result"] == "refused"
    }
    assert refused["5"][0]["code"] == "json/duplicate-name"
    assert refused["6"][0]["code"] == "json/syntax"
    assert {"samm/enumeration"} == {one["code"] for one in refused["4"] if one["severity"] == "error"}


def test_what_is_only_for_information_is_counted_unless_it_is_asked_for(ionport: Any, tmp_path: Path) -> None:
    where = source(tmp_path, "lines")
    short = ionport("passport", "bulk", where, "--dry-run", "--json").json["records"][0]
    assert "info" not in {finding["severity"] for finding in short["findings"]}
    whole = ionport("passport", "bulk", where, "--dry-run", "--json", "--info").json["records"][0]
    codes = [finding["code"] for finding in whole["findings"] if finding["severity"] == "info"]
    assert short["forInformation"] == {code: codes.count(code) for code in codes}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("identification.kategory\nEV", "the model has no identification.kategory"),
        ("", "the first row names no columns"),
    ],
)
def test_a_column_that_is_no_path_is_refused(ionport: Any, tmp_path: Path, content: str, said: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text(content)
    ended = ionport("passport", "bulk", table, "--dry-run")
    assert (ended.status, said in ended.err) == (2, True)


@pytest.mark.parametrize("name", ["broken.xlsx", "list.txt"])
def test_a_source_that_cannot_be_read_is_refused(ionport: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    assert ionport("passport", "bulk", tmp_path / name, "--dry-run").status == 2


def test_policies_are_needed_to_publish(ionport: Any, tmp_path: Path) -> None:
    ended = ionport("passport", "bulk", tmp_path)
    assert (ended.status, "--access and --usage are needed" in ended.err) == (2, True)
