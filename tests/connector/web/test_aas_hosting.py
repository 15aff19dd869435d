"""Writing over the AAS API: shells, submodels, elements, concepts, files and packages that the owner puts here."""

from __future__ import annotations

import io
import resource
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from connector.notation.exact_json import decode, encode
from connector.services.passports.shells import encoded
from submodels.aas import trees
from submodels.aas.aasx import Part, write_aasx
from submodels.aas.packages import read_package
from submodels.aas.value import submodel_value
from tests.conformance.aas.environment import SHELL_1, SUBMODEL_1_1, environment
from tests.connector.passport_rig import Doors, opened_doors

SHELL, SUBMODEL = f"/shells/{encoded(SHELL_1)}", f"/submodels/{encoded(SUBMODEL_1_1)}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
CONCEPT = {"modelType": "ConceptDescription", "id": "urn:example:meaning:1", "idShort": "Meaning"}


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with opened_doors(tmp_path) as doors:
        yield doors


def tree() -> Any:
    return trees.normal(trees.core("jsonization", "3.0").to_jsonable(environment()), "Environment")


async def call(doors: Doors, method: str, path: str, body: Any = None, *, data: Any = None, key: str = "") -> Any:
    """(status, what was answered: JSON, or bytes)."""
    headers = {"X-Api-Key": key or doors.operator}
    sent = data if data is not None else None if body is None else encode(body)
    async with doors.aas.request(method, f"/api/v3{path}", headers=headers, data=sent) as answer:
        raw = await answer.read()
        return answer.status, decode(raw) if answer.content_type == "application/json" and raw else raw


async def put_everything(doors: Doors) -> Any:
    whole = tree()
    for path, member in (("/submodels", "submodels"), ("/shells", "assetAdministrationShells")):
        for document in whole[member]:
            assert (await call(doors, "POST", path, document))[0] == 201
    return whole


def form(content: bytes, name: str, kind: str) -> FormData:
    said = FormData()
    said.add_field("fileName", name)
    said.add_field("file", content, filename=name, content_type=kind)
    return said


