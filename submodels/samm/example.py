"""An example payload of an aspect: the model's own example values first, otherwise values made from the constraints."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from connector.notation.problems import Unprocessable
from submodels.samm.datatypes import INTEGERS, NUMBERS, integer_bounds, scalar_schema
from submodels.samm.model import (
    CURIE,
    LANG_STRING,
    UNIQUE_KINDS,
    XSD,
    Aspect,
    Characteristic,
    Collection,
    Constraint,
    Either,
    Entity,
    EntityInstance,
    Enumeration,
    FixedPointConstraint,
    Json,
    LanguageConstraint,
    LengthConstraint,
    LocaleConstraint,
    Property,
    RangeConstraint,
    RegularExpressionConstraint,
    SingleEntity,
    StructuredValue,
    constraints_of,
    data_type_of,
    without_traits,
)
from submodels.samm.patterns import sample
from submodels.samm.recursion import rank_of, ranks
from submodels.samm.schema import characteristic_schema
from submodels.samm.validation import compiled, validator

_TRIES = 40
_SPAN = 1000
_MOST_OBJECTS = 20_000
_DEEP = 8
"""Below this many objects, optional properties are left out and collections are as short as allowed."""


def example(aspect: Aspect, seed: int = 0) -> Json:
    """A payload that the schema of `aspect` accepts, the same for the same `seed`.

    Seed 0 has every property, the first of enumerated values and `samm:exampleValue` where that is valid; other seeds
    vary values, sides of an Either, numbers of elements and optional properties. Numbers are int or Decimal. Raises
    Unprocessable (`samm/example`, `samm/depth`) for a model whose constraints no value was found for.
    """
    try:
        payload = _Maker(aspect, seed).object_of(aspect.properties, ())
    except RecursionError:
        raise Unprocessable("samm/depth", f"every example of {aspect.name} nests too deep to be made") from None
    findings = validator(aspect).findings(payload)
    if findings:
        raise Unprocessable(
            "samm/example", f"no example of {aspect.name} could be made: {findings[0]}", findings=findings
        )
    return payload


class _Maker:
    """Makes values; what was found out about a characteristic is kept."""

    def __init__(self, aspect: Aspect, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self._ranks = ranks(aspect.properties)
        self._judges: dict[int, Any] = {}
        self._objects = 0
        self._is_searching = False

    def object_of(self, properties: tuple[Property, ...], path: tuple[int, ...]) -> Json:
        self._objects += 1
        if self._objects > _MOST_OBJECTS:
            raise Unprocessable("samm/example", f"an example would have more than {_MOST_OBJECTS} objects")
        present = [prop for prop in properties if not prop.not_in_payload and self._is_shown(prop, path)]
        return {prop.payload_name: self._value(prop.characteristic, prop, path) for prop in present}

    def _is_shown(self, prop: Property, path: tuple[int, ...]) -> bool:
        if not prop.optional:
            return True
        if self._must_end(path):
            return False
        return self.seed == 0 or self.random.random() < 0.8

    def _must_end(self, path: tuple[int, ...]) -> bool:
        """Whether an entity stands inside itself, or the payload is deep."""
        return len(path) > _DEEP or len(set(path)) < len(path)

    def _value(self, characteristic: Characteristic, prop: Property | None, path: tuple[int, ...]) -> Json:
        base = without_traits(characteristic)
        if isinstance(base, SingleEntity):
            return self._entity(base.entity, path)
        if isinstance(base, Collection):
            return self._array(base, constraints_of(characteristic), prop, path)
        if isinstance(base, Either):
            side = self._side(base, path)
            return {side: self._value(base.left if side == "left" else base.right, prop, path)}
        if isinstance(base, Enumeration) and isinstance(base.data_type, Entity):
            return _instance_payload(self._pick(base.values)) if base.values else self._entity(base.data_type, path)
        return self._scalar(characteristic, prop)

    def _entity(self, entity: Entity, path: tuple[int, ...]) -> Json:
        return self.object_of(entity.properties, (*path, id(entity)))

    def _side(self, either: Either, path: tuple[int, ...]) -> str:
        left, right = rank_of(either.left, self._ranks), rank_of(either.right, self._ranks)
        if left == right or not self._must_end(path):
            return str(self._pick(("left", "right")))
        return "left" if left < right else "right"

    def _pick(self, values: tuple[Any, ...]) -> Any:
        """The first for seed 0, unless a set needs another than that."""
        return values[0] if self.seed == 0 and not self._is_searching else self.random.choice(values)

    def _array(
        self, array: Collection, constraints: list[Constraint], prop: Property | None, path: tuple[int, ...]
    ) -> Json:
        least, greatest = _lengths(constraints)
        most = least + 2 if greatest is None else greatest
        wanted = least if self._must_end(path) else max(least, min(most, 1 if self.seed == 0 else self._pick((1, 2))))
        values: list[Json] = []
        was_searching = self._is_searching
        for _ in range(wanted * _TRIES):
            value = self._value(array.element, prop, path)
            is_again = array.kind in UNIQUE_KINDS and value in values
            self._is_searching = was_searching or is_again
            if not is_again:
                values.append(value)
            if len(values) == wanted:
                break
            prop = None  # the example value has been used
        self._is_searching = was_searching
        return values

    # -- scalars ---------------------------------------------------------------------------------------------------

    def _scalar(self, characteristic: Characteristic, prop: Property | None) -> Json:
        """A value that the strict schema accepts if one is found, else one of the type that the plain schema does."""
        strict, plain, typed = self._judges_of(characteristic)
        given = prop.example_value if prop else None
        if given is not None and (self.seed == 0 or self.random.random() < 0.2) and strict.is_valid(given):
            return given
        values = [given] if given is not None else []
        for _ in range(_TRIES):
            values.append(self._candidate(characteristic, prop.name if prop else characteristic.name, len(values)))
            if strict.is_valid(values[-1]):
                return values[-1]
        fitting = [value for value in values if plain.is_valid(value)] or values[-1:]
        return next((value for value in fitting if typed.is_valid(value)), fitting[0])

    def _judges_of(self, characteristic: Characteristic) -> Any:
        key = id(characteristic)
        if key not in self._judges:
            schemas = [characteristic_schema(characteristic, strict=strict) for strict in (True, False)]
            schemas.append(scalar_schema(str(data_type_of(characteristic)), strict=True))
            self._judges[key] = tuple(compiled(schema) for schema in schemas)
        return self._judges[key]

    def _candidate(self, characteristic: Characteristic, name: str, number: int) -> Json:
        """The next value to try; the later, the longer its free parts may become."""
        base = without_traits(characteristic)
        if isinstance(base, Enumeration) and base.values:
            return self._pick(base.values)
        constraints = constraints_of(characteristic)
        data_type = data_type_of(base)
        if data_type in NUMBERS:
            return self._number(str(data_type), constraints)
        if data_type == XSD + "boolean":
            return self.random.random() < 0.5
        text = self._text(base, str(data_type), constraints, name, most=6 if number < _TRIES / 2 else 6 * number)
        return {_language(constraints): text} if data_type == LANG_STRING else text

    def _text(self, base: Characteristic, kind: str, constraints: list[Constraint], name: str, most: int) -> str:
        patterns = [c.pattern for c in constraints if isinstance(c, RegularExpressionConstraint)]
        if isinstance(base, StructuredValue):
            patterns.append(base.rule)
        if patterns and (kind not in _TEXTS or self.random.random() < 0.5):
            samples = [sample(pattern, self.random, most) or "" for pattern in patterns]
            return self.random.choice([*samples, "".join(samples)])
        least, greatest = _lengths(constraints)
        if kind in _SIZED:
            return str(_SIZED[kind](self.random, least, greatest))
        if kind in _TEXTS:
            return str(_TEXTS[kind](self.random))
        text = f"{name} {self.random.randint(1, 9999)}".ljust(least, "x")
        return text if greatest is None else text[:greatest]

    def _number(self, data_type: str, constraints: list[Constraint]) -> int | Decimal:
        low, high = _bounds(data_type, constraints)
        if data_type in INTEGERS:
            return self.random.randint(int(low.to_integral_value("ROUND_CEILING")), int(high // 1))
        value = low + (high - low) * self.random.randint(1, _SPAN - 1) / _SPAN
        scales = [constraint.scale for constraint in constraints if isinstance(constraint, FixedPointConstraint)]
        return value.quantize(Decimal(1).scaleb(-min(scales))) if scales else value


def _bounds(data_type: str, constraints: list[Constraint]) -> tuple[Decimal, Decimal]:
    """The least and greatest number allowed; where one is open, a span from the other."""
    limits = [c for c in constraints if isinstance(c, RangeConstraint)]
    lows = [Decimal(c.minimum) for c in limits if isinstance(c.minimum, int | Decimal)]
    highs = [Decimal(c.maximum) for c in limits if isinstance(c.maximum, int | Decimal)]
    for constraint in constraints:
        if isinstance(constraint, FixedPointConstraint):
            highs.append(Decimal(10**constraint.integer - 1))
    least, most = integer_bounds(data_type)
    lows += [Decimal(least)] if least is not None else []
    highs += [Decimal(most)] if most is not None else []
    if lows and highs:
        low, high = max(lows), min(highs)
        return (low, min(high, low + _SPAN)) if low >= 0 else (max(low, high - _SPAN), high)
    if highs:
        return min(highs) - _SPAN, min(highs)
    return (max(lows), max(lows) + _SPAN) if lows else (Decimal(0), Decimal(_SPAN))


def _lengths(constraints: list[Constraint]) -> tuple[int, int | None]:
    """The least and the greatest length allowed."""
    lengths = [constraint for constraint in constraints if isinstance(constraint, LengthConstraint)]
    least = max((length.minimum or 0 for length in lengths), default=0)
    return least, min((length.maximum for length in lengths if length.maximum is not None), default=None)


def _language(constraints: list[Constraint]) -> str:
    for constraint in constraints:
        if isinstance(constraint, LocaleConstraint):
            return constraint.locale_code
        if isinstance(constraint, LanguageConstraint):
            return constraint.language_code
    return "en"


def _instance_payload(value: Json) -> Json:
    if isinstance(value, EntityInstance):
        return {p.payload_name: _instance_payload(held) for p, held in value.values if not p.not_in_payload}
    return [_instance_payload(item) for item in value] if isinstance(value, list) else value


# -- texts by data type -------------------------------------------------------------------------------------------


def _date(random: Random) -> str:
    return f"{random.randint(2020, 2039)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def _time(random: Random) -> str:
    return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}Z"


_TEXTS: dict[str, Any] = {
    XSD + "date": _date,
    XSD + "time": _time,
    XSD + "dateTime": lambda random: f"{_date(random)}T{_time(random)}",
    XSD + "dateTimeStamp": lambda random: f"{_date(random)}T{_time(random)}",
    XSD + "gYear": lambda random: _date(random)[:4],
    XSD + "gYearMonth": lambda random: _date(random)[:7],
    XSD + "gMonth": lambda random: f"--{_date(random)[5:7]}",
    XSD + "gMonthDay": lambda random: f"--{_date(random)[5:]}",
    XSD + "gDay": lambda random: f"---{_date(random)[8:]}",
    XSD + "duration": lambda random: f"P{random.randint(1, 400)}D",
    XSD + "dayTimeDuration": lambda random: f"P{random.randint(1, 400)}D",
    XSD + "yearMonthDuration": lambda random: f"P{random.randint(1, 30)}Y",
    CURIE: lambda random: random.choice(("unit:volt", "unit:percent", "unit:kilogram")),
}


def _uri(random: Random, least: int, most: int | None) -> str:
    """A URI of some length; the shortest has two characters."""
    text = f"https://example.org/{random.randint(1, 9999)}".ljust(least, "0")
    return text if most is None or len(text) <= most else "a:".ljust(most, "b")


def _coded(random: Random, least: int, most: int | None, *, unit: int, text: str) -> str:
    """Whole groups of `unit` characters, repeated from `text`."""
    size = least + unit * random.randint(1, 4)
    size = (size if most is None else min(size, most)) // unit * unit
    return (text * (size // len(text) + 1))[:size]


_SIZED: dict[str, Any] = {
    XSD + "anyURI": _uri,
    XSD + "hexBinary": lambda random, least, most: _coded(random, least, most, unit=2, text=random.randbytes(8).hex()),
    XSD + "base64Binary": lambda random, least, most: _coded(random, least, most, unit=4, text="AAEC"),
}
"""Texts that can be made to a length."""
