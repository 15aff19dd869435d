"""`ionport model`: right use, wrong input, several models, imports."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PCF = "urn:samm:io.catenax.pcf:9.0.0#Pcf"
PCF_FILE = ROOT / "samm-models/io.catenax.pcf/9.0.0/Pcf.ttl"

HEAD = """@prefix samm: <urn:samm:org.eclipse.esmf.samm:meta-model:2.1.0#> .
@prefix samm-c: <urn:samm:org.eclipse.esmf.samm:characteristic:2.1.0#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def aspect(namespace: str, name: str, characteristic: str = "samm-c:Text", prefixes: str = "") -> str:
    return (
        HEAD
        + prefixes
        + f"@prefix : <urn:samm:{namespace}#> .\n"
        + f':{name} a samm:Aspect ; samm:preferredName "{name}"@en ; samm:properties ( :word ) ; samm:operations () .\n'
        + f':word a samm:Property ; samm:description "A word."@en ; samm:characteristic {characteristic} .\n'
    )


@pytest.fixture
def word(tmp_path: Path) -> Path:
    file = tmp_path / "Word.ttl"
    file.write_text(aspect("org.example.word:1.0.0", "Word"))
    return file


def test_a_model_of_the_product_is_sound(ionport: Any) -> None:
    assert ionport("model", "check", PCF, "--json").json == {
        "ok": True,
        "models": [{"model": PCF, "ok": True, "name": "Pcf", "properties": 7}],
    }


def test_a_file_and_its_urn_are_the_same_model(ionport: Any) -> None:
    assert ionport("model", "schema", PCF_FILE).out == ionport("model", "schema", PCF).out


def test_a_folder_is_every_aspect_below_it(ionport: Any) -> None:
    found = ionport("model", "check", ROOT / "samm-models", "--json")
    assert found.status == 0
    names = [one["name"] for one in found.json["models"]]
    assert "BatteryPass" in names
    assert "Pcf" in names


def test_several_models_go_on_after_a_bad_one(ionport: Any, tmp_path: Path, word: Path) -> None:
    broken = tmp_path / "Broken.ttl"
    broken.write_text("@prefix : <urn:samm:org.example.broken:1.0.0#> .\n:Broken a [ .\n")
    ended = ionport("model", "check", broken, word, PCF, "--json")
    assert ended.status == 1
    assert [one["ok"] for one in ended.json["models"]] == [False, True, True]
    assert ended.json["models"][0]["code"] == "samm/syntax"
    assert str(broken) in ended.err
    assert "3 of 3: urn:samm:io.catenax.pcf" in ended.err, "progress is told on stderr"


def test_a_missing_import_is_told_with_its_place(ionport: Any, tmp_path: Path) -> None:
    file = tmp_path / "Lost.ttl"
    prefix = "@prefix other: <urn:samm:org.example.other:1.0.0#> .\n"
    file.write_text(aspect("org.example.lost:1.0.0", "Lost", "other:Thing", prefix))
    ended = ionport("model", "check", file)
    assert ended.status == 1
    assert "[samm/import]" in ended.err
    assert "urn:samm:org.example.other:1.0.0#Thing" in ended.err


@pytest.mark.parametrize("place", ["models root", "beside", "same layout"])
def test_imports_come_from_beside_and_from_models_roots(ionport: Any, tmp_path: Path, place: str) -> None:
    prefix = "@prefix other: <urn:samm:org.example.other:1.0.0#> .\n"
    text = aspect("org.example.mine:1.0.0", "Mine", "other:Thing", prefix)
    other = HEAD + (
        "@prefix : <urn:samm:org.example.other:1.0.0#> .\n:Thing a samm:Characteristic ; samm:dataType xsd:string .\n"
    )
    folder = tmp_path / "org.example.mine/1.0.0" if place == "same layout" else tmp_path / "mine"
    folders = {"models root": tmp_path / "root/org.example.other/1.0.0", "beside": folder}
    others = folders.get(place, tmp_path / "org.example.other/1.0.0")
    for made in (folder, others):
        made.mkdir(parents=True, exist_ok=True)
    (folder / "Mine.ttl").write_text(text)
    (others / "Other.ttl").write_text(other)
    roots = ["--models-root", tmp_path / "root"] if place == "models root" else []
    ended = ionport("model", "check", folder / "Mine.ttl", *roots)
    assert ended.status == 0, ended.err


def test_the_schema_of_several_models_is_an_object_by_urn(ionport: Any, word: Path) -> None:
    urn = "urn:samm:org.example.word:1.0.0#Word"
    made = ionport("model", "schema", word, PCF).json
    assert list(made) == [urn, PCF]
    assert made[urn]["properties"]["word"]["$ref"]


