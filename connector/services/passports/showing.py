"""What of a payload may be shown to the public now: data points that wait for an act still to come are kept back.

They stay in the submodels and are exchanged under contract; only the page of a scanned label leaves them out.
"""

from __future__ import annotations

from typing import Any

from connector.notation.pointers import split


def for_public(payload: dict[str, Any]) -> dict[str, Any]:
    """`payload` without what is not allowed in the public view yet; itself where there is nothing to leave out."""
    from submodels.dbp.law.completeness import not_allowed_yet

    for pointer in not_allowed_yet(payload):
        payload = _without(payload, split(pointer))
    return payload


def _without(node: Any, steps: tuple[str, ...] | list[str]) -> Any:
    """A copy of `node` without the member at `steps`; what is on the way only is copied."""
    first, rest = steps[0], steps[1:]
    if not rest:
        return {name: value for name, value in node.items() if name != first}
    return {**node, first: _without(node[first], rest)}
