"""Ways to say how a payload changes: as a whole, by JSON Patch (RFC 6902), by JSON Merge Patch (RFC 7396)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.notation.problems import Invalid
from connector.passport import versions

Change = Callable[[Any], Any]
"""Takes the current payload, gives the next one; what it took stays as it is."""


def replaced(payload: Any) -> Change:
    """The whole payload anew."""
    return lambda _: payload


def patched(operations: list[Any]) -> Change:
    """Operations add, remove, replace, test. The change raises Invalid (`passport/delta-...`) where one fails."""
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise Invalid("passport/delta-operation", "a JSON Patch is a list of operations", pointer="/patch")
    return lambda payload: versions.apply(payload, operations)


def merged(patch: Any) -> Change:
    """Members of `patch` take the place of those of the payload; null removes one."""
    return lambda payload: _merged(payload, patch)


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    kept = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = _merged(kept.get(name), value)
    return kept


def with_carbon_footprint(entries: list[dict[str, Any]]) -> Change:
    """Another `circularity.carbonFootprint[]`."""
    return merged({"circularity": {"carbonFootprint": entries}})
