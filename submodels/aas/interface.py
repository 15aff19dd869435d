"""The read half of the Submodel interface (AAS Part 2 V3.1, profile SSP-002) on a submodel's plain JSON.

A repository, a shell repository, a single-submodel service and a data plane differ only in what stands before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connector.notation.problems import Unknown
from submodels.aas import modifiers as forms
from submodels.aas.elements import element_at
from submodels.aas.paging import Page, page_of, read_paging

Json = Any
ELEMENTS: Final = "submodel-elements"
ATTACHMENT: Final = "attachment"
OPERATIONS: Final = frozenset({"invoke", "invoke-async", "operation-status", "operation-results"})
"""What follows an element's path only where operations can be called; this node has none."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a path addresses: the submodel, its list of elements, or the element at `path`; and `suffix` behind it."""

    is_list: bool = False
    path: str = ""
    suffix: str = ""

    @property
    def is_operation(self) -> bool:
        """Whether an operation is to be called or asked for its result."""
        return self.suffix in OPERATIONS


def read_target(path: str) -> Target:
    """What stands behind the submodel: `/$value`, `/submodel-elements/A.B[0]/$path`. Raises Unknown (`aas/path`)."""
    segments = path.strip("/").split("/") if path.strip("/") else []
    match segments:
        case []:
            return Target()
        case [suffix] if suffix in forms.CONTENTS:
            return Target(suffix=suffix)
        case ["submodel-elements"]:
            return Target(is_list=True)
        case ["submodel-elements", suffix] if suffix in forms.CONTENTS:
            return Target(is_list=True, suffix=suffix)
        case ["submodel-elements", element]:
            return Target(path=element)
        case ["submodel-elements", element, suffix] if suffix in (*forms.CONTENTS, ATTACHMENT):
            return Target(path=element, suffix=suffix)
        case ["submodel-elements", element, operation, *_] if operation in OPERATIONS:
            return Target(path=element, suffix=operation)
    raise Unknown("aas/path", f"there is nothing at {path[:200]!r} of a submodel")


def answer(submodel: Json, target: Target, query: Mapping[str, str]) -> Json | Page:
    """The answer to a GET: a JSON value, or the page of a list. Raises as `modifiers`, `paging` and `elements` say."""
    if target.suffix == ATTACHMENT:
        return attachment(submodel, target.path)
    wanted = forms.read_modifiers(target.suffix, query)
    if target.is_list:
        return page_of(forms.element_forms(submodel, wanted), read_paging(query))
    if target.path:
        return forms.element_form(submodel, target.path, wanted)
    return forms.submodel_form(submodel, wanted)


def attachment(submodel: Json, path: str) -> Json:
    """Raises Unknown (`aas/value-unknown`): files stand at the addresses that elements give, none is kept here."""
    element = element_at(submodel, path)
    where = element.get("value", "") if element["modelType"] == "File" else ""
    hint = f"; its value is the address {where[:200]}" if where else ""
    raise Unknown("aas/value-unknown", f"no file of the element {path[:100]!r} is kept here{hint}")
