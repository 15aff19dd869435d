"""Why an exchange with a partner does not work: the steps that every exchange takes, one after the other."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from connector.notation.problems import Problem, Refused
from connector.services.catalog.partners import Partners
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity

Side = Literal["ours", "theirs", ""]

SIDES: Final[Mapping[str, Side]] = {
    "credentials": "ours",
    "resolve": "theirs",
    "version": "theirs",
    "catalog": "theirs",
}
"""Whose side is wrong where a step fails."""

IDENTITY_CODES: Final = "dcp/"
"""A partner that refuses us with a code of this room does not believe our token or credentials: that is our side."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it worked, what was seen, and whose side is wrong where it did not."""

    name: str
    ok: bool
    detail: str
    side: Side = ""
    code: str = ""
    seconds: float = 0.0


class Doctor:
    """Walks own credentials, resolve, version, token and catalog."""

    def __init__(self, *, identity: Identity, counterparties: Counterparties, partners: Partners) -> None:
        self._identity = identity
        self._counterparties = counterparties
        self._partners = partners

    async def examine(self, did: str) -> list[Step]:
        """The steps up to the first that fails."""
        steps: list[Step] = []
        try:
            steps.append(await _timed("credentials", self._credentials()))
            steps.append(await _timed("resolve", self._resolve(did)))
            steps.append(await _timed("version", self._version(did)))
            steps += await self._ask(did)
        except _Failed as failed:
            steps.append(failed.step)
        return steps

    async def _credentials(self) -> str:
        held = sorted(await self._identity.held(), key=lambda item: item.type)
        if not held:
            raise Refused("doctor/no-credentials", "we hold no credential: ask the issuer for a membership")
        said, refusals = [], []
        for item in held:
            try:
                await self._counterparties.check_own(item.jwt)
            except Problem as problem:
                refusals.append(problem)
                said.append(f"{item.type}: {problem.detail}")
            else:
                said.append(f"{item.type}, valid until {item.expires_at:%Y-%m-%dT%H:%M:%SZ}, not revoked")
        if refusals:
            raise Refused(refusals[0].code, "; ".join(said))
        return f"we hold {'; '.join(said)}"

    async def _resolve(self, did: str) -> str:
        document = await self._counterparties.document(did, fresh=True)
        return f"the DID document names {len(document.keys)} keys and {', '.join(document.services) or 'no service'}"

    async def _version(self, did: str) -> str:
        return f"speaks 2025-1 at {await self._partners.address_of(did)}"

    async def _ask(self, did: str) -> list[Step]:
        """One catalog request shows both: whether we are believed, and what we are shown."""
        address = await self._partners.address_of(did)
        try:
            catalog = await _timed("catalog", self._catalog(did, address))
        except _Failed as failed:
            if failed.step.code.startswith(IDENTITY_CODES):
                return [replace(failed.step, name="token", side="ours")]
            return [Step("token", True, "the refusal is not about who we are"), failed.step]
        return [Step("token", True, "our token and credentials were accepted"), catalog]

    async def _catalog(self, did: str, address: str) -> str:
        found = await self._partners.read_catalog(did, address)
        return f"shows us {len(found.datasets)} datasets"


class _Failed(Exception):
    def __init__(self, step: Step) -> None:
        super().__init__(step.detail)
        self.step = step


async def _timed(name: str, look: Awaitable[str]) -> Step:
    started = time.perf_counter()
    try:
        detail = await look
    except Problem as problem:
        seconds = round(time.perf_counter() - started, 4)
        raise _Failed(Step(name, False, problem.detail, SIDES[name], problem.code, seconds)) from problem
    return Step(name, True, detail, seconds=round(time.perf_counter() - started, 4))
