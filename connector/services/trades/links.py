"""The link table of the bridge: which identity of one space stands for which of the other.

`operator`: a partner's DID -> the operator that stands for it in the region.
`part`: a part number that partners ask for -> the region's operator that makes it.
`product`: `<operator id> <part name>`, as an operator of the region names what it buys from the operator that stands
for a partner -> the partner's part number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from connector.notation.problems import Invalid, Unknown
from connector.pcf.footprint import Assumptions, Split, StageData
from connector.ports import Reader, Store, Transaction
from connector.records.footprints import LINKS, Link
from connector.services.events import Events

OPERATOR: Final = "operator"
PART: Final = "part"
PRODUCT: Final = "product"

ATTRIBUTES: Final[Mapping[str, Mapping[str, type | tuple[type, ...]]]] = {
    OPERATOR: {"account": str, "plant": Mapping},
    PART: {"unit": str, "productIds": list, "companyIds": list, "assumptions": Mapping, "source": str},
    PRODUCT: {
        "rawMaterialShare": (Decimal, int),
        "rawMaterial": (Decimal, int),
        "mainProduction": (Decimal, int),
        "source": str,
        "plant": Mapping,
    },
}
"""Attributes by kind of link. `plant` has plantName, plantAddress, openPlantId; `unit` counts the part.

`assumptions` are values by canonical name that a Catena-X document needs and the region never states; of a `product`,
either `rawMaterialShare` (0 to 1, assumed) or `rawMaterial` and `mainProduction` (stated) split the total; `source`
says who assumes or states it.
"""

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_LEFT: Final[Mapping[str, re.Pattern[str]]] = {
    OPERATOR: re.compile(r"did:[!-~]{1,500}", re.ASCII),
    PART: re.compile(r".{1,50}", re.DOTALL),
    PRODUCT: re.compile(_UUID.pattern + r" .{1,50}", re.ASCII | re.DOTALL),
}
_RIGHT: Final[Mapping[str, re.Pattern[str]]] = {
    OPERATOR: _UUID,
    PART: _UUID,
    PRODUCT: re.compile(r".{1,512}", re.DOTALL),
}
_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    OPERATOR: ("a DID", "the id of an operator (UUID, lower case)"),
    PART: ("a part number of at most 50 characters", "the id of an operator (UUID, lower case)"),
    PRODUCT: ("`<operator id> <part name>`", "a part number"),
}


class Links:
    """The link table."""

    def __init__(self, *, store: Store, events: Events) -> None:
        self._store = store
        self._events = events

    async def put(
        self, kind: str, left: str, right: str, attributes: Mapping[str, Any] | None = None, *, actor: str
    ) -> Link:
        """Add or change a link (event `link.put`). Raises Invalid (`link/...`) for what the kind does not have."""
        link = checked(kind, left, right, attributes or {})

        def put(tx: Transaction) -> None:
            tx.put(LINKS, link)
            tx.audit("link.put", link.id, {"right": right, "attributes": link.attributes}, actor=actor)

        await self._store.write(put)
        self._events.publish("link.put", link.id, link)
        return link

    async def list(self, kind: str = "", *, limit: int = 100, offset: int = 0) -> list[Link]:
        """Links, by id."""
        where = {"kind": kind} if kind else {}
        return await self._store.read(lambda reader: reader.find(LINKS, where, limit=limit, offset=offset))

    async def get(self, kind: str, left: str) -> Link:
        """One link. Raises Unknown."""
        found = await self._store.read(lambda reader: linked(reader, kind, left))
        if found is None:
            raise _unknown(kind, left)
        return found

    async def remove(self, kind: str, left: str, *, actor: str) -> None:
        """Forget a link (event `link.removed`). Raises Unknown."""

        def forget(tx: Transaction) -> None:
            if not tx.remove(LINKS, f"{kind} {left}"):
                raise _unknown(kind, left)
            tx.audit("link.removed", f"{kind} {left}", {}, actor=actor)

        await self._store.write(forget)
        self._events.publish("link.removed", f"{kind} {left}")


def checked(kind: str, left: str, right: str, attributes: Mapping[str, Any]) -> Link:
    """A link that says what its kind needs. Raises Invalid: `link/kind`, `left`, `right`, `attribute`."""
    if kind not in ATTRIBUTES:
        raise Invalid(
            "link/kind", f"there is no kind of link {kind!r}; kinds: {', '.join(ATTRIBUTES)}", pointer="/kind"
        )
    for pattern, text, form, name in (
        (_LEFT[kind], left, _FORMS[kind][0], "left"),
        (_RIGHT[kind], right, _FORMS[kind][1], "right"),
    ):
        if not pattern.fullmatch(text):
            raise Invalid(f"link/{name}", f"the {name} side of a link of kind {kind} is {form}", pointer=f"/{name}")
    for name, value in attributes.items():
        wanted = ATTRIBUTES[kind].get(name)
        if wanted is None or not isinstance(value, wanted) or isinstance(value, bool):
            known = ", ".join(ATTRIBUTES[kind])
            sentence = f"the attribute {name!r} is not known or of a wrong type; a link of kind {kind} has {known}"
            raise Invalid("link/attribute", sentence, pointer=f"/attributes/{name}")
    link = Link(id=f"{kind} {left}", kind=kind, left=left, right=right, attributes=dict(attributes))
    split_of(link)
    return link


def linked(reader: Reader, kind: str, left: str) -> Link | None:
    """The link of this kind from `left`, if there is one."""
    return reader.get(LINKS, f"{kind} {left}")


def split_of(link: Link) -> StageData | Split | None:
    """How a `product` splits a total into stages. Raises Invalid where it is said twice or by halves."""
    share, raw, main = (link.attributes.get(name) for name in ("rawMaterialShare", "rawMaterial", "mainProduction"))
    source = link.attributes.get("source", f"link {link.id}")
    if share is not None and raw is None and main is None:
        if not 0 <= share <= 1:
            raise Invalid("link/attribute", "rawMaterialShare lies between 0 and 1", pointer="/attributes")
        return Split(Decimal(share), source)
    if share is None and raw is not None and main is not None:
        return StageData(Decimal(raw), Decimal(main), source)
    if share is None and raw is None and main is None:
        return None
    raise Invalid("link/attribute", "state rawMaterialShare, or rawMaterial and mainProduction", pointer="/attributes")


def assumptions_of(link: Link) -> Assumptions:
    """What a `part` lets the bridge assume."""
    source = link.attributes.get("source", f"link {link.id}")
    return Assumptions(assumed_values(link.attributes.get("assumptions", {})), source)


def assumed_values(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Assumptions as JSON states them: lists become tuples, whole numbers Decimals."""
    return {name: _assumed(value) for name, value in stated.items()}


def _assumed(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _unknown(kind: str, left: str) -> Unknown:
    return Unknown("link/unknown", f"there is no link of kind {kind} from {left!r}")
