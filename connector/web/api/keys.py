"""`/api/keys`: the management keys, for admins."""

from __future__ import annotations

from pydantic import Field

from connector.records.identity import ApiKey
from connector.services.identity.keys import Keys, Role
from connector.web.api.operations import Call, Form, Instant, Operation


class NewKey(Form):
    """What is asked for."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9-]{0,31}$", description="who uses it; audit entries name their actor by it"
    )
    role: Role


class CreatedKey(Form):
    """A new key: `key` is shown this once."""

    name: str
    role: Role
    key: str = Field(description="goes into the header X-Api-Key")


class ShownKey(Form):
    """A key without its secret."""

    name: str
    role: str
    created_at: Instant
    revoked_at: Instant | None = None


class KeysApi:
    """Operations on management keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def operations(self) -> list[Operation]:
        """All of them need `administer`."""
        return [
            Operation("GET", "/api/keys", self._list, "List the keys", "administer", answers=ShownKey, is_list=True),
            Operation(
                "POST", "/api/keys", self._create, "Make a key", "administer", NewKey, answers=CreatedKey, status=201
            ),
            Operation("DELETE", "/api/keys/{name}", self._revoke, "Revoke a key", "administer", answers=ShownKey),
        ]

    async def _list(self, _: Call) -> list[ShownKey]:
        return [_shown(record) for record in await self._keys.list()]

    async def _create(self, call: Call) -> CreatedKey:
        wanted: NewKey = call.body
        text = await self._keys.create(wanted.name, wanted.role, actor=call.actor)
        return CreatedKey(name=wanted.name, role=wanted.role, key=text)

    async def _revoke(self, call: Call) -> ShownKey:
        return _shown(await self._keys.revoke(call.path["name"], actor=call.actor))


def _shown(record: ApiKey) -> ShownKey:
    return ShownKey(name=record.id, role=record.role, created_at=record.created_at, revoked_at=record.revoked_at)
