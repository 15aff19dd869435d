"""A submodel in part: what export control withholds is cut out before any form of an answer is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector.notation.exact_json import encode
from connector.notation.problems import Refused
from connector.services.passports.shells.pages import json_page
from submodels.aas.elements import element_at
from submodels.aas.interface import Target, answer
from submodels.aas.paging import Page
from submodels.aas.withholding import cut, mandatory_among, withheld_paths

Json = Any
_OPTIONAL: Final = ("ZeroToOne", "ZeroToMany")


@dataclass(frozen=True, slots=True)
class Part:
    """An answer, and the idShortPaths of what was left out of its submodel."""

    body: bytes
    withheld: Sequence[str] = ()


def partly(id_short: str, tree: Json, target: Target, query: Mapping[str, str], withheld: Sequence[str]) -> Part:
    """The answer without what is withheld. Raises Refused (`export/withheld`) for the whole submodel, Unknown."""
    from submodels.dbp.parts import BY_ID_SHORT

    own = [each.partition("/")[2] for each in withheld if each.partition("/")[0] == id_short]
    if not own and id_short not in BY_ID_SHORT:
        raise _refused(id_short, "it repeats data that are withheld elsewhere, and is not classified itself")
    paths = withheld_paths(tree, own)
    missing = mandatory_among(paths, lambda path: is_mandatory(id_short, tree, path))
    if "*" in own or missing:
        raise _refused(id_short, f"it cannot be without {', '.join(missing[:5]) or 'any of its elements'}")
    found = answer(cut(tree, paths) if paths else tree, target, query)
    body = json_page([encode(item) for item in found.items], found.cursor) if isinstance(found, Page) else encode(found)
    return Part(body, [f"{id_short}/{path}" for path in paths])


def is_mandatory(id_short: str, tree: Json, path: str) -> bool:
    """Whether the template demands an element (`A[].B`); what no template and no qualifier says is taken for it."""
    from submodels.dbp.parts import BY_ID_SHORT
    from submodels.dbp.tree import elements_by_path

    part = BY_ID_SHORT.get(id_short)
    if part is not None:
        known = elements_by_path(part).get(path)
        return known is None or known.is_mandatory
    qualifiers = element_at(tree, path.replace("[]", "[0]")).get("qualifiers", [])
    said = {each.get("value") for each in qualifiers if str(each.get("type", "")).endswith("Cardinality")}
    return said.isdisjoint(_OPTIONAL)


def _refused(id_short: str, why: str) -> Refused:
    return Refused("export/withheld", f"export control: the submodel {id_short} is not available to you: {why}")