def test_files_are_written_by_name(ionport: Any, word: Path, tmp_path: Path) -> None:
    ended = ionport("model", "schema", word, PCF, "--out", tmp_path / "new/schemas")
    assert ended.status == 0
    assert ended.out == ""
    made = sorted(str(file.relative_to(tmp_path / "new/schemas")) for file in tmp_path.glob("new/**/*.json"))
    assert made == ["io.catenax.pcf/9.0.0/Pcf-schema.json", "org.example.word/1.0.0/Word-schema.json"]
    assert json.loads((tmp_path / "new/schemas" / made[1]).read_text())["required"] == ["word"]


def test_an_example_is_valid_and_repeats_itself(ionport: Any, tmp_path: Path) -> None:
    first, second = (ionport("model", "example", PCF, "--seed", "7").out for _ in range(2))
    assert first == second
    assert first != ionport("model", "example", PCF, "--seed", "8").out
    file = tmp_path / "example.json"
    file.write_text(first)
    assert ionport("model", "validate", PCF, file, "--json").json == {
        "ok": True,
        "payloads": [{"payload": str(file), "ok": True, "findings": []}],
    }


def test_payloads_are_judged_one_after_the_other(ionport: Any, word: Path, tmp_path: Path) -> None:
    files = {"good": '{"word": "a"}', "bad": '{"word": 1}', "broken": '{"word": '}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    ended = ionport("model", "validate", word, *(tmp_path / name for name in files), "--json")
    assert ended.status == 1
    good, bad, broken = ended.json["payloads"]
    assert good["ok"] is True
    assert bad["findings"][0] == {
        "code": "samm/type",
        "message": "'string' is wanted here, not 1",
        "pointer": "/word",
        "severity": "error",
        "wanted": "string",
        "found": 1,
        "source": "urn:samm:org.example.word:1.0.0#word",
    }
    assert broken["code"] == "json/syntax"
    assert "/word: 'string' is wanted here" in ended.err


def test_a_payload_comes_from_standard_input(ionport: Any, word: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'\xef\xbb\xbf{"word": "a"}')))
    assert ionport("model", "validate", word, "-").status == 0


