"""`/api/agreements`: contracts of another connector of this participant, taken over."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from connector.services.catalog.imports import Foreign, Imports
from connector.web.api.operations import Call, Form, Instant, Operation


class AgreementForm(Form):
    """A contract as it was agreed elsewhere; `policy` in any spelling of ODRL."""

    id: str = Field(min_length=1, max_length=1000, description="the id that both sides know")
    provider: str = Field(min_length=1, max_length=1000, description="DID, or a BPN that this node knows")
    consumer: str = Field(min_length=1, max_length=1000, description="DID, or a BPN that this node knows")
    dataset_id: str = Field(min_length=1, max_length=1000)
    policy: dict[str, Any]
    signed_at: Instant


class ImportedForm(Form):
    """What was kept."""

    id: str
    role: str
    provider: str
    consumer: str
    dataset_id: str
    signed_at: Instant


class AgreementsApi:
    """Operations on contracts that no negotiation of this node led to."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    def operations(self) -> list[Operation]:
        """A contract gives rights: only an admin states one."""
        return [
            Operation(
                "POST",
                "/api/agreements",
                self._import,
                "Take over a contract that this participant made with another connector",
                "administer",
                AgreementForm,
                answers=ImportedForm,
                status=201,
            )
        ]

    async def _import(self, call: Call) -> ImportedForm:
        said: AgreementForm = call.body
        foreign = Foreign(said.id, said.provider, said.consumer, said.dataset_id, said.policy, said.signed_at)
        record = await self._imports.agreement(foreign, actor=call.actor)
        return ImportedForm(
            id=record.id,
            role=record.role,
            provider=record.provider,
            consumer=record.consumer,
            dataset_id=record.dataset_id,
            signed_at=record.signed_at,
        )
