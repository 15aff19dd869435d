"""A partner's submodels as one passport view: the value of each part by its idShort, whoever made them.

Parts are known by any of their semantic ids, IRDIs in every spelling, else by idShort; elements by idShort, else by
semantic id. What belongs to no part is told and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connector.notation.findings import Finding
from submodels.aas.value import submodel_value
from submodels.dbp.edition import OLDER
from submodels.dbp.parts import BY_ID_SHORT, METADATA, PARTS, Part
from submodels.dbp.templates.element import Element

Json = Any
_IRDI: Final = re.compile(r"(\d{4})[-/#](1|2|///61987|///61360_7)[#-](.+)", re.ASCII)
_PREFIXES: Final = ("urn:irdi:", "https://api.eclass-cdp.com/", "http://api.eclass-cdp.com/", "urn:iridi:")


@dataclass(slots=True)
class PassportView:
    """`values`: idShort of a part -> its value as `$value` has it; `assets`: names of the asset as a shell has them."""

    values: dict[str, dict[str, Any]]
    assets: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def part(self, number: int) -> dict[str, Any]:
        """The value of a part; empty where it is not there."""
        known = next(part for part in (*PARTS, METADATA) if part.number == number)
        return self.values.get(known.id_short, {})


def normal(semantic_id: str) -> str:
    """One spelling for all of an id: IRDIs without prefix and with #, no `/submodel` behind, no trailing slash."""
    text = semantic_id.strip()
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    if text != semantic_id.strip() or text[:4].isdigit():
        text = text.replace("#", "-")
    return text.removesuffix("/").removesuffix("/submodel").lower()


def _meanings() -> dict[str, Part]:
    found: dict[str, Part] = {}
    for part in (*PARTS, METADATA, *OLDER.values()):
        for semantic_id in part.ids("idta"):
            found.setdefault(normal(semantic_id), part)
    return found


_BY_MEANING: Final = _meanings()


def of_documents(submodels: Iterable[Json], shells: Iterable[Json] = ()) -> PassportView:
    """The view of submodels in their normative JSON; the first of each part counts."""
    view = PassportView({}, _assets(shells))
    for submodel in submodels:
        part = _part_of(submodel)
        if part is None or part.id_short in view.values:
            _tell_stranger(submodel, part, view)
            continue
        elements = [_named(element, part.elements) for element in submodel.get("submodelElements") or ()]
        view.values[part.id_short] = submodel_value({**submodel, "submodelElements": elements})
    return view


def of_values(values: Mapping[str, Any]) -> PassportView:
    """The view of what `$value` of each submodel answers, by idShort (or the name that CX-0160 has for it)."""
    names = {part.cx_semantic_id.rpartition("#")[2].lower(): part.id_short for part in (*PARTS, METADATA)}
    names |= {id_short.lower(): id_short for id_short in BY_ID_SHORT}
    view = PassportView({})
    for name, value in values.items():
        known = names.get(name.lower())
        if known is None or not isinstance(value, dict):
            message = f"{name[:100]!r} is none of the parts of a passport, or no object; it is left alone."
            view.findings.append(Finding("dbp/foreign", message, "", "warning", kind="lost", target=name[:100]))
        else:
            view.values[known] = value
    return view


def _part_of(submodel: Json) -> Part | None:
    for reference in (submodel.get("semanticId"), *(submodel.get("supplementalSemanticIds") or ())):
        for key in (reference or {}).get("keys") or ():
            part = _BY_MEANING.get(normal(str(key.get("value", ""))))
            if part is not None:
                return part
    return BY_ID_SHORT.get(str(submodel.get("idShort", "")))


def _tell_stranger(submodel: Json, part: Part | None, view: PassportView) -> None:
    name = str(submodel.get("idShort") or submodel.get("id", ""))[:100]
    why = "is none of the parts of a passport" if part is None else "is a second submodel of its part"
    message = f"The submodel {name!r} {why}; it is left alone."
    view.findings.append(Finding("dbp/foreign", message, "", "info", kind="lost", target=name))


def _named(element: Json, template: tuple[Element, ...]) -> Json:
    """`element` under the template's idShort, where its maker gave it another and the meaning is the same."""
    known = {one.id_short: one for one in template}
    own = known.get(element.get("idShort", "")) or _by_meaning(element, template)
    if own is None:
        return element
    named = {**element, "idShort": own.id_short}
    if own.kind == "SubmodelElementCollection" and isinstance(element.get("value"), list):
        named["value"] = [_named(child, own.children) for child in element["value"]]
    if own.kind == "SubmodelElementList" and isinstance(element.get("value"), list):
        named["value"] = [_named(child, own.children) for child in element["value"]]
    return named


def _by_meaning(element: Json, template: tuple[Element, ...]) -> Element | None:
    keys = (element.get("semanticId") or {}).get("keys") or ()
    meant = {normal(str(key.get("value", ""))) for key in keys}
    return next((one for one in template if normal(one.semantic_id) in meant), None)


def _assets(shells: Iterable[Json]) -> dict[str, str]:
    found: dict[str, str] = {}
    for shell in shells:
        information = shell.get("assetInformation") or {}
        if information.get("globalAssetId"):
            found.setdefault("globalAssetId", information["globalAssetId"])
        for item in information.get("specificAssetIds") or ():
            found.setdefault(str(item.get("name")), str(item.get("value")))
    return found
