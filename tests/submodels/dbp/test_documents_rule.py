"""The DOC rule: every DocumentEntity stands once in part 2, and the other parts point to it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from submodels.aas.environment import verify
from submodels.aas.value import value_only
from submodels.dbp.build import BuiltPassport
from submodels.dbp.documents import CLASS_OF_CATEGORY, CLASSES, content_type

from .conftest import ABSENT, ROOT, built, codes

LINK = "https://docs.example/one.pdf"


def entity(content: str = LINK, **changes: Any) -> dict[str, Any]:
    return {"content": content, "category": "Safety Information", "type": "PDF", "header": "One", **changes}


def documents(passport: BuiltPassport) -> dict[str, dict[str, Any]]:
    listed = value_only(passport.submodel("HandoverDocumentation"))["Documents"]
    return {document["DocumentIds"][0]["DocumentIdentifier"]: document for document in listed}


def pointed_to(passport: BuiltPassport) -> set[str]:
    condition, circularity, nameplate, footprint = (
        value_only(passport.submodel(name))
        for name in ("ProductCondition", "Circularity", "BatteryNameplate", "CarbonFootprint")
    )
    lists = [
        nameplate["EUDeclarationOfConformity"],
        nameplate["ResultsOfTestReportsProvingCompliance"],
        condition["InformationOnAccidents"],
        circularity["DismantlingAndRemovalInformation"],
        circularity["SafetyMeasures"]["SafetyInstructions"],
        *circularity["EndOfLifeInformation"].values(),
        *(entry["WebLinkToPublicCarbonFootprintStudy"] for entry in footprint["ProductCarbonFootprints"]),
    ]
    return {identifier for listed in lists for identifier in listed}


def test_every_identifier_that_a_part_uses_stands_in_part_2(passport: BuiltPassport) -> None:
    assert len(pointed_to(passport)) > 8
    assert pointed_to(passport) <= set(documents(passport))


def test_documents_that_no_part_points_to_are_registered_as_well(passport: BuiltPassport) -> None:
    assert "https://docs.example-battery.example/company/due-diligence-2025.pdf" in documents(passport)


def test_a_document_of_part_2_is_complete() -> None:
    document = documents(built({"/safety/safetyMeasures": [entity()]}))[LINK]
    assert document == {
        "DocumentClassifications": [
            {"ClassName": [{"en": "General safety"}], "ClassId": "03-03", "ClassificationSystem": "VDI2770:2020"},
            {
                "ClassName": [{"en": "Safety Information"}],
                "ClassId": "Safety Information",
                "ClassificationSystem": "urn:samm:io.catenax.battery.battery_pass:4.0.0",
            },
        ],
        "DocumentIds": [
            {"DocumentDomainId": "BPNL00000075MFCT", "DocumentIdentifier": LINK, "DocumentIsPrimary": True}
        ],
        "DocumentVersions": [
            {
                "Language": ["en"],
                "Title": [{"en": "One"}],
                "DigitalFiles": [{"contentType": "application/pdf", "value": LINK}],
            }
        ],
    }


def test_what_is_assumed_is_told_once(passport: BuiltPassport) -> None:
    told = [finding for finding in passport.findings if finding.source == "IDTA 02035-2 Documents[]"]
    assert {finding.severity for finding in told} == {"info"}
    assert Counter(finding.code for finding in told)["dbp/assumed"] == 1
    unplaced = [finding.pointer for finding in told if finding.code == "dbp/unreferenced"]
    assert "/conformity/dueDiligencePolicy/0" in unplaced
    assert len(unplaced) == len(set(unplaced))


def test_equal_content_is_one_document_wherever_it_stands() -> None:
    passport = built({"/safety/safetyMeasures": [entity(), entity(header="Again")], "/sources": [entity()]})
    assert len([identifier for identifier in documents(passport) if identifier == LINK]) == 1
    assert documents(passport)[LINK]["DocumentVersions"][0]["Title"] == [{"en": "One"}]


def test_a_list_names_a_document_once() -> None:
    passport = built({"/safety/safetyMeasures": [entity(), entity()], "/safety/safeDischarging": [entity()]})
    assert value_only(passport.submodel("Circularity"))["SafetyMeasures"]["SafetyInstructions"] == [LINK]


def test_the_declared_id_names_the_first_declaration_everywhere() -> None:
    passport = built(
        {
            "/conformity/declarationOfConformity": [entity(), entity("https://docs.example/two.pdf")],
            "/sources": [entity()],
        }
    )
    declared = value_only(passport.submodel("BatteryNameplate"))["EUDeclarationOfConformity"]
    assert declared == ["DOC-ION-E75-2026-01", "https://docs.example/two.pdf"]
    assert LINK not in documents(passport)


def test_without_a_declared_id_the_link_is_the_id() -> None:
    passport = built(
        {"/conformity/declarationOfConformityId": ABSENT, "/conformity/declarationOfConformity": [entity()]}
    )
    assert value_only(passport.submodel("BatteryNameplate"))["EUDeclarationOfConformity"] == [LINK]


def test_content_that_is_no_link_is_named_by_its_digest_and_kept_out_of_the_file() -> None:
    passport = built({"/safety/safetyMeasures": [entity("www.alink.pdf")]})
    (identifier,) = value_only(passport.submodel("Circularity"))["SafetyMeasures"]["SafetyInstructions"][:1]
    assert identifier.startswith("sha256:")
    files = documents(passport)[identifier]["DocumentVersions"][0]["DigitalFiles"]
    assert files == [{"contentType": "application/pdf"}]
    assert "dbp/not-a-link" in codes(passport, "/safety/safetyMeasures/0")
    assert verify(passport.submodel("HandoverDocumentation")) == []


@pytest.mark.parametrize(
    "document", [{}, {"content": ""}, {"content": 7}, "https://x.example", None, {**entity(), "header": ["One"]}]
)
def test_what_is_no_document_is_told_and_left_out(document: Any) -> None:
    passport = built({"/safety/safetyMeasures": [document, entity()]})
    assert value_only(passport.submodel("Circularity"))["SafetyMeasures"]["SafetyInstructions"][0] == LINK
    assert codes(passport, "/safety/safetyMeasures/0") == {"dbp/value"}


@pytest.mark.parametrize(
    ("kind", "content", "wanted"),
    [
        ("PDF", "https://x.example/a", "application/pdf"),
        ("URL", "https://x.example/A.PDF?x", "application/pdf"),
        ("URL", "https://x.example/a", "text/html"),
        ("Other", "https://x.example/a", "application/octet-stream"),
        ("", "x", "application/octet-stream"),
    ],
)
def test_content_type(kind: str, content: str, wanted: str) -> None:
    assert content_type(kind, content) == wanted


def test_every_category_of_the_model_has_a_class() -> None:
    assert set(CLASS_OF_CATEGORY.values()) <= set(CLASSES)
    model = ROOT / "samm-models/io.catenax.generic.digital_product_passport/3.0.0/DigitalProductPassport.ttl"
    text = model.read_text(encoding="utf-8")
    assert [category for category in CLASS_OF_CATEGORY if f'"{category}"' not in text] == []