def test_strict_adds_warnings_that_refuse_nothing(ionport: Any, word: Path, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text('{"word": "a", "wrod": "b"}')
    assert ionport("model", "validate", word, file).err == ""
    strict = ionport("model", "validate", word, file, "--strict")
    assert strict.status == 0
    assert "warning /: the model has no property 'wrod'" in strict.err


def test_a_model_is_shown_path_by_path(ionport: Any, word: Path) -> None:
    assert ionport("model", "show", word, "--json").json == [
        {
            "model": "urn:samm:org.example.word:1.0.0#Word",
            "ok": True,
            "elements": [{"path": "word", "type": "string", "unit": "", "required": True, "meaning": "A word."}],
        }
    ]


def test_paths_lead_through_lists_and_entities(ionport: Any) -> None:
    shown = {row["path"]: row for row in ionport("model", "show", PCF, "--json").json[0]["elements"]}
    row = shown["scopeOfPcfForm[].specVersion"]
    assert row["type"] == "string"
    assert row["required"] is True
    assert "scopeOfPcfForm[].specVersion" in ionport("model", "show", PCF).out


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("nowhere.ttl", 2, "cli/file"),
        ("nowhere", 2, "cli/model"),
        ("urn:samm:org.example:1.0.0#Nothing", 1, "samm/"),
        ("urn:nonsense", 1, "samm/aspect"),
        ("empty", 2, "cli/model"),
        ("latin.ttl", 1, "samm/encoding"),
        ("none.ttl", 1, "samm/no-aspect"),
    ],
)
def test_what_is_no_model_is_refused_with_a_reason(
    ionport: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, status: int, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.ttl").write_bytes(b"# \xe9\n")
    (tmp_path / "none.ttl").write_text(HEAD)
    ended = ionport("model", "check", name)
    assert ended.status == status
    assert f"[{code}" in ended.err


def test_a_models_root_that_is_no_folder_is_wrong_usage(ionport: Any, word: Path) -> None:
    ended = ionport("model", "check", word, "--models-root", word)
    assert ended.status == 2
    assert "[cli/models-root]" in ended.err


def test_a_model_to_validate_against_is_one_aspect(ionport: Any, tmp_path: Path) -> None:
    for name in ("One", "Two"):
        (tmp_path / f"{name}.ttl").write_text(aspect(f"org.example.{name.lower()}:1.0.0", name))
    ended = ionport("model", "validate", tmp_path, tmp_path / "payload.json")
    assert ended.status == 2
    assert "name one of urn:samm:org.example.one:1.0.0#One, urn:samm:org.example.two:1.0.0#Two" in ended.err


# -- what is made of models ----------------------------------------------------------------------------------------

FILES = {
    ("schema",): "Word-schema.json",
    ("schema", "--dialect", "draft-07"): "Word-schema.json",
    ("example",): "Word.json",
    ("aas",): "Word-aas.json",
    ("aas", "--format", "xml"): "Word-aas.xml",
    ("aas", "--format", "aasx"): "Word-aas.aasx",
    ("docs",): "Word.md",
    ("docs", "--format", "html"): "Word.html",
    ("diagram",): "Word.svg",
    ("diagram", "--format", "mermaid"): "Word.mmd",
}


@pytest.mark.parametrize(("command", "name"), FILES.items(), ids=[" ".join(command) for command in FILES])
def test_each_document_goes_to_its_file(
    ionport: Any, word: Path, tmp_path: Path, command: tuple[str, ...], name: str
) -> None:
    ended = ionport("model", *command, word, "--out", tmp_path / "out", "--json")
    file = tmp_path / "out/org.example.word/1.0.0" / name
    assert ended.status == 0
    assert ended.json == {
        "ok": True,
        "models": [{"model": "urn:samm:org.example.word:1.0.0#Word", "ok": True, "file": str(file)}],
    }
    assert [found.name for found in file.parent.iterdir()] == [name]
    assert file.stat().st_size > 10


def test_one_document_goes_to_stdout_as_it_is(ionport: Any, word: Path) -> None:
    assert ionport("model", "diagram", word).out.startswith("<svg ")
    assert ionport("model", "docs", word).out.startswith("# Word")
    assert ionport("model", "aas", word, "--format", "xml").out.startswith("<?xml ")
    assert ionport("model", "aas", word).json["submodels"][0]["kind"] == "Template"
    assert ionport("model", "schema", word, "--dialect", "draft-07").json["$schema"].endswith("draft-07/schema#")


def test_a_report_carries_the_documents_where_there_are_no_files(ionport: Any, word: Path) -> None:
    told = ionport("model", "example", word, "--json").json
    assert told["models"][0]["content"].keys() == {"word"}
    packed = ionport("model", "aas", word, "--format", "aasx", "--json").json["models"][0]["content"]
    assert base64.b64decode(packed)[:2] == b"PK"


def test_a_payload_becomes_an_instance_with_an_id_of_its_asset(ionport: Any, word: Path, tmp_path: Path) -> None:
    (tmp_path / "payload.json").write_text('{"word": "a", "more": 1}')
    arguments = ("model", "aas", word, "--payload", tmp_path / "payload.json", "--asset-id")
    first, again, other = (ionport(*arguments, asset) for asset in ("urn:x:1", "urn:x:1", "urn:x:2"))
    submodel = first.json["submodels"][0]
    assert submodel["submodelElements"][0]["value"] == "a"
    assert "kind" not in submodel or submodel["kind"] == "Instance"
    assert first.json["assetAdministrationShells"][0]["assetInformation"]["globalAssetId"] == "urn:x:1"
    assert first.out == again.out
    assert submodel["id"] != other.json["submodels"][0]["id"]
    assert "[aspect-submodel/unknown]" in first.err


def test_files_are_made_of_every_model_but_the_bad_one(ionport: Any, tmp_path: Path, word: Path) -> None:
    (tmp_path / "Broken.ttl").write_text("@prefix : <urn:samm:org.example.broken:1.0.0#> .\n:Broken a [ .\n")
    ended = ionport("model", "schema", tmp_path, PCF, "--out", tmp_path / "out", "--json")
    assert ended.status == 1
    assert [one["ok"] for one in ended.json["models"]] == [False, True, True]
    assert sorted(file.name for file in (tmp_path / "out").rglob("*.json")) == ["Pcf-schema.json", "Word-schema.json"]
    assert "2 of 3 models done" in ended.err


def test_a_namespace_of_dots_does_not_lead_out_of_the_folder(ionport: Any, tmp_path: Path) -> None:
    file = tmp_path / "Up.ttl"
    file.write_text(aspect("..:1.0.0", "Up"))
    ended = ionport("model", "schema", file, "--out", tmp_path / "deep/out")
    assert ended.status == 0
    made = tmp_path / "deep/out/_/1.0.0/Up-schema.json"
    assert list(tmp_path.rglob("*.json")) == [made]


def test_what_is_odd_about_a_model_is_told_and_no_reason_to_fail(ionport: Any, tmp_path: Path) -> None:
    file = tmp_path / "Odd.ttl"
    trait = "[ a samm-c:Trait ; samm-c:baseCharacteristic samm-c:Text ]"
    file.write_text(aspect("org.example.odd:1.0.0", "Odd", trait))
    ended = ionport("model", "check", file, "--json")
    assert ended.status == 0
    assert [warning["code"] for warning in ended.json["models"][0]["warnings"]] == ["samm/incomplete"]
    assert "[samm/incomplete]" in ended.err


def test_a_file_of_another_encoding_harms_only_those_who_need_it(ionport: Any, tmp_path: Path) -> None:
    folder = tmp_path / "org.example.word" / "1.0.0"
    folder.mkdir(parents=True)
    (folder / "Word.ttl").write_text(aspect("org.example.word:1.0.0", "Word"))
    (folder / "Latin.ttl").write_bytes(aspect("org.example.word:1.0.0", "Große").encode("latin-1"))
    assert ionport("model", "check", "urn:samm:org.example.word:1.0.0#Word", "--models-root", tmp_path).status == 0
    ended = ionport("model", "check", "urn:samm:org.example.word:1.0.0#Other", "--models-root", tmp_path)
    assert ended.status == 1
    assert f"{folder / 'Latin.ttl'}, line 5: not UTF-8" in ended.err


def test_a_namespace_may_lie_in_several_roots(ionport: Any, tmp_path: Path) -> None:
    for root, name, text in (
        ("one", "Word", aspect("org.example.word:1.0.0", "Word", ":Name")),
        (
            "two",
            "Shared",
            HEAD + "@prefix : <urn:samm:org.example.word:1.0.0#> .\n:Name a samm-c:Code ; samm:dataType xsd:string .",
        ),
    ):
        folder = tmp_path / root / "org.example.word" / "1.0.0"
        folder.mkdir(parents=True)
        (folder / f"{name}.ttl").write_text(text)
    urn = "urn:samm:org.example.word:1.0.0#Word"
    roots = ("--models-root", tmp_path / "one", "--models-root", tmp_path / "two")
    assert ionport("model", "check", urn, *roots).status == 0
    assert ionport("model", "check", urn, *roots[:2]).status == 1


def test_a_fault_of_our_own_takes_no_other_model_with_it(
    ionport: Any, word: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from submodels.samm import schema

    made = schema.json_schema

    def failing(aspect: Any, **options: Any) -> Any:
        if aspect.name == "Word":
            raise ZeroDivisionError("by nothing")
        return made(aspect, **options)

    monkeypatch.setattr(schema, "json_schema", failing)
    ended = ionport("model", "schema", word, PCF, "--json")
    assert ended.status == 4
    assert [one["ok"] for one in ended.json["models"]] == [False, True]
    assert "ZeroDivisionError" in ended.err


@pytest.mark.parametrize("arguments", [("--dialect", "draft-06"), ("--models-root",), ()])
def test_arguments_that_cannot_be_are_usage_errors(ionport: Any, arguments: tuple[str, ...]) -> None:
    ended = ionport("model", "schema", *([PCF] if arguments else []), *arguments)
    assert ended.status == 2
    assert "Error" in ended.err


def test_a_model_command_alone_needs_no_heavy_library() -> None:
    script = (
        "import sys; sys.argv = ['ionport', 'model', 'aas', sys.argv[1], '--format', 'xml'];\n"
        "from connector.__main__ import main\n"
        "try: main()\nexcept SystemExit as end: assert end.code == 0\n"
        "print(sorted(set(sys.modules) & {'pydantic', 'rdflib', 'httpx', 'aas_core3.verification', 'rich.console'}),"
        " file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script, PCF], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(("metamodel", "namespace"), [("3.0", "aas/3/0"), ("3.1", "aas/3/1")])
def test_environments_are_written_for_either_metamodel(ionport: Any, metamodel: str, namespace: str) -> None:
    told = ionport("model", "aas", PCF, "--format", "xml", "--metamodel", metamodel).out
    assert f"https://admin-shell.io/{namespace}" in told
    package = base64.b64decode(
        ionport("model", "aas", PCF, "--format", "aasx", "--metamodel", metamodel, "--json").json["models"][0][
            "content"
        ]
    )
    with zipfile.ZipFile(io.BytesIO(package)) as members:
        assert f"https://admin-shell.io/{namespace}".encode() in members.read("aasx/environment.xml")


@pytest.mark.parametrize(
    ("payload", "limit"), [(b'"' + b"x" * 50_000_000 + b'"', "'size'"), (b"[" * 1000 + b"]" * 1000, "'depth'")]
)
def test_payloads_beyond_a_limit_are_refused_by_its_name(
    ionport: Any, tmp_path: Path, payload: bytes, limit: str
) -> None:
    file = tmp_path / "payload.json"
    file.write_bytes(payload)
    ended = ionport("model", "validate", PCF, file)
    assert ended.status == 1
    assert f"limit {limit}" in ended.err
