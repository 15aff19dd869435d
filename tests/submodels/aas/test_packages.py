"""AASX packages of others: what is read, what is refused, and what is written."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from connector.notation.exact_json import encode
from connector.notation.problems import Conflict, Invalid, Problem, TooLarge
from submodels.aas import trees
from submodels.aas.aasx import Part, write_aasx
from submodels.aas.packages import Bounds, part_name, read_package
from tests.conformance.aas.environment import environment

NEW, OLD = "http://admin-shell.io/aasx/relationships/", "http://www.admin-shell.io/aasx/relationships/"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = (
    b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="PDF" ContentType="application/pdf"/>'
    b'<Override PartName="/aasx/files/My%20Manual.bin" ContentType="application/x-manual"/></Types>'
)


def tree() -> Any:
    return trees.normal(trees.core("jsonization", "3.0").to_jsonable(environment()), "Environment")


def relations(*pairs: tuple[str, str]) -> bytes:
    lines = "".join(f'<Relationship Type="{kind}" Target="{target}" Id="r"/>' for kind, target in pairs)
    return f'<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="{RELATIONS}">{lines}</Relationships>'.encode()


def zipped(members: Mapping[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return buffer


def foreign(
    spec: bytes, name: str = "aasx/env.xml", prefix: str = NEW, more: Mapping[str, bytes] | None = None
) -> io.BytesIO:
    """A package as another tool would write it, with relative targets."""
    folder, _, file = name.rpartition("/")
    return zipped(
        {
            "[Content_Types].xml": CONTENT_TYPES,
            "_rels/.rels": relations((prefix + "aasx-origin", "aasx/aasx-origin")),
            "aasx/aasx-origin": b"origin",
            "aasx/_rels/aasx-origin.rels": relations((prefix + "aas-spec", file if folder == "aasx" else "/" + name)),
            name: spec,
            **(more or {}),
        }
    )


@pytest.mark.parametrize("prefix", [NEW, OLD])
@pytest.mark.parametrize("form", ["3.0", "3.1", "json", "utf-16"])
def test_both_prefixes_both_namespaces_and_json_are_read(prefix: str, form: str) -> None:
    whole = tree()
    if form == "json":
        spec, name = encode(whole), "aasx/env.json"
    else:
        spec, name = trees.write_xml(whole, "3.1" if form == "3.1" else "3.0"), "aasx/env.xml"
        spec = spec.decode().replace("UTF-8", "UTF-16").encode("utf-16") if form == "utf-16" else spec
    assert read_package(foreign(spec, name, prefix)).environment == whole


def test_files_have_the_media_types_that_the_package_says() -> None:
    more = {"aasx/files/My Manual.bin": b"1", "aasx/files/a.pdf": b"22", "aasx/files/b.png": b"3"}
    package = read_package(foreign(encode({}), "aasx/env.json", more=more))
    assert package.media_types == {
        "aasx/files/My Manual.bin": "application/x-manual",
        "aasx/files/a.pdf": "application/pdf",
        "aasx/files/b.png": "image/png",
    }
    assert b"".join(package.pieces("aasx/files/a.pdf")) == b"22"


def test_several_environments_are_put_together_and_the_same_id_twice_is_refused() -> None:
    whole = tree()
    others = {name: each for name, each in whole.items() if name != "submodels"}
    parts = [others, {"submodels": whole["submodels"]}]
    more = {
        "aasx/a.json": encode(parts[0]),
        "aasx/b.json": encode(parts[1]),
        "aasx/_rels/aasx-origin.rels": relations((NEW + "aas-spec", "a.json"), (OLD + "aas-spec", "/aasx/b.json")),
    }
    members = {
        "_rels/.rels": relations((NEW + "aasx-origin", "/aasx/aasx-origin")),
        "aasx/aasx-origin": b"",
        **more,
    }
    assert read_package(zipped(members)).environment == whole
    with pytest.raises(Conflict):
        read_package(zipped({**members, "aasx/a.json": encode(parts[1])}))


@pytest.mark.parametrize(
    "name",
    [
        "../out.txt",
        "aasx/../../out.txt",
        "aasx/%2e%2e/out.txt",
        "/etc/passwd",
        "C:/windows/x",
        "aasx\\..\\x",
        "aasx/./x",
        "aasx//x",
        "aasx/a\nb",
    ],
)
def test_a_part_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_package(foreign(encode({}), "aasx/env.json", more={name: b"x"}))
    assert refused.value.code == "aas/part-name"


def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_package(foreign(encode({}), "aasx/env.json", more={"aasx/F.pdf": b"1", "aasx/f.PDF": b"2"}))
    assert refused.value.code == "aas/part-name"


BOMB = '<!DOCTYPE a [<!ENTITY b "{}"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'.format("x" * 1000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("place", ["aasx/env.xml", "_rels/.rels", "[Content_Types].xml"])
def test_entities_are_refused_wherever_they_stand(place: str, encoding: str) -> None:
    hostile = f"<?xml version='1.0' encoding='{encoding}'?>{BOMB}<environment>&c;</environment>".encode(encoding)
    with pytest.raises(Invalid) as refused:
        read_package(foreign(trees.write_xml({}), more={place: hostile}))
    assert refused.value.code == "aas/xml"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("bounds", "more"),
    [
        (Bounds(), {"aasx/files/zeros.bin": bytes(4 * 1024 * 1024)}),
        (Bounds(total=1000), {"aasx/files/a.bin": bytes(1001)}),
        (Bounds(members=5), {"aasx/files/a.bin": b""}),
        (Bounds(environment=1), {}),
    ],
)
def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(bounds: Bounds, more: dict[str, bytes]) -> None:
    with pytest.raises(TooLarge) as refused:
        read_package(foreign(encode({}), "aasx/env.json", more=more), bounds)
    assert refused.value.code == "aas/aasx-size"


@pytest.mark.parametrize("place", range(0, 600, 7))
def test_a_damaged_package_is_refused_and_nothing_else_happens(place: int) -> None:
    raw = bytearray(foreign(trees.write_xml(tree())).getvalue())
    raw[place % len(raw)] ^= 0xFF
    with contextlib.suppress(Problem):
        package = read_package(io.BytesIO(bytes(raw)))
        for name in package.media_types:
            b"".join(package.pieces(name))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("/aasx/files/a.pdf", "aasx/files/a.pdf"),
        ("aasx/files/a.pdf", "aasx/files/a.pdf"),
        ("file:///aasx/files/a%20b.pdf", "aasx/files/a b.pdf"),
        ("file:/aasx/files/a.pdf", "aasx/files/a.pdf"),
        ("https://docs.battery.example/a.pdf", ""),
        ("urn:uuid:1", ""),
        ("", ""),
    ],
)
def test_which_part_a_file_s_value_means(value: str, name: str) -> None:
    assert part_name(value) == name


def test_what_is_written_is_read_again_with_files_and_thumbnail() -> None:
    whole, target = tree(), io.BytesIO()
    parts = [
        Part("aasx/files/a.pdf", "application/pdf", lambda: io.BytesIO(b"%PDF")),
        Part("aasx/files/t.png", "image/png", lambda: io.BytesIO(b"\x89PNG")),
    ]
    write_aasx(target, trees.write_xml(whole, "3.1"), parts, thumbnail="aasx/files/t.png")
    package = read_package(target)
    assert (package.environment, package.thumbnail) == (whole, "aasx/files/t.png")
    assert {name: b"".join(package.pieces(name)) for name in package.media_types} == {
        "aasx/files/a.pdf": b"%PDF",
        "aasx/files/t.png": b"\x89PNG",
    }


def test_the_oldest_metamodel_that_can_say_it() -> None:
    whole = tree()
    assert trees.oldest(whole) == "3.0" == trees.metamodel_of(whole)
    whole["submodels"][0]["submodelElements"].append({"modelType": "File", "idShort": "Later"})
    assert trees.oldest(whole) == "3.1" == trees.metamodel_of(whole)
