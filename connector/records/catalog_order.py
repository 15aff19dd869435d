"""In which order a catalog is read, and by which words assets are found: what the records' index columns hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

GATE: Final = 16
"""Letters of a gate, with which every slot begins."""
_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_ID_NAMES: Final = frozenset({"id", "@id", "edc:id", f"{_EDC}id"})
_LONGEST: Final = 2000


def gate(access_policy_id: str, contract_policy_id: str) -> str:
    """A pair of policies, as GATE letters: definitions under the same pair are seen by the same partners."""
    text = f"{len(access_policy_id)} {access_policy_id}{contract_policy_id}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=GATE // 2).hexdigest()


def only_of(selector: Sequence[Mapping[str, Any]]) -> str:
    """The one asset that a selector can select, where it names one by its id; empty where it says more."""
    for criterion in selector:
        right = criterion.get("operandRight")
        is_id = criterion.get("operandLeft") in _ID_NAMES and criterion.get("operator", "=") == "="
        if is_id and isinstance(right, str) and len(right.encode("utf-8", "replace")) <= _LONGEST:
            return right
    return ""


def property_term(name: str, value: str) -> str:
    """The word for a property that has a text, as criteria ask for it."""
    return f"{name.removeprefix(_EDC)}\x1f{value}"


def asset_terms(asset: Any) -> Iterator[str]:
    """A word for every text among an asset's properties, private ones too; `@id` and `@value` stand for their text."""
    for name, value in (*asset.properties.items(), *asset.private_properties.items()):
        for each in value if isinstance(value, list) else (value,):
            text = each.get("@id", each.get("@value")) if isinstance(each, dict) else each
            if isinstance(text, str):
                yield property_term(name, text)
