"""`ionport passport validate`: findings as a compiler prints them, without a node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector import settings
from connector.cli.app import run
from connector.cli.offline import passports

EXAMPLE = Path("samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json")


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Judge a text or bytes; status, report on stdout, and what was printed beside it."""
    monkeypatch.setenv("IONPORT_NODE", str(tmp_path))

    def judge(content: str | bytes, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "broken.json"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        status = run(["passport", "validate", str(file), *options])
        out, err = capfd.readouterr()
        return status, out, err.replace(str(tmp_path) + "/", "")

    return judge


def broken(*, indent: int | None = 2, **changes: Any) -> str:
    payload = json.loads(EXAMPLE.read_text("utf-8"))
    for pointer, value in changes.items():
        parent = payload
        *way, last = pointer.split("__")
        for step in way:
            parent = parent[step]
        if value is None:
            del parent[last]
        else:
            parent[last] = value
    return json.dumps(payload, indent=indent)


def test_the_example_is_valid_and_says_what_is_only_for_information(judged: Any) -> None:
    status, out, err = judged(broken())
    assert (status, "broken.json: valid" in out) == (0, True)
    assert "for information" in err


def test_a_fault_is_shown_with_its_line_and_what_would_mend_it(judged: Any) -> None:
    text = broken(identification__category="industral")
    status, _, err = judged(text)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "industral" in line)
    assert status == 1
    assert f"broken.json:{line}:17: error[samm/enumeration]: 'industral'" in err
    assert "| " + " " * 16 + "^" * len('"industral"') in err
    assert "at:       /identification/category" in err
    assert 'found:    "industral"' in err
    assert "expected: SLI, LMT, EV, industrial" in err
    assert "help:     did you mean 'industrial'?" in err


def test_a_number_in_quotes_and_a_misspelt_name_are_seen_through(judged: Any) -> None:
    _, _, err = judged(broken(physicalDimension__weight__value="450.5", identification__chemistry=None,
                              identification__chemestry="NMC"))  # fmt: skip
    assert "take the quotes away: 450.5" in err
    assert "did you mean 'chemistry' for 'chemestry'?" in err


def test_a_missing_property_is_an_error_and_of_a_draft_a_warning(judged: Any) -> None:
    text = broken(safety=None)
    assert judged(text)[0] == 1
    assert judged(text, "--strictness", "draft")[0] == 0


def test_strictness_says_how_much_the_submodels_may_lack(judged: Any) -> None:
    payload = json.loads(EXAMPLE.read_text("utf-8"))
    payload["generalInformation"]["manufacturer"]["facility"] = {
        "right": {"locationIdentifier": {"right": "P7"}, "locationIdentifierType": "none"}
    }
    text = json.dumps(payload)
    assert judged(text)[0] == 0
    status, _, err = judged(text, "--strictness", "catena-x")
    assert (status, "UniqueFacilityIdentifier" in err) == (1, True)


def test_a_context_fills_in_what_the_payload_lacks(judged: Any, tmp_path: Path) -> None:
    context = tmp_path / "context.json"
    context.write_text(json.dumps({"manufacturerBpnl": "BPNL00000075MFCT", "facilityBpns": "BPNS00000075PLNT"}))
    assert judged(broken(), "--strictness", "catena-x")[0] == 1
    assert judged(broken(), "--strictness", "catena-x", "--context", str(context))[0] == 0


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b'{\n "name": "Gr\xf6\xdfe"}', "file/encoding", "broken.json:2:13"),
        ('{"a": "x"}'.encode("utf-16"), "file/encoding", "UTF-16"),
        ('{"a": "x"}'.encode("utf-32"), "file/encoding", "UTF-32"),
        ('{"a": 1,\n "b": }', "json/syntax", "broken.json:2:7"),
        ('{"a": NaN}', "json/syntax", "NaN is no JSON number"),
        ("", "json/syntax", "not valid JSON"),
        ('{"a": 1, "a": 2}', "json/duplicate-name", "broken.json:1:10"),
        ("[" * 1000 + "]" * 1000, "json/depth", "the limit 'depth'"),
        ('{"a": "' + "x" * 50_000_000 + '"}', "json/size", "the limit 'size'"),
    ],
    ids=["latin-1", "utf-16", "utf-32", "syntax", "nan", "empty", "twice", "deep", "large"],
)
def test_what_cannot_be_read_is_named_with_its_place(judged: Any, content: Any, code: str, said: str) -> None:
    status, out, err = judged(content)
    assert (status, "not valid" in out) == (1, True)
    assert f"error[{code}]" in err
    assert said in err


def test_a_byte_order_mark_is_no_fault(judged: Any) -> None:
    assert judged(b"\xef\xbb\xbf" + broken().encode())[0] == 0


def test_ten_thousand_faults_are_all_told(judged: Any) -> None:
    payload = json.loads(EXAMPLE.read_text("utf-8"))
    document = payload["safety"]["dismantling"][0]
    payload["safety"]["dismantling"] = [{**document, "category": "Nonsense", "type": "None"}] * 5000
    text = json.dumps(payload)
    status, out, _ = judged(text, "--json")
    findings = [finding for finding in json.loads(out)["findings"] if finding["severity"] == "error"]
    assert (status, len(findings)) == (1, 10_000)
    assert all(finding["line"] == 1 and finding["column"] > 1 for finding in findings)
    _, out, err = judged(text, "--most", "3")
    assert (err.count("error[samm/enumeration]"), "not valid, 10000 errors" in out) == (3, True)
    assert "9997 more error" in err


def test_the_file_of_a_node_has_one_name() -> None:
    assert passports.NODE_FILE == settings.FILE_NAME


def test_several_files_make_one_report(judged: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")
    status, out, _ = judged(broken(), str(other), "--json")
    report = json.loads(out)
    assert (status, report["ok"], [one["ok"] for one in report["payloads"]]) == (1, False, [True, False])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"identification": {"idDmc": "a",\n "idDmc": "b"}}', "broken.json:2:2: the name 'idDmc' stands twice"),
        (b'{"a": "Gr\xf6\xdfe"}', "looks like Windows-1252 or Latin-1"),
        (b'{"a": ]', "broken.json:1:7: not valid JSON"),
    ],
)
def test_every_command_that_reads_a_document_says_so_too(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    assert run(["passport", "scope", str(file)]) == 1
    assert said in capfd.readouterr().err
