"""Legal idShorts, texts within their limits and shared references, as AAS Part 1 V3.0 and V3.1 both take them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from submodels.aas.lexical import is_xml_text
from submodels.samm.model import Described, Property

if TYPE_CHECKING:
    from aas_core3 import types

MAX_NAME = 128  # NameType, LangStringNameType
MAX_TEXT = 1023  # LangStringTextType, LangStringDefinitionTypeIec61360
MAX_PREFERRED_NAME = 255  # LangStringPreferredNameTypeIec61360
_ID_SHORT = re.compile(r"[A-Za-z][A-Za-z0-9_]*[A-Za-z0-9_]", re.ASCII)
_ILLEGAL = re.compile(r"[^A-Za-z0-9_]+", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?", re.ASCII)


def id_shorts(properties: Iterable[Property]) -> dict[int, str]:
    """The idShort of each property (by `id`) of one object: its payload name, or the nearest legal and free name."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for prop in properties:
        name = _free(_legal(prop), taken)
        taken.add(name)
        found[id(prop)] = name
    return found


def _legal(prop: Property) -> str:
    """The payload name, else the model's own name for the property, which is a word in most models."""
    return next((name for name in (prop.payload_name, prop.name) if is_id_short(name)), legal(prop.payload_name))


def is_id_short(name: str) -> bool:
    """Whether V3.0 and V3.1 both take `name` (V3.1 wants two characters)."""
    return len(name) <= MAX_NAME and _ID_SHORT.fullmatch(name) is not None


def legal(name: str) -> str:
    """`name` with what an idShort cannot have replaced: `a-b` gives `a_b`, `50Percent` gives `n50Percent`."""
    word = _ILLEGAL.sub("_", name)[: MAX_NAME - 2]
    word = word if word[:1].isalpha() else f"n{word}"
    return word if len(word) > 1 else f"{word}_"


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: MAX_NAME - 8]}_{number}"
    return free


@lru_cache(maxsize=8192)
def reference(iri: str) -> types.Reference | None:
    """An external reference to `iri`, None for an element without a name. Shared: treat it as read-only."""
    from aas_core3 import types

    if not iri:
        return None
    key = types.Key(types.KeyTypes.GLOBAL_REFERENCE, iri)
    return types.Reference(types.ReferenceTypes.EXTERNAL_REFERENCE, [key])


def cut(text: str, limit: int) -> str:
    """`text` within `limit` characters, with an ellipsis where something was cut off."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def by_language(texts: Mapping[str, str], limit: int) -> dict[str, str]:
    """Those of `texts` that a language string can hold: known language tag, characters of XML, cut to `limit`."""
    return {
        language: cut(text.strip(), limit)
        for language, text in texts.items()
        if _LANGUAGE.fullmatch(language) and text.strip() and is_xml_text(text)
    }


def described(element: Described) -> dict[str, Any]:
    """`display_name` and `description` of an AAS element, in every language that the model has."""
    from aas_core3 import types

    names = by_language(element.preferred_names, MAX_NAME)
    texts = by_language(element.descriptions, MAX_TEXT)
    return {
        "display_name": [types.LangStringNameType(language, text) for language, text in names.items()] or None,
        "description": [types.LangStringTextType(language, text) for language, text in texts.items()] or None,
    }
