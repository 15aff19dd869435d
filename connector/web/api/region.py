"""`/api/region`: accounts of the platform stand-in, and what the bridge to the region is waiting for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import Field

from connector.notation.problems import Unavailable
from connector.pcf.ouranos.models import OperatorModel, parse
from connector.services.trades.accounts import RegionAccounts
from connector.services.trades.trades import Trades
from connector.web.api.operations import Call, Form, Operation

KeepSecret = Callable[[str, str, str], None]
"""(account, API key, password): puts what the bridge logs in with where it will find it."""


class AccountForm(Form):
    """An account of the stand-in with its operator (OperatorModel); `forBridge`: this node's bridge will use it."""

    operator_account_id: str = Field(min_length=3, max_length=256, description="as an e-mail address")
    password: str = Field(min_length=8, max_length=20)
    operator: dict[str, Any]
    for_bridge: bool = False


class RegionDoor:
    """Operations on the region behind this node. `accounts` is None where a real platform is configured."""

    def __init__(self, *, accounts: RegionAccounts | None, trades: Trades, keep_secret: KeepSecret) -> None:
        self._accounts = accounts
        self._trades = trades
        self._keep_secret = keep_secret

    def operations(self) -> list[Operation]:
        """See operations.py."""
        return [
            Operation("GET", "/api/region/accounts", self._list, "List accounts of the stand-in", "administer"),
            Operation(
                "POST", "/api/region/accounts", self._add, "Add an account", "administer", body=AccountForm, status=201
            ),
            Operation("POST", "/api/region/look", self._look, "Ask the region now", "operate"),
            Operation("GET", "/api/region/unlinked", self._unlinked, "Requests of the region that no link names"),
        ]

    def _stand_in(self) -> RegionAccounts:
        if self._accounts is None:
            raise Unavailable("region/no-stand-in", "this node has no platform stand-in: accounts are the platform's")
        return self._accounts

    async def _list(self, _: Call) -> Any:
        return await self._stand_in().list()

    async def _add(self, call: Call) -> Any:
        """The answer has the API key; it is shown once."""
        form: AccountForm = call.body
        operator = parse(OperatorModel, form.operator)
        key = await self._stand_in().add(form.operator_account_id, form.password, operator, actor=call.actor)
        if form.for_bridge:
            self._keep_secret(form.operator_account_id, key, form.password)
            await self._trades.look()
        return {"operatorAccountId": form.operator_account_id, "operatorId": operator.operator_id, "apiKey": key}

    async def _look(self, _: Call) -> Any:
        await self._trades.look()
        return {"looking": True}

    async def _unlinked(self, _: Call) -> Any:
        return await self._trades.unlinked()
