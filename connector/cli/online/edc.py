"""An existing EDC, read over its Management API v3: what it has goes into this node as the node would be told it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from connector.cli.target import Target, segment
from connector.dsp.vocabulary import EDC
from connector.notation.jsonld import as_list, id_of
from connector.notation.problems import Conflict, PeerFailed, Problem

Json = dict[str, Any]

PAGE: Final = 100
MOST: Final = 100_000
"""Objects of one kind: a source that never ends is no EDC."""
_CONTEXT: Final = {"@vocab": EDC}
_V3: Final = "/management/v3"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object: `imported`, `replaced`, `kept` (it was there), `refused` with the reason."""

    kind: str
    id: str
    result: str
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of object: EDC's path, and how one is put into a node (with its id, as a replacement)."""

    name: str
    path: str
    replace: Callable[[str], str] | None


KINDS: Final = (
    _Kind("asset", "assets", lambda _: "assets"),
    _Kind("policy", "policydefinitions", lambda name: f"policydefinitions/{segment(name)}"),
    _Kind("contract definition", "contractdefinitions", lambda _: "contractdefinitions"),
)
"""In the order in which they need one another."""


def run(source: Target, node: Target, *, replace: bool, dry_run: bool) -> Iterator[Outcome]:
    """Read everything and put it into `node`; each outcome as it comes. Raises Problem where the source fails."""
    for kind in KINDS:
        for found in objects(source, kind.path):
            yield _outcome(
                kind.name, _id(found), "would be imported" if dry_run else "", _put(node, kind, found, replace)
            )
    for found in objects(source, "contractagreements"):
        name = agreement_id(found)
        yield _outcome("agreement", name, "would be imported" if dry_run else "", partial(_agreement, node, found))


def _outcome(kind: str, name: str, instead: str, put: Callable[[], str]) -> Outcome:
    if instead:
        return Outcome(kind, name, instead)
    try:
        return Outcome(kind, name, put())
    except PeerFailed:
        raise
    except Problem as problem:
        return Outcome(kind, name, "refused", problem.code, problem.detail)


def objects(source: Target, path: str) -> Iterator[Json]:
    """Every object at `/v3/<path>/request`, page by page, each once."""
    seen: set[str] = set()
    for offset in range(0, MOST, PAGE):
        query = {"@context": _CONTEXT, "@type": "QuerySpec", "offset": offset, "limit": PAGE}
        page = source.call("POST", f"/v3/{path}/request", query)
        found = [one for one in as_list(page) if isinstance(one, dict)]
        for one in found:
            if _id(one) not in seen:
                seen.add(_id(one))
                yield one
        if len(found) < PAGE:
            return


def _put(node: Target, kind: _Kind, found: Json, replace: bool) -> Callable[[], str]:
    def put() -> str:
        body = {name: value for name, value in found.items() if _short(name) not in ("createdAt", "hasDataAddress")}
        try:
            node.call("POST", f"{_V3}/{kind.path}", body)
        except Conflict:
            if not replace or kind.replace is None:
                return "kept"
            node.call("PUT", f"{_V3}/{kind.replace(_id(found))}", body)
            return "replaced"
        return "imported"

    return put


def _agreement(node: Target, found: Json) -> str:
    members = {_short(name): value for name, value in found.items()}
    policy = members.get("policy")
    signed = members.get("contractSigningDate")
    said = {
        "id": agreement_id(found),
        "provider": id_of(members.get("providerId")) or "",
        "consumer": id_of(members.get("consumerId")) or "",
        "datasetId": id_of(members.get("assetId")) or "",
        "policy": {"@context": found.get("@context", _CONTEXT), **policy} if isinstance(policy, dict) else {},
        "signedAt": datetime.fromtimestamp(signed if isinstance(signed, int) else 0, UTC),
    }
    try:
        node.call("POST", "/api/agreements", said)
    except Conflict:
        return "kept"
    return "imported"


def agreement_id(found: Json) -> str:
    """The id that both sides know: newer EDCs have it in `agreementId`, their `@id` is only their own."""
    return next((id_of(value) or "" for name, value in found.items() if _short(name) == "agreementId"), "") or _id(
        found
    )


def _id(found: Json) -> str:
    return str(found.get("@id", ""))


def _short(name: str) -> str:
    return name.removeprefix(EDC).removeprefix("edc:")
