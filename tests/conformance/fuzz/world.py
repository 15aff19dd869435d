"""The node that is tried: real, with a contract and transfers in force, and what a request may aim at."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from aiohttp import web

from connector import doors
from connector.node import Node
from tests.conformance.fuzz import rig

UNCHECKED: Final = frozenset({"audit_entry", "known_presentation", "schema_version"})
"""Tables that a refusal may write to: what was refused is on record, and who came by is known."""
_VARIABLE: Final = re.compile(r"\{([A-Za-z_]+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")


@dataclass(frozen=True, slots=True)
class Target:
    """One method on one path template of a listener."""

    method: str
    template: str
    listener: str

    def path(self, value: str) -> str:
        """The path with its variables filled in."""
        return _VARIABLE.sub(lambda _: value, self.template)


@dataclass
class World:
    """Nodes, the transfers between them, and what nobody may ever read in a log."""

    space: Any
    key: str
    reader: str
    transfers: Sequence[Any]
    negotiation: Any
    secrets: set[str] = field(default_factory=set)

    @property
    def node(self) -> Node:
        """The node that is tried."""
        found: Node = self.space.maker
        return found

    def targets(self) -> list[Target]:
        """Every route of both listeners."""
        apps = {"public": doors.public_app(self.node), "management": doors.management_app(self.node)}
        found = {
            Target(method, template, name)
            for name, app in apps.items()
            for method, template in _routes(app, "")
            if not template.startswith("/api/events")
        }
        return sorted(found, key=lambda one: (one.listener, one.template, one.method))

    def url(self, target: Target, path: str) -> str:
        """Where a path of a listener is."""
        settings = self.node.settings
        return f"{settings.public.url if target.listener == 'public' else settings.management.url}{path}"

    def state(self) -> str:
        """A digest of all that the node keeps, but for its log."""
        digest = hashlib.sha256()
        with self.node.store._engine.connect() as connection:
            for table in sorted(set(sa.inspect(connection).get_table_names()) - UNCHECKED):
                for row in connection.execute(sa.text(f'select * from "{table}" order by 1')):
                    digest.update(repr((table, tuple(row))).encode())
        return digest.hexdigest()


def _routes(app: web.Application, _: str) -> list[tuple[str, str]]:
    found = []
    for resource in app.router.resources():
        inner = getattr(resource, "_app", None)
        if isinstance(inner, web.Application):
            found += [(route.method, route.resource.canonical) for route in inner.router.routes() if route.resource]
    found += [
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and getattr(route.resource, "_app", None) is None
    ]
    return [(method, template) for method, template in found if method not in ("*", "HEAD")]


async def opened(folder: Path) -> World:
    """Open it: a contract, three transfers, a key of each role."""
    space = await rig.open_space(folder)
    await rig.offer_asset(space.maker, "pack")
    done = await rig.agree(space.peer, space.maker, "pack")
    transfers = [await rig.start_transfer(space.peer, space.maker, done.agreement_id) for _ in range(3)]
    key = await space.maker.keys.create("fuzz", "admin", actor="test")
    reader = await space.maker.keys.create("look", "reader", actor="test")
    secrets = {key, reader, *(str(one.data_address["authorization"]) for one in transfers)}
    return World(space, key, reader, transfers, done, secrets)
