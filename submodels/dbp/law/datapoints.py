"""The data points of a battery passport, and for which batteries each is to be filled.

Facts of the European Commission's guidance on data points by category, version 1.0 of 28 July 2026
(Ares(2026)7579758), as of February 2027; names are ours. A newer guidance is a new table beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

VERSION: Final = "1.0"
ISSUED: Final = "2026-07-28"
CATEGORIES: Final = ("EV", "LMT", "industrial")
Answer = Literal["mandatory", "optional", "conditional", "not-to-be-filled", "pending"]
Audience = Literal["public", "legitimate-interest", "authorities"]
_ANSWERS: Final[dict[str, Answer]] = {
    "M": "mandatory",
    "o": "optional",
    "c": "conditional",
    "-": "not-to-be-filled",
    "p": "pending",
}
_AUDIENCES: Final[dict[str, Audience]] = {"P": "public", "L": "legitimate-interest", "A": "authorities"}


@dataclass(frozen=True, slots=True)
class DataPoint:
    """One data point. `sources` are all needed; each names the paths of BatteryPass 4.0.0, any of which will do."""

    number: int
    name: str
    law: str
    audience: Audience
    answers: tuple[Answer, ...]
    sources: tuple[str, ...]

    def answer(self, category: str) -> Answer:
        """What holds for a category of `CATEGORIES`."""
        return self.answers[CATEGORIES.index(category)]


def _point(number: int, name: str, law: str, audience: str, answers: str, *sources: str) -> DataPoint:
    return DataPoint(
        number, name, law, _AUDIENCES[audience], tuple(_ANSWERS[answer] for answer in answers), tuple(sources)
    )


_MAKER = "generalInformation.manufacturer.manufacturer"
_ACTIVE = "chemicalMaterial.activeMaterials"
_RATED = "performance.rated"
_DYNAMIC = "performance.dynamic"
_SPARE = "circularity.spareParts"
_ENDED = "circularity.documents"
_DECLARED = f"{_RATED}.lifetime"
_OTHERS = "chemicalMaterial.otherMaterials"
_DECLARATION = "conformity.declarationOfConformity[]"

DATA_POINTS: Final = (
    _point(1, "unique identifier", "77(3)", "P", "MMM", "identification.idDmc | context.unit_url"),
    _point(
        2,
        "who registers, or is responsible for, the passport",
        "77(3)",
        "P",
        "MMM",
        "metadata.economicOperator.economicOperatorId.{left,right} | context.operator_id",
    ),
    _point(3, "manufacturer's name", "VI A(1)", "P", "MMM", f"{_MAKER}.left.companyName[] | context.manufacturer_name"),
    _point(
        4,
        "manufacturer's postal address",
        "VI A(1)",
        "P",
        "MMM",
        f"{_MAKER}.left.address | context.manufacturer_address",
    ),
    _point(
        5,
        "manufacturer's web and e-mail address",
        "VI A(1)",
        "P",
        "ooo",
        f"{_MAKER}.left.contactProperty.{{website,email}} | context.manufacturer_address",
    ),
    _point(6, "category", "VI A(2)", "P", "MMM", "identification.category"),
    _point(
        7,
        "model, and batch or serial number",
        "VI A(2)",
        "P",
        "MMM",
        "identification.typeId",
        "identification.localIdentifier[].value",
    ),
    _point(
        8,
        "place of manufacture",
        "VI A(3)",
        "P",
        "MMM",
        "generalInformation.manufacturer.facility.{left,right} | context.facility_bpns",
    ),
    _point(9, "date of manufacture", "VI A(4)", "P", "MMM", "generalInformation.manufacturer.manufacturingDate"),
    _point(10, "weight", "VI A(5)", "P", "MMM", "physicalDimension.weight.value"),
    _point(11, "capacity", "VI A(6)", "P", "MMM", f"{_RATED}.capacity.value"),
    _point(12, "chemistry", "VI A(7)", "P", "MMM", "identification.chemistry"),
    _point(
        13,
        "hazardous substances other than mercury, cadmium, lead",
        "VI A(8)",
        "P",
        "MMM",
        f"chemicalMaterial.hazardousSubstance.other.{{left,right}} | {_OTHERS}.{{left,right}}",
    ),
    _point(14, "extinguishing agent", "VI A(9)", "P", "MMM", "safety.usableExtinguishAgent[].media"),
    _point(15, "critical raw materials", "VI A(10)", "P", "MMM", "chemicalMaterial.criticalMaterial"),
    _point(16, "material composition for the public", "XIII(1)(b)", "P", "---"),
    _point(17, "carbon footprint declaration", "XIII(1)(c)", "P", "ppp", "circularity.carbonFootprint[].value"),
    _point(18, "carbon footprint label", "XIII(1)(c)", "P", "ppp", "circularity.carbonFootprint[].performanceClass"),
    _point(19, "responsible sourcing", "XIII(1)(d)", "P", "ppp", "conformity.dueDiligencePolicy[].content"),
    _point(
        20, "recovered cobalt", "XIII(1)(e)", "P", "MMM", f"{_ACTIVE}.cobalt.left.recycled | {_ACTIVE}.cobalt.right"
    ),
    _point(
        21,
        "recovered lithium",
        "XIII(1)(e)",
        "P",
        "MMM",
        f"{_ACTIVE}.lithium.left.recycled | {_ACTIVE}.lithium.right",
    ),
    _point(
        22, "recovered nickel", "XIII(1)(e)", "P", "MMM", f"{_ACTIVE}.nickel.left.recycled | {_ACTIVE}.nickel.right"
    ),
    _point(23, "recovered lead", "XIII(1)(e)", "P", "MMM", f"{_ACTIVE}.lead.left.recycled | {_ACTIVE}.lead.right"),
    _point(
        24,
        "renewable content",
        "XIII(1)(f)",
        "P",
        "MMM",
        f"{_OTHERS}.left[].renewable | {_OTHERS}.right | {_ACTIVE}.otherMaterials.left[].renewable",
    ),
    _point(25, "rated capacity for the public", "XIII(1)(g)", "P", "---"),
    _point(26, "least voltage", "XIII(1)(h)", "P", "MMM", f"{_RATED}.voltage.min"),
    _point(27, "nominal voltage", "XIII(1)(h)", "P", "MMM", f"{_RATED}.voltage.nominal"),
    _point(28, "greatest voltage", "XIII(1)(h)", "P", "MMM", f"{_RATED}.voltage.max"),
    _point(29, "original power capability", "XIII(1)(i)", "P", "MMM", f"{_RATED}.power.value"),
    _point(30, "limits of power", "XIII(1)(i)", "P", "MMM", f"{_RATED}.power.at20SoC", f"{_RATED}.power.at80SoC"),
    _point(31, "expected cycles", "XIII(1)(j)", "P", "MMc", f"{_DECLARED}.cycleLifeTesting.cycles"),
    _point(32, "reference test of the cycles", "XIII(1)(j)", "P", "MMc", f"{_DECLARED}.report[].content"),
    _point(33, "threshold of exhaustion", "XIII(1)(k)", "P", "M--", f"{_RATED}.capacity.thresholdExhaustion"),
    _point(
        34,
        "temperatures when idle",
        "XIII(1)(l)",
        "P",
        "MMM",
        f"{_RATED}.temperature.lower",
        f"{_RATED}.temperature.upper",
    ),
    _point(
        35,
        "commercial warranty",
        "XIII(1)(m)",
        "P",
        "ccc",
        "generalInformation.lifespan[key=guaranteed lifetime].value",
    ),
    _point(36, "initial round trip efficiency", "XIII(1)(n)", "P", "MMc", f"{_RATED}.roundTripEfficiency.initial"),
    _point(
        37,
        "round trip efficiency at half of life",
        "XIII(1)(n)",
        "P",
        "MMc",
        f"{_RATED}.roundTripEfficiency.50PercentLife",
    ),
    _point(
        38,
        "resistance of cell and pack",
        "XIII(1)(o)",
        "P",
        "MMM",
        f"{_RATED}.resistance.cell",
        f"{_RATED}.resistance.pack",
    ),
    _point(
        39,
        "C-rate of the cycle-life test",
        "XIII(1)(p)",
        "P",
        "MMc",
        f"{_DECLARED}.cycleLifeTesting.{{appliedDischargeRate,appliedChargeRate}}",
    ),
    _point(
        40,
        "symbol of separate collection",
        "XIII(1)(q)",
        "P",
        "MMM",
        f"{_ENDED}.separateCollectionSymbol.{{left,right}}",
    ),
    _point(41, "symbols of cadmium and lead", "XIII(1)(q)", "P", "ccc", "chemicalMaterial.materialSymbol.{left,right}"),
    _point(42, "EU declaration of conformity", "XIII(1)(r)", "P", "MMM", f"{_DECLARATION}.content"),
    _point(
        43,
        "prevention and management of waste",
        "XIII(1)(s)",
        "P",
        "MMM",
        f"{_ENDED}.wastePrevention[].content",
        f"{_ENDED}.separateCollection[].content",
    ),
    _point(44, "instructions for use", "XIII(1)(t)", "P", "ppp"),
    _point(
        45,
        "detailed composition",
        "XIII(2)(a)",
        "L",
        "MMM",
        f"{_OTHERS}.{{left,right}} | {_ACTIVE}.otherMaterials.{{left,right}}",
    ),
    _point(
        46,
        "part numbers of components",
        "XIII(2)(b)",
        "L",
        "MMM",
        f"{_SPARE}.left.sparePart[].partNumber | {_SPARE}.right",
    ),
    _point(47, "sources of spare parts", "XIII(2)(b)", "L", "MMM", f"{_SPARE}.left.producer[].id | {_SPARE}.right"),
    _point(48, "dismantling", "XIII(2)(c)", "L", "MMM", "safety.dismantling[].content"),
    _point(49, "safety measures", "XIII(2)(d)", "L", "MMM", "safety.safetyMeasures[].content"),
    _point(50, "results of test reports", "XIII(3)", "A", "MMM", "conformity.resultOfTestReport[].content"),
    _point(51, "rated capacity", "XIII(4)(a)", "L", "MMc", f"{_RATED}.capacity.value"),
    _point(52, "capacity fade", "XIII(4)(a)", "L", "MMc", f"{_DYNAMIC}.capacity.fade.value"),
    _point(53, "power", "XIII(4)(a)", "L", "MMc", f"{_RATED}.power.value"),
    _point(54, "power fade", "XIII(4)(a)", "L", "MMc", f"{_DYNAMIC}.power.fade.value"),
    _point(55, "internal resistance", "XIII(4)(a)", "L", "MMc", f"{_DYNAMIC}.resistance.remaining.pack.value"),
    _point(56, "resistance increase", "XIII(4)(a)", "L", "MMc", f"{_DYNAMIC}.resistance.increase.pack.value"),
    _point(57, "round trip efficiency", "XIII(4)(a)", "L", "ccc", f"{_DYNAMIC}.roundTripEfficiency.remaining.value"),
    _point(58, "round trip efficiency fade", "XIII(4)(a)", "L", "ccc", f"{_DYNAMIC}.roundTripEfficiency.fade.value"),
    _point(59, "expected life in cycles", "XIII(4)(a)", "L", "MMc", f"{_DECLARED}.cycleLifeTesting.cycles"),
    _point(60, "expected life in years", "XIII(4)(a)", "L", "MMc", f"{_DECLARED}.expectedYears"),
    _point(61, "state of certified energy", "XIII(4)(b)", "L", "M--", f"{_DYNAMIC}.energy.soce.value"),
    _point(62, "remaining capacity", "XIII(4)(b)", "L", "-Mc", f"{_DYNAMIC}.capacity.capacity.value"),
    _point(63, "remaining power", "XIII(4)(b)", "L", "-Mc", f"{_DYNAMIC}.power.remaining.value"),
    _point(64, "remaining efficiency", "XIII(4)(b)", "L", "-Mc", f"{_DYNAMIC}.roundTripEfficiency.remaining.value"),
    _point(65, "self-discharge", "XIII(4)(b)", "L", "-Mc", f"{_DYNAMIC}.selfDischargingRate"),
    _point(66, "ohmic resistance", "XIII(4)(b)", "L", "-Mc", f"{_DYNAMIC}.resistance.remaining.pack.value"),
    _point(67, "status", "XIII(4)(c)", "L", "MMM", "circularity.status"),
    _point(68, "cycles so far", "XIII(4)(d)", "L", "ccc", f"{_DYNAMIC}.fullCycles.value"),
    _point(69, "negative events", "XIII(4)(d)", "L", "ccc", f"{_DYNAMIC}.negativeEvents[].content"),
    _point(70, "conditions of operation", "XIII(4)(d)", "L", "ccc", f"{_DYNAMIC}.operatingEnvironment[].content"),
    _point(71, "state of charge", "XIII(4)(d)", "L", "ccc", f"{_DYNAMIC}.stateOfCharge.value"),
)
