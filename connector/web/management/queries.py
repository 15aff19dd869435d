"""EDC's QuerySpec: which page of which records."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from connector.notation.exact_json import decode
from connector.notation.jsonld import Contexts
from connector.notation.problems import Invalid
from connector.services.catalog.criteria import Criterion
from connector.services.catalog.search import LIMIT, MOST, Search
from connector.web.bodies import LIMITS, read_bytes
from connector.web.management.forms import Members, read, unwrapped

_ORDERS = {"ASC": False, "DESC": True}


async def search_of(request: web.Request, contexts: Contexts) -> Search:
    """The QuerySpec in a body; an empty body, `null` and `{}` ask for the first page."""
    body = await optional_json(request)
    return spec(read(body, contexts)) if body else Search()


async def optional_json(request: web.Request) -> Any:
    """The body as JSON; None where there is none."""
    raw = await read_bytes(request)
    return decode(raw, limits=request.config_dict[LIMITS]) if raw.strip() else None


def spec(members: Members) -> Search:
    """Raises Invalid (`management/...`, `criteria/...`) naming the member that is wrong."""
    order = (members.text("sortOrder") or "ASC").upper()
    if order not in _ORDERS:
        raise Invalid("management/sort-order", "sortOrder is ASC or DESC", pointer=members.pointer("sortOrder"))
    return Search(
        criteria=criteria(members, "filterExpression"),
        sort_field=members.text("sortField") or "",
        is_descending=_ORDERS[order],
        offset=members.count("offset", 0, 0, 10**9),
        limit=members.count("limit", LIMIT, 1, MOST),
    )


def criteria(members: Members, name: str) -> list[Criterion]:
    """The criteria of a member, one or a list of them."""
    found = []
    for item in members.objects(name):
        right = item.plain().get("operandRight")
        right = right.get("@id") if isinstance(right, dict) and right.keys() == {"@id"} else right
        document = {"operandLeft": item.text("operandLeft"), "operator": item.text("operator") or "="}
        if right is not None:
            document["operandRight"] = right
        try:
            found.append(Criterion.read(document))
        except Invalid as problem:
            raise Invalid(problem.code, problem.detail, pointer=item.pointer()) from None
    return found


def query_spec(members: Members) -> list[dict[str, Any]]:
    """The filter that a catalog request carries for a client's `querySpec`; none where it says nothing."""
    if not list(members):
        return []
    search = spec(members)
    filter_ = {
        "@type": "https://w3id.org/edc/v0.0.1/ns/QuerySpec",
        "https://w3id.org/edc/v0.0.1/ns/offset": search.offset,
        "https://w3id.org/edc/v0.0.1/ns/limit": search.limit,
    }
    if search.criteria:
        filter_["https://w3id.org/edc/v0.0.1/ns/filterExpression"] = [_wire(one) for one in search.criteria]
    return [filter_]


def _wire(criterion: Criterion) -> dict[str, Any]:
    left = criterion.left
    namespace = "https://w3id.org/edc/v0.0.1/ns/"
    return {
        "@type": f"{namespace}Criterion",
        f"{namespace}operandLeft": left if ":" in left or "'" in left else namespace + left,
        f"{namespace}operator": criterion.operator,
        f"{namespace}operandRight": unwrapped(criterion.right),
    }
