"""Aspect models made by chance, the same one for the same seed: kinds, constraints, types, entities and names."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

VERSIONS: Final = ("2.0.0", "2.1.0", "2.2.0")
DEPTH: Final = 3
_HEAD: Final = """@prefix samm: <urn:samm:org.eclipse.esmf.samm:meta-model:{version}#> .
@prefix samm-c: <urn:samm:org.eclipse.esmf.samm:characteristic:{version}#> .
@prefix samm-e: <urn:samm:org.eclipse.esmf.samm:entity:{version}#> .
@prefix unit: <urn:samm:org.eclipse.esmf.samm:unit:{version}#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:samm:org.example.chance:1.0.0#> .
"""
NEGATIVE: Final = ("negativeInteger", "nonPositiveInteger")
NUMBERS: Final = (
    "decimal", "double", "float", "integer", "byte", "short", "int", "long", "unsignedByte", "unsignedShort",
    "unsignedInt", "unsignedLong", "positiveInteger", "nonNegativeInteger", *NEGATIVE,
)  # fmt: skip
TEXTS: Final = {
    "string": "a", "boolean": "true", "date": "2024-02-29", "time": "12:30:00Z", "dateTime": "2024-01-01T00:00:00.5Z",
    "dateTimeStamp": "2024-01-01T00:00:00Z", "gYear": "2024", "gMonth": "--05", "gDay": "---31",
    "gYearMonth": "2024-05", "gMonthDay": "--05-31", "duration": "P1Y2M3DT4H", "yearMonthDuration": "P1Y2M",
    "dayTimeDuration": "P3DT4H", "hexBinary": "0aFF", "base64Binary": "aGVsbG8=", "anyURI": "https://example.org/?a=b",
}  # fmt: skip
TYPES: Final = (*NUMBERS, *TEXTS)
LISTED: Final = {
    "string": ("a", "b / c", "Ä", "50%", "", "日本", "null"),
    "integer": ("-5", "0", "500"),
    "decimal": ("1.50", "2", "0.1000000000000000000001"),
    "double": ("1.5", "2E3", "-7.25"),
    "boolean": ("true", "false"),
    "gYear": ("2024", "1999"),
}
READY: Final = ("Text", "Boolean", "Timestamp", "ResourcePath", "MimeType", "Language", "Locale", "MultiLanguageText")
PATTERNS: Final = (
    r"^[A-Z]{2}\\d{3,5}$", r"[a-z]+@[a-z]+\\.com", r"^(BPNL)[a-zA-Z0-9]{12}$", r"^(\\d{4}-\\d{2})|(none)$",
    r"^\\S+(\\s\\S+)*$", r"^[\\p{L}\\d ]+$", r"^(?=.*[A-Z])[A-Za-z]{3,8}$", r"^[^<>]*$",
)  # fmt: skip
NAMES: Final = ("50Percent", "a b", "ä-ö", "$ref", "type", "left", "_n", "value", "data/x", "~t", "x.y")
UNITS: Final = ("volt", "percent", "degreeCelsius", "aUnitThatThereIsNot")
OF_TEXT: Final = (
    "a samm-c:EncodingConstraint ; samm:value samm:UTF-8",
    'a samm-c:LanguageConstraint ; samm-c:languageCode "de"',
    'a samm-c:LocaleConstraint ; samm-c:localeCode "de-DE"',
)


def model(seed: int) -> tuple[str, str]:
    """The URN of an aspect and the Turtle text that defines it."""
    chance = _Chance(Random(seed))
    properties = [chance.property(DEPTH) for _ in range(chance.random.randint(2, 7))]
    aspect = f":Aspect a samm:Aspect ;{chance.described()} samm:properties ( {chance.uses(properties)} ) ."
    head = _HEAD.format(version=VERSIONS[seed % len(VERSIONS)])
    return "urn:samm:org.example.chance:1.0.0#Aspect", "\n".join((head, aspect, *chance.lines))


class _Chance:
    """Makes elements; each is a line of Turtle, and known by its name from then on."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []
        self._entities: list[str] = []
        self._count = 0

    def _element(self, kind: str, says: str) -> str:
        """Define an element; its name with its colon."""
        self._count += 1
        name = f":Element{self._count}"
        self.lines.append(f"{name} a {kind} ;{self.described()} {says} .")
        return name

    def _is(self, share: float) -> bool:
        return self.random.random() < share

    def _any(self, of: Sequence[str]) -> str:
        return self.random.choice(of)

    def described(self) -> str:
        names = [f' samm:preferredName "Name {self._count}"@{language} ;' for language in ("en", "de") if self._is(0.3)]
        text = r' samm:description "A \"quoted\" text\nof two lines, <b>&amp;"@en ;' if self._is(0.2) else ""
        return "".join(names) + text

    def property(self, depth: int) -> str:
        return self._element("samm:Property", f"samm:characteristic {self.characteristic(depth)}")

    def uses(self, properties: Sequence[str]) -> str:
        """References to properties, some with a flag, some with a name of their own in payloads."""
        names = self.random.sample(NAMES, len(NAMES))
        return " ".join(self._use(name, payload_name) for name, payload_name in zip(properties, names, strict=False))

    def _use(self, name: str, payload_name: str) -> str:
        if self._is(0.4):
            return name
        flag = self._any(("optional", "optional", "optional", "notInPayload"))
        named = f' ; samm:payloadName "{payload_name}"' if self._is(0.5) else ""
        return f"[ samm:property {name} ; samm:{flag} true{named} ]"

    def entity(self, depth: int) -> str:
        """One that is there already, one with a parent, one that holds itself, or a plain one."""
        if self._entities and self._is(0.3):
            return self._any(self._entities)
        properties = [self.property(depth - 1) for _ in range(self.random.randint(1, 4))]
        made = self._heir(properties) if self._is(0.3) else self._own(properties)
        self._entities.append(made)
        return made

    def _own(self, properties: list[str]) -> str:
        name = self._element("samm:Entity", f"samm:properties ( {self.uses(properties)} )")
        if self._is(0.2):
            again = self._element("samm:Property", f"samm:characteristic [ a samm-c:List ; samm:dataType {name} ]")
            place = next(place for place, line in enumerate(self.lines) if line.startswith(f"{name} a "))
            self.lines[place] = self.lines[place].replace("samm:properties (", f"samm:properties ( {again}")
        return name

    def _heir(self, properties: list[str]) -> str:
        open_ = self._element("samm:AbstractProperty", "samm:see <https://example.org/open>")
        parent = self._element("samm:AbstractEntity", f"samm:properties ( {open_} {self.property(0)} )")
        filled = f"[ samm:extends {open_} ; samm:characteristic {self.characteristic(0)} ]"
        return self._element(
            "samm:Entity", f"samm:extends {parent} ; samm:properties ( {filled} {self.uses(properties)} )"
        )

    def characteristic(self, depth: int) -> str:
        kinds = [self._scalar, self._ready, self._quantified, self._listed, self._trait, self._structured]
        if depth > 0:
            deep = [self._collection, self._either, self._single, self._instances, self._series, self._long]
            return self.random.choice([*kinds, *deep])(depth - 1)
        return self.random.choice(kinds)(0)

    def _scalar(self, _: int, kind: str = "") -> str:
        class_ = self._any(("samm:Characteristic", "samm-c:Code"))
        return self._element(class_, f"samm:dataType xsd:{kind or self._any(TYPES)}")

    def _ready(self, _: int) -> str:
        return f"samm-c:{self._any(READY)}"

    def _quantified(self, _: int) -> str:
        kind = self._any(("Measurement", "Quantifiable", "Duration"))
        return self._element(
            f"samm-c:{kind}", f"samm-c:unit unit:{self._any(UNITS)} ; samm:dataType xsd:{self._any(NUMBERS)}"
        )

    def _listed(self, _: int) -> str:
        kind = self._any(tuple(LISTED))
        words = self.random.sample(LISTED[kind], self.random.randint(1, len(LISTED[kind])))
        values = [f'"{word}"^^xsd:{kind}' for word in words]
        default = f"samm-c:defaultValue {values[0]} ; " if self._is(0.5) else ""
        class_ = "State" if default else "Enumeration"
        return self._element(
            f"samm-c:{class_}", f"{default}samm:dataType xsd:{kind} ; samm-c:values ( {' '.join(values)} )"
        )

    def _structured(self, _: int) -> str:
        parts = [self._element("samm:Property", "samm:characteristic samm-c:Text") for _ in range(2)]
        rule = r'samm-c:deconstructionRule "(\\d+)-(\\w+)"'
        return self._element(
            "samm-c:StructuredValue",
            f'samm:dataType xsd:string ; {rule} ; samm-c:elements ( {parts[0]} "-" {parts[1]} )',
        )

    def _collection(self, depth: int) -> str:
        kind = self._any(("Collection", "List", "Set", "SortedSet"))
        held = (
            f"samm:dataType {self.entity(depth)}"
            if self._is(0.3)
            else f"samm-c:elementCharacteristic {self.characteristic(depth)}"
        )
        return self._element(f"samm-c:{kind}", held)

    def _series(self, _: int) -> str:
        value = f"[ samm:extends samm-e:value ; samm:characteristic {self.characteristic(0)} ]"
        entity = self._element("samm:Entity", f"samm:extends samm-e:TimeSeriesEntity ; samm:properties ( {value} )")
        return self._element("samm-c:TimeSeries", f"samm:dataType {entity}")

    def _either(self, depth: int) -> str:
        left, right = self.characteristic(depth), self.characteristic(depth)
        return self._element("samm-c:Either", f"samm-c:left {left} ; samm-c:right {right}")

    def _single(self, depth: int) -> str:
        class_ = self._any(("samm-c:SingleEntity", "samm:Characteristic"))
        return self._element(class_, f"samm:dataType {self.entity(depth)}")

    def _instances(self, _: int) -> str:
        """An enumeration whose values are instances of an entity."""
        kinds = [self._any(tuple(LISTED)) for _ in range(2)]
        properties = [self._element("samm:Property", f"samm:characteristic {self._scalar(0, kind)}") for kind in kinds]
        entity = self._element("samm:Entity", f"samm:properties ( {' '.join(properties)} )")
        values = [f"{name} {{}}^^xsd:{kind}" for name, kind in zip(properties, kinds, strict=True)]
        words = [[f'"{self._any(LISTED[kind])}"' for kind in kinds] for _ in range(self.random.randint(1, 3))]
        instances = [
            self._element(entity, " ; ".join(each.format(word) for each, word in zip(values, row, strict=True)))
            for row in words
        ]
        return self._element("samm-c:Enumeration", f"samm:dataType {entity} ; samm-c:values ( {' '.join(instances)} )")

    def _trait(self, _: int) -> str:
        base, constraint = self.random.choice([self._bounded, self._patterned, self._measured, self._told])()
        return self._narrowed(base, constraint)

    def _long(self, depth: int) -> str:
        """A collection of so many entries."""
        least = self.random.randint(0, 2)
        return self._narrowed(
            self._collection(depth),
            f"a samm-c:LengthConstraint ; samm-c:minValue {least} ; samm-c:maxValue {least + 2}",
        )

    def _narrowed(self, base: str, constraint: str) -> str:
        return self._element("samm-c:Trait", f"samm-c:baseCharacteristic {base} ; samm-c:constraint [ {constraint} ]")

    def _bounded(self) -> tuple[str, str]:
        kind = self._any(NUMBERS)
        low, high = ("-20", "-3") if kind in NEGATIVE else ("3", "20")
        if kind in ("double", "float") and self._is(0.5):
            low, high = self.random.choice([("-INF", high), (low, "INF"), (f"{low}.5", high)])
        sides = [
            f'samm-c:minValue "{low}"^^xsd:{kind}',
            f'samm-c:maxValue "{high}"^^xsd:{kind}',
            f"samm-c:lowerBoundDefinition samm-c:{self._any(('GREATER_THAN', 'AT_LEAST'))}",
            f"samm-c:upperBoundDefinition samm-c:{self._any(('LESS_THAN', 'AT_MOST'))}",
        ]
        fixed = "a samm-c:FixedPointConstraint ; samm-c:scale 2 ; samm-c:integer 3"
        more = f" ] , [ {fixed}" if kind == "decimal" else ""
        return self._scalar(0, kind), f"a samm-c:RangeConstraint ; {' ; '.join(sides)}{more}"

    def _patterned(self) -> tuple[str, str]:
        return self._scalar(0, "string"), f'a samm-c:RegularExpressionConstraint ; samm:value "{self._any(PATTERNS)}"'

    def _measured(self) -> tuple[str, str]:
        least, most = self.random.randint(0, 3), self.random.randint(4, 40)
        return "samm-c:Text", f"a samm-c:LengthConstraint ; samm-c:minValue {least} ; samm-c:maxValue {most}"

    def _told(self) -> tuple[str, str]:
        return self._any(("samm-c:Text", "samm-c:MultiLanguageText")), self._any(OF_TEXT)
