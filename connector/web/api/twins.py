"""`/api/registry` and who sees a passport's twin in it."""

from __future__ import annotations

from pydantic import Field

from connector.services.passports.passports import Passports
from connector.web.api.operations import Call, Form, Operation
from connector.web.api.passports import UNIT, Readers


class PoliciesForm(Form):
    """Under which policy definitions something is offered."""

    access_policy_id: str = Field(min_length=1, description="who sees the offer")
    usage_policy_id: str = Field(min_length=1, description="under which contract")


class DatasetForm(Form):
    """What is on offer now."""

    dataset_id: str


class ReadersForm(Form):
    """Who sees which specific asset id of the twin in the registry; without any, the owner alone sees it."""

    visible_to: Readers = Field(
        description="name of a specific asset id (`*`: each) -> BPNLs, or PUBLIC_READABLE for everybody in the space"
    )


class VisibilityForm(ReadersForm):
    """As it is now."""

    unit_id: str


class TwinDoor:
    """Operations on the registry of twins."""

    def __init__(self, passports: Passports) -> None:
        self._passports = passports

    def operations(self) -> list[Operation]:
        """For `routes` and the OpenAPI document."""
        return [
            Operation(
                "PUT",
                "/api/registry",
                self._offer,
                "Put the registry of twins on offer (CX-0002, DigitalTwinRegistry), or under other policies",
                needs="operate",
                body=PoliciesForm,
                answers=DatasetForm,
            ),
            Operation(
                "PUT",
                f"{UNIT}/visibility",
                self._set_visibility,
                "Say who sees which specific asset id of the twin in the registry; no new version",
                needs="operate",
                body=ReadersForm,
                answers=VisibilityForm,
            ),
        ]

    async def _offer(self, call: Call) -> DatasetForm:
        form: PoliciesForm = call.body
        dataset_id = await self._passports.offer_registry(form.access_policy_id, form.usage_policy_id, actor=call.actor)
        return DatasetForm(dataset_id=dataset_id)

    async def _set_visibility(self, call: Call) -> VisibilityForm:
        form: ReadersForm = call.body
        passport = await self._passports.set_visibility(call.path["unit"], form.visible_to, actor=call.actor)
        return VisibilityForm(unit_id=passport.id, visible_to=passport.visible_to)
