"""Every element of BatteryPass 4.0.0 and the point of Annex XIII of Regulation (EU) 2023/1542 that it falls under.

A path is written with the payload's names: `.` goes into an object, `[]` into the items of a list, `left` and `right`
are the sides of an Either. A row names an element and its shape; the shape lists the leaves below it, so that a member
which the model does not know is in no row. `basis` says where the point comes from:

* `model`: the text of the aspect model names this point for the element;
* `inherited`: the text names it for an element above or for its like beside it;
* `law`: the words of Annex XIII name the element, the model's text names another point or none;
* `reviewed`: neither names it; our choice, on the side of holding back where the content can tell of one battery.

Where the text names a public point and a restricted one, the public one counts for plain values (they stand on the
label) and the restricted one for documents and for composition in detail.
"""

from __future__ import annotations

from typing import Final

Shape = tuple[str, ...]

VALUE: Final[Shape] = ("",)


def _under(prefix: str, *shapes: Shape) -> Shape:
    return tuple(prefix + leaf for shape in shapes for leaf in shape)


RECORD: Final[Shape] = (".value", ".time")
MEASURE: Final[Shape] = (".value", ".unit")
KEYED: Final[Shape] = ("[].key", "[].value")
DOCUMENTS: Final[Shape] = ("[].content", "[].category", "[].type", "[].header")
ADDRESS: Final[Shape] = (
    *_under(".thoroughfare", (".technicalKey", ".value", ".number")),
    *(f".{part}{leaf}" for part in ("locality", "premise", "postalDeliveryPoint", "postCode") for leaf in
      (".technicalKey", ".value")),
    ".country.shortName",
)  # fmt: skip
PLANT: Final[Shape] = (
    *_under(".left", ADDRESS),
    *_under(".right", (".locationIdentifier.left", ".locationIdentifier.right", ".locationIdentifierType")),
)
BUSINESS: Final[Shape] = (
    ".left.companyName[]",
    *_under(".left.contactProperty", (".website", ".phoneNumber", ".email", ".faxNumber")),
    *_under(".left.address", ADDRESS),
    *_under(".right[]", (".businessIdentifier.left", ".businessIdentifier.right", ".businessIdentifierType")),
)
NAME: Final[Shape] = (".chemicalName", ".type")
SUBSTANCE_IDS: Final[Shape] = ("[].materialid", "[].type")
CONCENTRATION: Final[Shape] = (".left[].min", ".left[].max", ".right.value")
HAZARDOUS: Final[Shape] = (
    *_under(".left.supportingDocument", DOCUMENTS),
    *_under(".left.concentration", CONCENTRATION),
    ".left.location",
    ".left.substanceUnit",
    ".right",
)
MATERIALS_NAMED: Final[Shape] = (
    *_under(".left[].substanceName", NAME),
    *_under(".left[].substanceIdentification", SUBSTANCE_IDS),
    ".left[].hazardClass",
    ".left[].renewable",
    ".left[].recycled",
    ".right",
)
MATERIALS_DETAILED: Final[Shape] = (
    *_under(".left[].supportingDocument", DOCUMENTS),
    *_under(".left[].concentration", CONCENTRATION),
    ".left[].location",
    ".left[].substanceUnit",
)
MATERIALS: Final[Shape] = (*MATERIALS_NAMED, *MATERIALS_DETAILED)

