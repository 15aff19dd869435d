"""`/api/clearing`: what the parties of a contract told this clearing house, compared."""

from __future__ import annotations

from typing import Any

from connector.services.contracts.clearing import ClearingHouse
from connector.web.api.operations import Call, Form, Operation


class ClearedForm(Form):
    """The story of a contract as its parties told it; `ok`: both tell the same."""

    ok: bool
    agreement_id: str
    logs: list[str]
    exchanges: list[dict[str, Any]]
    findings: list[dict[str, Any]]


class ClearingApi:
    """One operation."""

    def __init__(self, house: ClearingHouse) -> None:
        self._house = house

    def operations(self) -> list[Operation]:
        """It needs `audit`."""
        return [
            Operation(
                "GET",
                "/api/clearing/{id}",
                self._story,
                "What the parties of a contract told, compared",
                "audit",
                answers=ClearedForm,
            )
        ]

    async def _story(self, call: Call) -> ClearedForm:
        found = await self._house.story(call.path["id"])
        is_told = len(found.logs) > 1 and not any(finding.severity == "error" for finding in found.findings)
        return ClearedForm(
            ok=is_told,
            agreement_id=found.agreement_id,
            logs=list(found.logs),
            exchanges=[
                {"by": one.key[0], "id": one.key[1], "time": one.time, "ours": one.ours, "theirs": one.theirs}
                for one in found.story
            ],
            findings=[finding.as_dict() for finding in found.findings],
        )
