"""The 250 elements of the battery passport as the project was given them, each held to the model in samm-models/.

`battery_pass_elements.csv` has one row an element: owner (aspect or entity), property, payload name, cardinality
(1 or ?), form, example, legal points. A form reads `double Measurement volt` (data type, kind, unit),
`string in STATES` (listed values), `string ~ DATE` (pattern), `string up to 100` (length), `List of X`,
`left | right` (both sides of an Either) or the name of an entity. Legal points name the act (B: Regulation (EU)
2023/1542, E: the proposal for ecodesign of March 2022, others by number), then annex (Roman) or article with its point.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connector.notation import exact_json
from submodels.samm import model as m
from submodels.samm.example import example
from submodels.samm.recursion import all_entities
from submodels.samm.schema import characteristic_schema
from submodels.samm.units import unit_name
from submodels.samm.validation import compiled

TABLE = Path(__file__).parent / "battery_pass_elements.csv"
URN = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"

LISTS = {
    "NOT_APPLICABLE": ("not applicable",),
    "STATES": ("original", "repurposed", "re-used", "remanufactured", "waste"),
    "CODE_KEYS": ("TARIC", "GTIN", "DID", "ISBN", "hash", "other"),
    "DOCUMENT_CATEGORIES": (
        "Product Specifications",
        "Manufacturer Information",
        "User Manuals and Guides",
        "Certifications and Compliance",
        "Product Images and Videos",
        "Warranty Information",
        "Reviews and Ratings",
        "Product Variations",
        "Supply Chain Information",
        "Environmental Impact",
        "Compatibility and Accessories",
        "FAQs and Support",
        "Purchase and Retail Information",
        "Privacy and Data Handling",
        "Third-Party Integrations",
        "Legal Information",
        "Safety Information",
        "Repair and Installation",
        "Waste Generation and Prevention",
        "Specific Voluntary Labels",
        "Product Packaging",
        "Return and Disposal",
        "End of Life",
        "Material and Substance Information",
        "Technical Documentation",
        "Other",
    ),
    "CONTENT_TYPES": ("URL", "PDF", "Other"),
    "FOOTPRINT_TYPES": (
        "Climate Change Total",
        "Climate Change Fossil",
        "Climate Change Biogenic Removals and Emissions",
        "Climate Change Land Use and Land Use Change",
        "Ozone Depletion",
        "Acidification",
        "Eutrophication Aquatic Freshwater",
        "Eutrophication Fresh Marine",
        "Eutrophication Terrestrial",
        "Photochemical Ozone Formation",
        "Abiotic Depletion- Minerals and Metals",
        "Fossil Fuels",
        "Water Use",
        "Particulate Matter Emissions",
        "Ionizing Radiation, Human Health",
        "Eco-Toxicity",
        "Human Toxicity, Cancer Effects",
        "Human Toxicity, Non-Cancer Effects",
        "Land Use Related Impacts/Soil Quality",
    ),
    "SHARE_UNITS": (
        "unit:partPerMillion",
        "unit:percent",
        "unit:percentVolume",
        "unit:partPerThousand",
        "unit:partPerTrillionUs",
        "unit:partPerBillionUs",
    ),
    "BATTERY_CATEGORIES": ("SLI", "LMT", "EV", "industrial", "portable", "incorporated"),
    "IDENTIFIER_KEYS": ("PartInstanceId", "BatchId", "ModelId"),
    "LIFE_UNITS": ("unit:day", "unit:month", "unit:year", "unit:cycle", "unit:runningOrOperatingHour"),
    "LIFE_TYPES": ("guaranteed lifetime", "technical lifetime", "mean time between failures"),
    "LENGTH_UNITS": (
        "unit:millimetre",
        "unit:centimetre",
        "unit:metre",
        "unit:kilometre",
        "unit:inch",
        "unit:foot",
        "unit:yard",
    ),
    "LOCALITY_KEYS": ("BLOCK", "CITY", "DISTRICT", "OTHER", "POST_OFFICE_CITY", "QUARTER"),
    "MASS_UNITS": (
        "unit:gram",
        "unit:kilogram",
        "unit:tonneMetricTon",
        "unit:tonUsOrShortTonUkorus",
        "unit:ounceAvoirdupois",
        "unit:pound",
    ),
    "ID_LISTS": ("CAS", "EC"),
    "STATUSES": ("draft", "approved", "invalid", "expired"),
    "NAME_LISTS": ("IUPAC", "CAS", "EC"),
    "POST_CODE_KEYS": ("CEDEX", "LARGE_MAIL_USER", "OTHER", "POST_BOX", "REGULAR"),
    "DELIVERY_POINT_KEYS": ("INTERURBAN_DELIVERY_POINT", "MAIL_STATION", "MAILBOX", "OTHER", "POST_OFFICE_BOX"),
    "PREMISE_KEYS": ("BUILDING", "HARBOUR", "LEVEL", "OTHER", "ROOM", "SUITE", "UNIT", "WAREHOUSE"),
    "SEPARATE_SYMBOL": ("separate collection symbol",),
    "THOROUGHFARE_KEYS": ("STREET", "INDUSTRIAL_ZONE", "OTHER", "RIVER", "SQUARE"),
    "VOLUME_UNITS": (
        "unit:cubicMetre",
        "unit:litre",
        "unit:millilitre",
        "unit:cubicCentimetre",
        "unit:cubicInch",
        "unit:cubicFoot",
        "unit:cubicYard",
        "unit:hectolitre",
    ),
}
_UUID = "-".join(f"[0-9a-fA-F]{{{digits}}}" for digits in (8, 4, 4, 4, 12))
PATTERNS = {
    "BPNL": "^BPNL[0-9]{8}[a-zA-Z0-9]{4}$",
    "SYMBOL": "^(Pb, Cd|Cd, Pb|Pb|Cd)$",
    "CODE": "^\\d{2}-\\d{2}-\\d{2}-\\d{2}$",
    "PHONE_NUMBER": "^[+]?[0-9 ]+$",
    "EMAIL": "^[a-zA-Z0-9.!#$%&?*+\\/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)*$",
    "COUNTRY": "([A-Z]{2}-[A-Z0-9]{1,3}|)",
    "DATE": "^\\d{4}-\\d{2}-\\d{2}$",
    "BPNA": "^BPNA[0-9]{8}[a-zA-Z0-9]{4}$",
    "UUID": f"(^{_UUID}$)|(^urn:uuid:{_UUID}$)",
    "POST_CODE": "^[a-z0-9][a-z0-9\\- ]{0,10}$",
}

# Where the description that the table was drawn from is at odds with the model or with itself; the model wins.
SLIPS = {
    ("FootprintEntity", "footprintType"): "the example is none of the listed types",
    ("MaterialIdEntity", "materialid"): "the example is an EC number, while the example of its list says CAS",
    ("RemainingResistanceEntityRecord", "remainingResistanceValue"): "its entity goes by the name of the one above it",
    ("RemainingResistanceEntityRecord", "dataRecordTime"): "its entity goes by the name of the one above it",
    ("FootprintEntity", "footprintValue"): "called a duration, which it is not",
    ("LifespanEntity", "lifeValue"): "called a duration, which it is not",
    ("LinearEntity", "quantityValue"): "called a duration, which it is not",
    ("MassEntity", "quantityValue"): "called a duration, which it is not",
    ("RangeEntity", "maxConcentration"): "called a duration, which it is not",
    ("RangeEntity", "minConcentration"): "called a duration, which it is not",
    ("SingleEntity", "concentrationSingle"): "called a duration, which it is not",
    ("VolumeEntity", "quantityValue"): "called a duration, which it is not",
}


class Row(NamedTuple):
    """One element."""

    owner: str
    name: str
    payload_name: str
    cardinality: str
    form: str
    example: str
    points: str

    @property
    def key(self) -> tuple[str, str]:
        return self.owner, self.name


def rows() -> list[Row]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [Row(*cells) for cells in list(csv.reader(file))[1:]]


ROWS = rows()
each_row = pytest.mark.parametrize("row", ROWS, ids=[".".join(row.key) for row in ROWS])


@pytest.fixture(scope="module")
def properties(our_models) -> dict[tuple[str, str], m.Property]:
    """Every property of the model by owner and name."""
    aspect = our_models(URN)
    owners = [aspect, *all_entities(aspect.properties)]
    return {(owner.name, prop.name): prop for owner in owners for prop in owner.properties}


def form_of(characteristic: m.Characteristic) -> str:
    """A characteristic in the words of the table."""
    if isinstance(characteristic, m.Trait):
        (constraint,) = characteristic.constraints
        base = form_of(characteristic.base)
        if isinstance(constraint, m.RegularExpressionConstraint):
            return f"{base} ~ {_name_of(PATTERNS, constraint.pattern)}"
        assert isinstance(constraint, m.LengthConstraint)
        assert constraint.minimum is None
        return f"{base} up to {constraint.maximum}"
    if isinstance(characteristic, m.Collection):
        return f"{characteristic.kind} of {form_of(characteristic.element)}"
    if isinstance(characteristic, m.Either):
        return f"{form_of(characteristic.left)} | {form_of(characteristic.right)}"
    if isinstance(characteristic, m.SingleEntity):
        return characteristic.entity.name
    assert not isinstance(characteristic, m.MultiLanguage)
    data_type = str(characteristic.data_type).rpartition("#")[2]
    if isinstance(characteristic, m.Enumeration):
        return f"{data_type} in {_name_of(LISTS, characteristic.values)}"
    if isinstance(characteristic, m.Quantified):
        unit = f" {unit_name(characteristic.unit)}" if characteristic.unit else ""
        return f"{data_type} {characteristic.kind}{unit}"
    return data_type


def _name_of(named: dict[str, Any], value: Any) -> str:
    return next(name for name, held in named.items() if held == value)


def test_the_table_is_whole(properties):
    assert len(ROWS) == 250
    assert [row.cardinality for row in ROWS].count("?") == 48
    assert len({row.key for row in ROWS}) == 250
    assert {row.key for row in ROWS} == properties.keys()
    assert len({row.owner for row in ROWS}) == 72


@each_row
def test_name_cardinality_and_form_are_those_of_the_model(properties, row):
    prop = properties[row.key]
    assert (prop.payload_name, "?" if prop.optional else "1") == (row.payload_name, row.cardinality)
    assert form_of(prop.characteristic) == row.form
    assert not prop.not_in_payload


def judge(characteristic: m.Characteristic) -> Any:
    return compiled(characteristic_schema(characteristic))


def plain(value: Any) -> Any:
    return exact_json.decode(exact_json.encode(value))


@pytest.mark.parametrize("row", [row for row in ROWS if row.example], ids=lambda row: ".".join(row.key))
def test_the_example_is_one(properties, row):
    prop = properties[row.key]
    data_type = m.data_type_of(prop.characteristic)
    is_number = str(data_type).endswith(("#double", "#float", "#integer"))
    value = exact_json.decode(row.example) if is_number else row.example
    is_valid = judge(prop.characteristic).is_valid(value)
    assert is_valid == (row.key != ("FootprintEntity", "footprintType"))


@pytest.mark.parametrize("row", [row for row in ROWS if " | " in row.form], ids=lambda row: ".".join(row.key))
def test_each_side_takes_its_own_and_not_both(properties, row):
    either = properties[row.key].characteristic
    assert isinstance(either, m.Either)
    left, right = (example(_aspect_of(side))["side"] for side in (either.left, either.right))
    whole = judge(either)
    assert whole.is_valid({"left": plain(left)})
    assert whole.is_valid({"right": plain(right)})
    assert not whole.is_valid({"left": plain(left), "right": plain(right)})
    assert not whole.is_valid({})
    assert not whole.is_valid(plain(left))
    assert not whole.is_valid({"middle": plain(left)})


def _aspect_of(characteristic: m.Characteristic) -> m.Aspect:
    prop = m.Property(
        name="side", payload_name="side", optional=False, not_in_payload=False, characteristic=characteristic
    )
    return m.Aspect(name="Side", properties=(prop,))


@each_row
def test_what_the_form_excludes_is_refused(properties, row):
    """A value of another type, outside of the list, beyond the length or without the pattern."""
    whole = judge(properties[row.key].characteristic)
    for wrong in WRONG[_first_word(row.form)]:
        assert not whole.is_valid(wrong), wrong
    if " in " in row.form and " | " not in row.form:
        assert not whole.is_valid("none of the listed values")
        assert all(whole.is_valid(value) for value in LISTS[row.form.rpartition(" ")[2]])
    if " up to " in row.form:
        limit = int(row.form.rpartition(" ")[2])
        assert whole.is_valid("x" * limit)
        assert not whole.is_valid("x" * (limit + 1))
    if " ~ " in row.form and " | " not in row.form and "|)" not in PATTERNS[row.form.rpartition(" ")[2]]:
        assert not whole.is_valid("~ of no form ~")


WRONG: dict[str, tuple[Any, ...]] = {
    "string": (None, 1, True, [], {}),
    "curie": (None, 1, "volt", {}),
    "dateTime": (None, 1, "yesterday", "2026-13-01T00:00:00Z"),
    "anyURI": (None, 1, "no address", {}),
    "double": (None, "1", True, [1]),
    "float": (None, "1", True, [1]),
    "integer": (None, "1", True, [1]),
    "List": (None, "x", {}, 1),
    "entity": (None, "x", [], 1),
    "Either": (None, "x", [], 1),
}


def _first_word(form: str) -> str:
    if " | " in form:
        return "Either"
    word = form.split(" ", 1)[0].removeprefix("samm:")
    return word if word in WRONG else "entity"


ACTS = ("B", "E", "1272/2008", "2008/98", "2019/1020")
POINT = re.compile(r"(\S+) (?:[IVX]+(?: [AB])?|\d{1,2}a?)(?:\([a-z]{1,2}\)|\(\d{1,2}\))*")


@each_row
def test_legal_points_name_an_act_and_a_place(row):
    points = [POINT.fullmatch(point) for point in row.points.split("; ") if point]
    assert all(point is not None and point[1] in ACTS for point in points)


def test_every_point_of_annex_xiii_that_the_description_names_has_its_elements():
    """Annex XIII says what a passport holds: (1) for the public, (2) and (3) for some, (4) of the single battery."""
    places = {point for row in ROWS for point in row.points.split("; ") if point.startswith("B XIII")}
    assert places == {
        *(f"B XIII(1)({letter})" for letter in "abcdeghklmnopqrs"),
        "B XIII(2)(a)", "B XIII(2)(c)", "B XIII(2)(d)", "B XIII(3)",
        "B XIII(4)(a)", "B XIII(4)(b)", "B XIII(4)(d)",
    }  # fmt: skip


def test_slips_are_those_of_the_table(properties):
    by_key = {row.key: row for row in ROWS}
    assert SLIPS.keys() <= by_key.keys()
    kind = by_key["FootprintEntity", "footprintType"]
    assert kind.example not in LISTS[kind.form.rpartition(" ")[2]]
    called_durations = {key for key, slip in SLIPS.items() if "duration" in slip}
    assert called_durations == {row.key for row in ROWS if row.form.endswith("Quantifiable")}
    assert all(properties[key].characteristic.kind == "Quantifiable" for key in called_durations)


def test_the_published_model_has_the_same_elements(properties, published):
    aspect = published.aspect(URN)
    owners = [aspect, *all_entities(aspect.properties)]
    theirs = {(owner.name, prop.name): prop for owner in owners for prop in owner.properties}
    assert theirs.keys() == properties.keys()
    for row in ROWS:
        prop = theirs[row.key]
        assert (prop.payload_name, "?" if prop.optional else "1") == (row.payload_name, row.cardinality)
        assert form_of(prop.characteristic) == row.form
        given = "" if prop.example_value is None else str(prop.example_value)
        assert row.example == given or Decimal(row.example) == Decimal(given)
