"""A payload as submodel: every value at its place, and a finding for each that has none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from connector.notation.findings import Finding, Severity
from connector.notation.pointers import join
from submodels.aas.lexical import NotLexical, is_xml_text
from submodels.aspect_submodel.forms import (
    also,
    element_urn,
    entity_of,
    fitting,
    form_of,
    list_element,
    text_of,
    value_type,
)
from submodels.aspect_submodel.names import id_shorts, reference
from submodels.samm.model import (
    Characteristic,
    Collection,
    Either,
    Property,
    without_traits,
)

if TYPE_CHECKING:
    from aas_core3 import types

MAX_LANGUAGE_TEXT = 1023
PAYLOAD_NAME = "payloadName"
"""The extension that tells a payload name which is no legal idShort."""

Steps = tuple[str | int, ...]


def payload_name_of(prop: Property, types: Any) -> Any:
    """The extension that keeps a property's payload name; its type is said, since not every reader has the default."""
    return types.Extension(PAYLOAD_NAME, value_type=types.DataTypeDefXSD.STRING, value=prop.payload_name)


class InstanceBuilder:
    """Builds elements from values; `findings` grow on the way. One builder serves one payload."""

    def __init__(self) -> None:
        from aas_core3 import types

        self.types = types
        self.findings: list[Finding] = []

    def members(self, properties: Iterable[Property], value: Any, steps: Steps) -> list[types.SubmodelElement]:
        """The elements of an object, in the order of the model; what the model does not know becomes a finding."""
        if not isinstance(value, dict):
            self._lost("value", "an object is wanted here", steps, value)
            return []
        present = [prop for prop in properties if not prop.not_in_payload]
        names = id_shorts(present)
        for strange in value.keys() - {prop.payload_name for prop in present}:
            self._lost("unknown", f"the model has no property {strange!r}", (*steps, strange), None)
        built = (self._property(prop, names[id(prop)], value, steps) for prop in present)
        return [element for element in built if element is not None]

    def _property(self, prop: Property, id_short: str, owner: dict[str, Any], steps: Steps) -> Any:
        if prop.payload_name not in owner:
            return None
        below = (*steps, prop.payload_name)
        element = self._element(prop.characteristic, owner[prop.payload_name], below, prop.urn)
        if element is not None:
            element.id_short = id_short
            if id_short != prop.payload_name:
                element.extensions = [payload_name_of(prop, self.types)]
        return element

    def _element(self, characteristic: Characteristic, value: Any, steps: Steps, urn: str) -> Any:
        """The element of one value without an idShort; None, and a finding, where it has none."""
        form = form_of(characteristic)
        if form == "SubmodelElementList":
            return self._list(characteristic, value, steps, urn)
        if form == "MultiLanguageProperty":
            return self._texts(value, steps, urn)
        if form == "SubmodelElementCollection":
            return self._collection(characteristic, value, steps, urn)
        kind = fitting([value], characteristic)
        self._tell_other_type(characteristic, kind, steps, value)
        return self._scalar(value, kind, steps, urn)

    def _scalar(self, value: Any, kind: str, steps: Steps, urn: str) -> Any:
        try:
            text = text_of(value, kind)
        except NotLexical as error:
            self._lost("value", str(error), steps, value)
            return None
        return self.types.Property(self.types.DataTypeDefXSD(kind), value=text, semantic_id=reference(urn))

    def _tell_other_type(self, characteristic: Characteristic, kind: str, steps: Steps, value: Any) -> None:
        wanted = value_type(characteristic)
        if kind != wanted:
            message = f"the value is no {wanted} and is carried as {kind}"
            self._note("converted", message, steps, "info", wanted, None if isinstance(value, list) else value)

    def _texts(self, value: Any, steps: Steps, urn: str) -> Any:
        texts = []
        for language, text in value.items() if isinstance(value, dict) else ():
            if isinstance(text, str) and 0 < len(text) <= MAX_LANGUAGE_TEXT and is_xml_text(text):
                texts.append(self.types.LangStringTextType(language, text))
            else:
                self._lost(
                    "value", f"a text of 1 to {MAX_LANGUAGE_TEXT} characters is wanted", (*steps, language), text
                )
        if not isinstance(value, dict):
            self._lost("value", "an object from language tag to text is wanted", steps, value)
            return None
        return self.types.MultiLanguageProperty(value=self._of_legal_language(texts, steps), semantic_id=reference(urn))

    def _of_legal_language(self, texts: list[Any], steps: Steps) -> list[Any] | None:
        from aas_core3 import verification

        found: dict[str, Any] = {}
        for text in texts:
            is_tag = verification.matches_bcp_47(text.language)
            if is_tag and found.setdefault(text.language.lower(), text) is text:
                continue
            what = "stands there twice" if is_tag else "is no language tag (BCP 47)"
            self._lost("value", f"{text.language!r} {what}", (*steps, text.language), text.text)
        return list(found.values()) or None

    def _collection(self, characteristic: Characteristic, value: Any, steps: Steps, urn: str) -> Any:
        base = without_traits(characteristic)
        if isinstance(base, Either):
            held = self._side(base, value, steps)
        else:
            held = self.members(entity_of(base).properties, value, steps)
        if not held and not isinstance(value, dict):
            return None
        return self.types.SubmodelElementCollection(
            semantic_id=reference(urn), supplemental_semantic_ids=also(characteristic, urn), value=held or None
        )

    def _side(self, either: Either, value: Any, steps: Steps) -> list[Any]:
        """The side that the payload chose, under its own name."""
        sides = {"left": either.left, "right": either.right}
        if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= sides.keys():
            self._lost("value", "exactly one of left and right is wanted", steps, value)
            return []
        (side,) = value
        element = self._element(sides[side], value[side], (*steps, side), element_urn(sides[side]))
        if element is None:
            return []
        element.id_short = side
        return [element]

    def _list(self, characteristic: Characteristic, value: Any, steps: Steps, urn: str) -> Any:
        base = without_traits(characteristic)
        if not isinstance(value, list) or not isinstance(base, Collection):
            self._lost("value", "an array is wanted here", steps, value)
            return None
        inner, kind = element_urn(base.element), ""
        if form_of(base.element) == "Property":
            kind = fitting(value, base.element)
            self._tell_other_type(base.element, kind, steps, value)
            built = [self._scalar(one, kind, (*steps, number), inner) for number, one in enumerate(value)]
        else:
            built = [self._element(base.element, one, (*steps, number), inner) for number, one in enumerate(value)]
        held = [element for element in built if element is not None]
        return list_element(base, kind, held, semantic_id=reference(urn))

    # -- findings --------------------------------------------------------------------------------------------------

    def _lost(self, code: str, message: str, steps: Steps, found: Any) -> None:
        self._note(code, f"{message}; it is not in the submodel", steps, "warning", None, found)

    def _note(self, code: str, message: str, steps: Steps, severity: Severity, wanted: Any, found: Any) -> None:
        shown = found if isinstance(found, str | int | None) else type(found).__name__
        self.findings.append(Finding(f"aspect-submodel/{code}", message, join("", *steps), severity, wanted, shown))
