"""The way back: the payload that a generic submodel was made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from connector.notation.findings import Finding
from submodels.aas.lexical import typed
from submodels.aspect_submodel.forms import entity_of, form_of
from submodels.aspect_submodel.names import id_shorts
from submodels.samm.model import (
    Aspect,
    Characteristic,
    Collection,
    Either,
    Json,
    Property,
    without_traits,
)

if TYPE_CHECKING:
    from aas_core3 import types

MISSING = object()


def payload_of(aspect: Aspect, submodel: types.Submodel) -> tuple[Json, list[Finding]]:
    """The payload in `submodel`, and a finding (`aspect-submodel/foreign`) for each element that is none of the model.

    What `instance` made comes back as it was, but for what its findings said.
    """
    reader = _PayloadReader()
    asides = {called.name for called in (*aspect.operations, *aspect.events)}
    elements = [element for element in submodel.submodel_elements or () if element.id_short not in asides]
    return reader.object_of(aspect.properties, elements, ""), reader.findings


class _PayloadReader:
    """Reads values by the model; `findings` grow on the way."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def object_of(self, properties: Iterable[Property], elements: Iterable[types.SubmodelElement], path: str) -> Json:
        present = [prop for prop in properties if not prop.not_in_payload]
        shorts = id_shorts(present)
        names = {shorts[id(prop)]: prop for prop in present}
        found: dict[str, Json] = {}
        for element in elements:
            place = f"{path}.{element.id_short}" if path else str(element.id_short)
            prop = names.get(element.id_short or "")
            if prop is None:
                self._foreign(place, "the model has no such property")
                continue
            value = self._value(prop.characteristic, element, place)
            if value is not MISSING:
                found[prop.payload_name] = value
        return {prop.payload_name: found[prop.payload_name] for prop in present if prop.payload_name in found}

    def _foreign(self, place: str, why: str) -> Any:
        self.findings.append(Finding("aspect-submodel/foreign", f"{place}: {why}", severity="warning", source=place))
        return MISSING

    def _value(self, characteristic: Characteristic, element: Any, place: str) -> Any:
        form, base = form_of(characteristic), without_traits(characteristic)
        if type(element).__name__ != form:
            return self._foreign(place, f"a {form} is wanted, a {type(element).__name__} was found")
        if isinstance(base, Collection):
            entries = enumerate(element.value or ())
            values = (self._value(base.element, entry, f"{place}[{number}]") for number, entry in entries)
            return [value for value in values if value is not MISSING]
        if form == "MultiLanguageProperty":
            return {text.language: text.text for text in element.value or ()}
        if isinstance(base, Either):
            return self._side(base, element, place)
        if form == "SubmodelElementCollection":
            return self.object_of(entity_of(base).properties, element.value or (), place)
        return MISSING if element.value is None else typed(element.value, element.value_type.value)

    def _side(self, either: Either, element: Any, place: str) -> Any:
        sides = {"left": either.left, "right": either.right}
        held = element.value or []
        if len(held) != 1 or held[0].id_short not in sides:
            return self._foreign(place, "exactly one of left and right is wanted")
        side = held[0].id_short
        value = self._value(sides[side], held[0], f"{place}.{side}")
        return MISSING if value is MISSING else {side: value}