async def test_what_is_put_is_read_listed_described_and_gone(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    whole = await put_everything(doors)
    for document in whole["submodels"]:
        path = f"/submodels/{encoded(document['id'])}"
        assert (await call(doors, "GET", f"{path}/$value"))[1] == submodel_value(document)
    _, listed = await call(doors, "GET", "/shells")
    assert listed["result"][0]["id"] == passport.shell_id
    assert {shell["id"] for shell in listed["result"][1:]} == {
        each["id"] for each in whole["assetAdministrationShells"]
    }
    _, descriptor = await call(doors, "GET", f"/shell-descriptors/{encoded(SHELL_1)}")
    assert [each["id"] for each in descriptor["submodelDescriptors"]] == [
        each["keys"][0]["value"] for each in whole["assetAdministrationShells"][0]["submodels"]
    ]
    assert (await call(doors, "DELETE", SUBMODEL))[0] == 204
    assert (await call(doors, "DELETE", SHELL))[0] == 204
    assert (await call(doors, "GET", SUBMODEL))[0] == (await call(doors, "GET", SHELL))[0] == 404


async def test_lists_are_paged_through_passports_and_hosted_alike(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    await put_everything(doors)
    for path, count in (("/shells", 1 + 3), ("/submodels", len(passport.submodels) + 6)):
        seen, cursor = [], ""
        while True:
            _, page = await call(doors, "GET", f"{path}?limit=2{cursor}")
            seen += [each["id"] for each in page["result"]]
            if "cursor" not in page["paging_metadata"]:
                break
            cursor = f"&cursor={page['paging_metadata']['cursor']}"
        assert len(seen) == len(set(seen)) == count


async def test_filters_find_hosted_things(doors: Doors) -> None:
    await put_everything(doors)
    meaning = encoded(encode({"type": "ExternalReference", "keys": [{"value": "urn:example:meaning:2"}]}).decode())
    _, found = await call(doors, "GET", f"/submodels?semanticId={meaning}&limit=2")
    assert [each["idShort"] for each in found["result"]] == ["Part2", "Part2"]
    _, rest = await call(
        doors, "GET", f"/submodels?semanticId={meaning}&limit=2&cursor={found['paging_metadata']['cursor']}"
    )
    assert [each["idShort"] for each in rest["result"]] == ["Part2"]
    link = encoded(encode({"name": "partInstanceId", "value": "SN-0002"}).decode())
    for path in ("/shells", "/lookup/shells"):
        assert len((await call(doors, "GET", f"{path}?assetIds={link}"))[1]["result"]) == 1
    _, paths = await call(doors, "GET", f"/submodels/$path?semanticId={meaning}&limit=1000")
    assert paths["result"].count("Capacity") == 3


async def test_every_change_is_a_version_and_the_older_one_is_there_by_date(doors: Doors) -> None:
    await put_everything(doors)
    before = (await call(doors, "GET", SUBMODEL))[1]
    doors.rig.clock.move(hours=1)
    path = f"{SUBMODEL}/submodel-elements/Capacity"
    assert (await call(doors, "PATCH", f"{path}/$value", 80))[0] == 204
    assert (await call(doors, "GET", f"{path}/$value"))[1] == {"Capacity": 80}
    assert (await call(doors, "GET", f"{SUBMODEL}?date=2026-11-21T12:30:00Z"))[1] == before
    new = {"modelType": "Property", "idShort": "Late", "valueType": "xs:string", "value": "x"}
    assert (await call(doors, "POST", f"{SUBMODEL}/submodel-elements", new))[0] == 201
    assert (await call(doors, "PUT", f"{SUBMODEL}/submodel-elements/Late", {**new, "value": "y"}))[0] == 204
    assert (await call(doors, "DELETE", f"{SHELL}{SUBMODEL}/submodel-elements/Late"))[0] == 204
    assert (await call(doors, "GET", f"{SUBMODEL}/submodel-elements/Late"))[0] == 404
    events = [event for event, _ in await doors.rig.audited(SUBMODEL_1_1)]
    assert events == ["submodel.put"] * 5


async def test_put_creates_and_replaces_and_the_ids_must_agree(doors: Doors) -> None:
    document = tree()["submodels"][0]
    assert (await call(doors, "PUT", SUBMODEL, document))[0] == 201
    assert (await call(doors, "PUT", SUBMODEL, {**document, "category": "X"}))[0] == 204
    assert (await call(doors, "POST", "/submodels", document))[1]["messages"][0]["code"] == "aas/exists"
    status, said = await call(doors, "PUT", f"/submodels/{encoded('urn:other')}", document)
    assert (status, said["messages"][0]["code"]) == (400, "aas/id")


async def test_the_parts_of_a_shell_are_written(doors: Doors) -> None:
    whole = await put_everything(doors)
    shell = whole["assetAdministrationShells"][0]
    information = {**shell["assetInformation"], "assetType": "urn:example:pack"}
    assert (await call(doors, "PUT", f"{SHELL}/asset-information", information))[0] == 204
    assert (await call(doors, "GET", f"{SHELL}/asset-information"))[1] == information
    reference = {"type": "ModelReference", "keys": [{"type": "Submodel", "value": "urn:example:elsewhere"}]}
    assert (await call(doors, "POST", f"{SHELL}/submodel-refs", reference))[0] == 201
    assert (await call(doors, "POST", f"{SHELL}/submodel-refs", reference))[0] == 409
    assert len((await call(doors, "GET", f"{SHELL}/submodel-refs"))[1]["result"]) == 3
    assert (await call(doors, "DELETE", f"{SHELL}/submodel-refs/{encoded('urn:example:elsewhere')}"))[0] == 204
    assert (await call(doors, "DELETE", f"{SHELL}{SUBMODEL}"))[0] == 204
    assert len((await call(doors, "GET", f"{SHELL}/submodel-refs"))[1]["result"]) == 1


async def test_thumbnail_and_attachment(doors: Doors) -> None:
    await put_everything(doors)
    kept = doors.rig.shells.files.content
    for path, content, name, kind in (
        (f"{SHELL}/asset-information/thumbnail", PNG, "battery photo.png", "image/png"),
        (f"{SUBMODEL}/submodel-elements/Manual/attachment", b"%PDF-1.7", "../../manual.pdf", "application/pdf"),
    ):
        assert (await call(doors, "GET", path))[0] == 404
        assert (await call(doors, "PUT", path, data=form(content, name, kind)))[0] == 204
        assert await call(doors, "GET", path) == (200, content)
        assert (await call(doors, "PUT", path, data=form(content + b"2", name, kind)))[0] == 204
        assert await call(doors, "GET", path) == (200, content + b"2")
        if "thumbnail" not in path:
            _, element = await call(doors, "GET", path.removesuffix("/attachment"))
            assert (element["value"], element["contentType"]) == ("/aasx/files/Manual/manual.pdf", kind)
        assert (await call(doors, "DELETE", path))[0] == 204
        assert (await call(doors, "GET", path))[0] == 404
    assert not [path for path in kept._folder.iterdir() if path.is_file()]
    status, said = await call(
        doors, "PUT", f"{SUBMODEL}/submodel-elements/Capacity/attachment", data=form(b"", "a", "b/c")
    )
    assert (status, said["messages"][0]["code"]) == (400, "aas/no-value")


async def test_a_head_is_answered_without_a_body(doors: Doors) -> None:
    await put_everything(doors)
    picture = f"{SHELL}/asset-information/thumbnail"
    assert (await call(doors, "PUT", picture, data=form(PNG, "a.png", "image/png")))[0] == 204
    for path in (picture, "/serialization", SUBMODEL):
        async with doors.aas.head(f"/api/v3{path}", headers={"X-Api-Key": doors.operator}) as answer:
            assert (answer.status, await answer.read()) == (200, b"")
        assert (await call(doors, "GET", path))[0] == 200


async def test_concept_descriptions(doors: Doors) -> None:
    await put_everything(doors)
    path = f"/concept-descriptions/{encoded(CONCEPT['id'])}"
    assert (await call(doors, "POST", "/concept-descriptions", CONCEPT))[0] == 201
    assert await call(doors, "GET", path) == (200, CONCEPT)
    reference = {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": "urn:example:broader"}]}
    changed = {**CONCEPT, "isCaseOf": [reference]}
    assert (await call(doors, "PUT", path, changed))[0] == 204
    case = encoded(encode(reference).decode())
    assert len((await call(doors, "GET", f"/concept-descriptions?isCaseOf={case}&idShort=Meaning"))[1]["result"]) == 1
    assert (await call(doors, "GET", f"/concept-descriptions?dataSpecificationRef={case}"))[1]["result"] == []
    _, whole = await call(doors, "GET", f"/serialization?submodelIds={encoded(SUBMODEL_1_1)}")
    assert [each["id"] for each in whole["conceptDescriptions"]] == [CONCEPT["id"]]
    query = f"/serialization?submodelIds={encoded(SUBMODEL_1_1)}&includeConceptDescriptions=false"
    assert "conceptDescriptions" not in (await call(doors, "GET", query))[1]
    assert (await call(doors, "DELETE", path))[0] == 204
    assert (await call(doors, "GET", path))[1]["messages"][0]["code"] == "aas/concept-unknown"


def package(metamodel: Any = "3.0") -> bytes:
    whole = tree()
    for shell in whole["assetAdministrationShells"]:
        resource_ = {"path": "/aasx/files/t.png", "contentType": "image/png"}
        shell["assetInformation"]["defaultThumbnail"] = resource_
    for submodel in whole["submodels"]:
        manual = next(each for each in submodel["submodelElements"] if each.get("idShort") == "Manual")
        manual["value"] = "/aasx/files/manual.pdf"
    target = io.BytesIO()
    parts = [
        Part("aasx/files/manual.pdf", "application/pdf", lambda: io.BytesIO(b"%PDF")),
        Part("aasx/files/t.png", "image/png", lambda: io.BytesIO(PNG)),
        Part("aasx/files/nobody.txt", "text/plain", lambda: io.BytesIO(b"x")),
    ]
    write_aasx(target, trees.write_xml(whole, metamodel), parts)
    return target.getvalue()


@pytest.mark.parametrize("metamodel", ["3.0", "3.1"])
async def test_a_package_comes_in_and_goes_out_with_its_files(doors: Doors, metamodel: Any) -> None:
    status, taken = await call(doors, "POST", "/packages", data=form(package(metamodel), "p.aasx", "application/zip"))
    assert (status, taken["packageId"], len(taken["submodelIds"])) == (201, SHELL_1, 6)
    assert (taken["files"], taken["unusedFiles"]) == (
        ["aasx/files/manual.pdf", "aasx/files/t.png"],
        ["aasx/files/nobody.txt"],
    )
    assert await call(doors, "GET", f"{SHELL}/asset-information/thumbnail") == (200, PNG)
    assert await call(doors, "GET", f"{SUBMODEL}/submodel-elements/Manual/attachment") == (200, b"%PDF")
    _, listed = await call(doors, "GET", f"/packages?aasId={encoded(SHELL_1)}")
    assert listed["result"] == [{"packageId": SHELL_1, "aasIds": [SHELL_1]}]
    for asked in ("3.0", "3.1"):
        _, raw = await call(doors, "GET", f"/packages/{encoded(SHELL_1)}?metamodel={asked}")
        assert f"https://admin-shell.io/aas/{asked.replace('.', '/')}".encode() in zipfile.ZipFile(
            io.BytesIO(raw)
        ).read("aasx/environment.xml")
        back = read_package(io.BytesIO(raw))
        assert {*back.media_types} == {"aasx/files/manual.pdf", "aasx/files/t.png"}
        assert back.thumbnail == "aasx/files/t.png"
        assert len(back.environment["submodels"]) == 2
    assert (await call(doors, "POST", "/packages", data=package()))[0] == 409
    assert (await call(doors, "PUT", f"/packages/{encoded(SHELL_1)}", data=package()))[0] == 204
    assert (await call(doors, "DELETE", f"/packages/{encoded(SHELL_1)}"))[0] == 204
    assert (await call(doors, "GET", SUBMODEL))[0] == 404


async def test_an_import_that_is_refused_leaves_nothing_behind(doors: Doors) -> None:
    whole = tree()
    whole["submodels"][5]["submodelElements"][0]["value"] = "no number"
    target = io.BytesIO()
    parts = [Part("aasx/files/a.pdf", "application/pdf", lambda: io.BytesIO(b"%PDF"))]
    write_aasx(target, trees.write_xml(whole), parts)
    status, said = await call(doors, "POST", "/packages", data=target.getvalue())
    assert (status, said["messages"][0]["code"]) == (400, "aas/verification")
    assert "/submodels" not in said["messages"][0]["text"]
    assert (await call(doors, "GET", "/submodels"))[1]["result"] == []
    assert not [path for path in doors.rig.shells.files.content._folder.iterdir() if path.is_file()]


async def test_a_passport_s_own_documents_are_not_written(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    shell = f"/shells/{encoded(passport.shell_id)}"
    submodel = f"/submodels/{encoded(passport.submodels[0]['id'])}"
    whole = (await call(doors, "GET", submodel))[1]
    for method, path, body in (
        ("PUT", submodel, whole),
        ("POST", "/submodels", whole),
        ("PATCH", f"{submodel}/$value", {}),
        ("DELETE", submodel, None),
        ("DELETE", shell, None),
        ("PUT", shell, decode(passport.shell)),
        ("DELETE", f"{shell}/asset-information/thumbnail", None),
        ("DELETE", f"/packages/{encoded(passport.shell_id)}", None),
    ):
        status, said = await call(doors, method, path, body)
        assert (status, said["messages"][0]["code"]) == (403, "aas/of-passport"), (method, path)


async def test_a_reader_may_not_write(doors: Doors) -> None:
    for method, path in (("POST", "/shells"), ("POST", "/packages"), ("DELETE", SUBMODEL)):
        assert (await call(doors, method, path, {}, key=doors.reader))[0] == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/submodels", {}),
        ("/submodels", []),
        ("/submodels", 7),
        ("/submodels", {"modelType": "Submodel", "id": ""}),
        ("/submodels", {"modelType": "Submodel", "id": "urn:x" * 500}),
        ("/shells", {"modelType": "AssetAdministrationShell", "id": "urn:x"}),
        ("/concept-descriptions", {"modelType": "ConceptDescription"}),
        ("/packages", {}),
        ("/packages", [1]),
    ],
)
async def test_what_is_no_aas_is_refused_in_the_standard_s_form(doors: Doors, path: str, body: Any) -> None:
    status, said = await call(doors, "POST", path, body)
    if path == "/packages" and body == {}:
        assert (status, said["packageId"]) == (201, "")
        return
    assert (status, said.keys()) == (400, {"messages"})


async def test_memory_is_flat_while_a_large_package_comes_and_goes(doors: Doors, tmp_path: Path) -> None:
    """190 MB of files beside the environment; what the process grows by is a fraction of them."""
    whole = tree()
    files = 19
    submodel = whole["submodels"][0]
    for number in range(files):
        element = {"modelType": "File", "idShort": f"File{number}", "contentType": "application/pdf"}
        submodel["submodelElements"].append({**element, "value": f"/aasx/files/{number}.pdf"})
    block = tmp_path / "block"
    block.write_bytes(b"0123456789" * 1_000_000)
    parts = [Part(f"aasx/files/{number}.pdf", "application/pdf", lambda: block.open("rb")) for number in range(files)]
    file = tmp_path / "large.aasx"
    with file.open("wb") as target:
        write_aasx(target, trees.write_xml(whole), parts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with file.open("rb") as source:
        assert (await call(doors, "POST", "/packages", data=source))[0] == 201
    headers, size = {"X-Api-Key": doors.operator}, 0
    async with doors.aas.get(f"/api/v3/packages/{encoded(SHELL_1)}", headers=headers) as answer:
        async for piece in answer.content.iter_chunked(1 << 16):
            size += len(piece)
    assert size > 190_000_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 60_000_000
