"""Environments: verification, JSON, XML and AASX, there and back."""

from __future__ import annotations

import io
import zipfile

import pytest
from aas_core3 import types as aas

from connector.notation.problems import Invalid
from submodels.aas.aasx import to_aasx
from submodels.aas.environment import (
    environment,
    read_json,
    read_xml,
    to_json,
    to_jsonable,
    to_xml,
    verify,
)
from submodels.aas.packages import read_aasx

X = aas.DataTypeDefXSD


def sample(text: str = "0.10") -> aas.Environment:
    prop = aas.Property(X.DECIMAL, id_short="amount", value=text)
    return environment([], [aas.Submodel("urn:s", id_short="S", submodel_elements=[prop])])


def test_a_sound_environment_has_no_finding() -> None:
    assert verify(sample()) == []


def test_a_wrong_value_is_found_at_its_json_pointer() -> None:
    (finding,) = verify(sample("inf"))
    assert (finding.code, finding.pointer) == ("aas/verification", "/submodels/0/submodelElements/0")


def test_the_pointer_spells_members_as_json_does() -> None:
    wrong = aas.Submodel("urn:s", administration=aas.AdministrativeInformation(template_id="x" * 3000))
    assert {finding.pointer for finding in verify(wrong)} == {"/administration/templateId"}


def test_what_is_empty_is_left_out() -> None:
    assert to_jsonable(environment([], [])) == {}


def test_json_and_xml_there_and_back() -> None:
    assert to_jsonable(read_json(to_json(sample()))) == to_jsonable(sample())
    assert to_jsonable(read_xml(to_xml(sample()))) == to_jsonable(sample())
    assert b'xmlns="https://admin-shell.io/aas/3/0"' in to_xml(sample())


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"submodels": {}}', b'{"submodels": [{"modelType": "Nothing"}]}'])
def test_json_that_is_no_environment_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_json(raw)
    assert refusal.value.code in {"json/syntax", "aas/json"}


@pytest.mark.parametrize(
    "raw",
    [b"", b"<a/>", b"<environment", b"\xff\xfe", b'<!DOCTYPE x [<!ENTITY a "b">]><environment/>'],
)
def test_xml_that_is_no_environment_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_xml(raw)
    assert refusal.value.code == "aas/xml"


def test_a_package_there_and_back_with_its_files() -> None:
    package = to_aasx(sample(), {"aasx/files/a.pdf": ("application/pdf", b"%PDF")})
    read, files = read_aasx(package)
    assert to_jsonable(read) == to_jsonable(sample())
    assert files == {"aasx/files/a.pdf": b"%PDF"}


def test_equal_content_gives_equal_bytes() -> None:
    assert to_aasx(sample()) == to_aasx(sample())
    assert to_aasx(sample()) != to_aasx(sample("0.2"))


def test_the_package_names_its_parts_and_their_types() -> None:
    package = to_aasx(sample(), {"aasx/files/a.pdf": ("application/pdf", b"%PDF")})
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        kinds = archive.read("[Content_Types].xml").decode()
        supplements = archive.read("aasx/_rels/environment.xml.rels").decode()
    assert 'PartName="/aasx/files/a.pdf" ContentType="application/pdf"' in kinds
    assert "relationships/aas-suppl" in supplements


def test_the_outside_judge_takes_the_package() -> None:
    from aas_test_engines import file

    package = to_aasx(sample(), {"aasx/files/a.pdf": ("application/pdf", b"%PDF")})
    assert file.check_aasx_file(io.BytesIO(package)).ok()


@pytest.mark.parametrize(
    "name",
    ["", "/a", "../a", "a/../b", "a//b", "a b", "aasx/environment.xml", "aasx/aasx-origin", "x.rels", "é", "a\\b"],
)
def test_a_part_name_that_climbs_or_collides_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        to_aasx(sample(), {name: ("text/plain", b"")})
    assert refusal.value.code == "aas/part-name"


def test_a_package_of_the_older_spelling_and_a_json_part_is_read() -> None:
    package = _zip(
        {
            "aasx/_rels/aasx-origin.rels": b'<Relationships xmlns="x"><Relationship '
            b'Type="http://www.admin-shell.io/aasx/relationships/aas-spec" Target="env.json"/></Relationships>',
            "aasx/env.json": to_json(sample()),
        }
    )
    assert to_jsonable(read_aasx(package)[0]) == to_jsonable(sample())


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 no zip", b"x" * 100])
def test_bytes_that_are_no_package_are_refused(raw: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_aasx(raw)
    assert refusal.value.code == "aas/aasx"


@pytest.mark.parametrize("rels", [b"", b"<broken", b"<!DOCTYPE a><a/>", b"<a><b Type='t' Target='/x'/></a>"])
def test_a_package_without_environment_is_refused(rels: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_aasx(_zip({"_rels/.rels": rels}))
    assert refusal.value.code == ("aas/xml" if b"DOCTYPE" in rels else "aas/aasx")


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return buffer.getvalue()