# element, shape below it, point of Annex XIII, basis
ROWS: Final[tuple[tuple[str, Shape, str, str], ...]] = (
    ("identification.category", VALUE, "1(a)", "model"),
    ("identification.idDmc", VALUE, "1(a)", "inherited"),
    ("identification.typeId", VALUE, "1(a)", "model"),
    ("identification.chemistry", VALUE, "1(a)", "model"),
    ("identification.additionalCode", KEYED, "1(a)", "inherited"),
    ("identification.localIdentifier", KEYED, "1(a)", "inherited"),
    ("identification.typology", (".longName", ".shortName", ".class.code", ".class.definition"), "1(a)", "inherited"),
    *(
        row
        for metal in ("nickel", "lithium", "cobalt", "lead")
        for row in (
            (f"chemicalMaterial.activeMaterials.{metal}", (".left.recycled", ".right"), "1(e)", "model"),
            (f"chemicalMaterial.activeMaterials.{metal}.left.supportingDocument", DOCUMENTS, "1(e)", "inherited"),
            (f"chemicalMaterial.activeMaterials.{metal}.left.location", VALUE, "2(a)", "law"),
        )
    ),
    ("chemicalMaterial.activeMaterials.otherMaterials", MATERIALS, "2(a)", "model"),
    ("chemicalMaterial.materialSymbol", (".left", ".right[]"), "1(q)", "reviewed"),
    ("chemicalMaterial.hazardousSubstance.lead", HAZARDOUS, "1(a)", "model"),
    ("chemicalMaterial.hazardousSubstance.cadmium", HAZARDOUS, "1(a)", "model"),
    ("chemicalMaterial.hazardousSubstance.mercury", HAZARDOUS, "1(a)", "model"),
    ("chemicalMaterial.hazardousSubstance.other", MATERIALS, "1(b)", "model"),
    ("chemicalMaterial.otherMaterials", MATERIALS_NAMED, "1(b)", "model"),
    ("chemicalMaterial.otherMaterials", MATERIALS_DETAILED, "2(a)", "model"),
    ("chemicalMaterial.criticalMaterial[].criticalName", VALUE, "1(a)", "model"),
    ("chemicalMaterial.criticalMaterial[].substanceIdentification", SUBSTANCE_IDS, "1(a)", "inherited"),
    ("chemicalMaterial.criticalMaterial[].substanceName", NAME, "1(a)", "inherited"),
    ("circularity.documents.separateCollection", DOCUMENTS, "1(s)", "model"),
    ("circularity.documents.wastePrevention", DOCUMENTS, "1(s)", "model"),
    ("circularity.documents.impactOfSubstances", DOCUMENTS, "1(s)", "model"),
    ("circularity.documents.euTaxonomyDisclosureStatement", DOCUMENTS, "1(d)", "reviewed"),
    ("circularity.documents.sustainabilityReport", DOCUMENTS, "1(d)", "reviewed"),
    ("circularity.documents.separateCollectionSymbol", (".left", ".right[]"), "1(q)", "model"),
    (
        "circularity.carbonFootprint[]",
        (".value", ".rulebook", ".lifecycle", ".unit", ".type", ".performanceClass", ".declaration"),
        "1(c)",
        "model",
    ),
    ("circularity.carbonFootprint[].manufacturingPlant", PLANT, "1(c)", "inherited"),
    ("circularity.spareParts.left.producer[].id", BUSINESS, "2(b)", "law"),
    ("circularity.spareParts.left.sparePart", ("[].partNumber", "[].partName"), "2(b)", "law"),
    ("circularity.spareParts.right", VALUE, "2(b)", "law"),
    ("circularity.status", VALUE, "4(c)", "law"),
    ("generalInformation.intoServiceDate", VALUE, "4(d)", "reviewed"),
    ("generalInformation.manufacturer.facility", PLANT, "1(a)", "inherited"),
    ("generalInformation.manufacturer.manufacturer", BUSINESS, "1(a)", "inherited"),
    ("generalInformation.manufacturer.manufacturingDate", VALUE, "1(a)", "inherited"),
    ("generalInformation.lifespan", ("[].unit", "[].value", "[].key"), "1(m)", "inherited"),
    ("sources", DOCUMENTS, "2(a)", "reviewed"),
    ("performance.rated.voltage", (".min", ".max", ".nominal", ".temperature"), "1(h)", "model"),
    ("performance.rated.roundTripEfficiency", (".initial", ".50PercentLife", ".temperature"), "1(n)", "model"),
    ("performance.rated.roundTripEfficiency.depthOfDischarge", VALUE, "4(a)", "model"),
    ("performance.rated.energy", (".value", ".temperature"), "1(a)", "reviewed"),
    ("performance.rated.resistance", (".cell", ".module", ".pack", ".temperature"), "1(o)", "model"),
    ("performance.rated.power", (".value", ".temperature"), "1(i)", "law"),
    ("performance.rated.power", (".at20SoC", ".at80SoC"), "4(a)", "model"),
    ("performance.rated.capacity", (".value", ".temperature"), "1(g)", "model"),
    ("performance.rated.capacity.thresholdExhaustion", VALUE, "1(k)", "model"),
    ("performance.rated.performanceDocument", DOCUMENTS, "3", "model"),
    ("performance.rated.temperature", (".lower", ".upper"), "1(l)", "model"),
    ("performance.rated.selfDischargingRate", VALUE, "4(b)", "model"),
    ("performance.rated.testReport", DOCUMENTS, "3", "model"),
    ("performance.rated.lifetime.expectedYears", VALUE, "4(a)", "model"),
    ("performance.rated.lifetime.report", DOCUMENTS, "3", "model"),
    ("performance.rated.lifetime.cycleLifeTesting", (".cycles", ".temperature"), "1(j)", "law"),
    ("performance.rated.lifetime.cycleLifeTesting.depthOfDischarge", VALUE, "4(a)", "model"),
    (
        "performance.rated.lifetime.cycleLifeTesting",
        (".appliedChargeRate", ".appliedDischargeRate"),
        "1(p)",
        "model",
    ),
    ("performance.dynamic.stateOfCharge", RECORD, "4(d)", "model"),
    ("performance.dynamic.fullCycles", RECORD, "4(d)", "model"),
    ("performance.dynamic.performanceDocument", DOCUMENTS, "4(a)", "model"),
    ("performance.dynamic.selfDischargingRate", VALUE, "4(b)", "model"),
    ("performance.dynamic.power.fade", RECORD, "4(a)", "model"),
    ("performance.dynamic.power.remaining", RECORD, "4(b)", "model"),
    ("performance.dynamic.capacity.fade", RECORD, "4(a)", "model"),
    ("performance.dynamic.capacity.throughput", RECORD, "4(d)", "reviewed"),
    ("performance.dynamic.capacity.capacity", RECORD, "4(b)", "model"),
    ("performance.dynamic.roundTripEfficiency.fade", RECORD, "4(a)", "model"),
    ("performance.dynamic.roundTripEfficiency.remaining", RECORD, "4(b)", "model"),
    *(
        row
        for level, basis in (("pack", "model"), ("module", "inherited"), ("cell", "model"))
        for row in (
            (f"performance.dynamic.resistance.increase.{level}", RECORD, "4(a)", basis),
            (f"performance.dynamic.resistance.remaining.{level}", RECORD, "4(b)", basis),
        )
    ),
    ("performance.dynamic.energy.soce", RECORD, "4(b)", "model"),
    ("performance.dynamic.energy.remaining", RECORD, "4(b)", "reviewed"),
    ("performance.dynamic.energy.throughput", RECORD, "4(d)", "reviewed"),
    ("performance.dynamic.negativeEvents", DOCUMENTS, "4(d)", "model"),
    ("performance.dynamic.operatingEnvironment", DOCUMENTS, "4(d)", "model"),
    ("conformity.declarationOfConformityId", VALUE, "1(r)", "model"),
    ("conformity.declarationOfConformity", DOCUMENTS, "1(r)", "model"),
    ("conformity.resultOfTestReport", DOCUMENTS, "3", "model"),
    ("conformity.thirdPartyAssurance", DOCUMENTS, "1(d)", "model"),
    ("conformity.dueDiligencePolicy", DOCUMENTS, "1(d)", "model"),
    ("safety.usableExtinguishAgent", ("[].media", "[].fireClass"), "1(a)", "model"),
    ("safety.usableExtinguishAgent[].document", DOCUMENTS, "1(a)", "inherited"),
    ("safety.safetyMeasures", DOCUMENTS, "2(d)", "model"),
    ("safety.meaningOfLabels", DOCUMENTS, "1(s)", "model"),
    ("safety.safeDischarging", DOCUMENTS, "2(d)", "reviewed"),
    ("safety.dismantling", DOCUMENTS, "2(c)", "model"),
    ("safety.removalFromAppliance", DOCUMENTS, "2(c)", "reviewed"),
    ("physicalDimension.weight", MEASURE, "1(a)", "model"),
    ("physicalDimension.volume", MEASURE, "1(a)", "inherited"),
    ("physicalDimension.height", MEASURE, "1(a)", "inherited"),
    ("physicalDimension.diameter", MEASURE, "1(a)", "inherited"),
    ("physicalDimension.length", MEASURE, "1(a)", "inherited"),
    ("physicalDimension.width", MEASURE, "1(a)", "inherited"),
    ("metadata", (".version", ".status", ".expirationDate", ".issueDate"), "1(a)", "reviewed"),
    ("metadata.economicOperator.economicOperatorId", BUSINESS, "1(a)", "reviewed"),
    ("metadata.predecessor", (".left", ".right"), "1(a)", "reviewed"),
    ("metadata.passportIdentifier", (".left", ".right"), "1(a)", "reviewed"),
)

POINTS: Final[dict[str, str]] = {path + leaf: point for path, shape, point, _ in ROWS for leaf in shape}
