"""docs/management-api.md names every route below /management, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from aiohttp import web

PAGE = Path(__file__).resolve().parents[4] / "docs/management-api.md"
ROW = re.compile(r"^\| ([A-Z]+) \| `(/v[^`]+)` \| (same|more|501) \|", re.MULTILINE)


def listed() -> dict[tuple[str, str], str]:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert len({row[:2] for row in rows}) == len(rows) > 50
    return {(method, path): offered for method, path, offered in rows}


def routes(rig: Any) -> set[tuple[str, str]]:
    found = [route for door in rig.doors for route in door.routes() if isinstance(route, web.RouteDef)]
    below = [(one.method, one.path.removeprefix("/management")) for one in found if one.path.startswith("/management")]
    return set(below)


async def test_the_table_is_that_of_the_routes(rig: Any) -> None:
    assert set(listed()) == routes(rig)


async def test_what_is_not_offered_says_so_and_nothing_else_does(rig: Any) -> None:
    for (method, path), offered in listed().items():
        body = b"{}" if method in ("POST", "PUT") else None
        status, _ = await rig.call(method, path.replace("{id}", "nothing"), body)
        assert (status == 501) == (offered == "501"), (method, path, status)
