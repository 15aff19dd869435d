"""`/api/groups` and `/api/affiliates`: what policies ask our own books about partners, with its history."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field

from connector.notation.problems import Invalid
from connector.records.contracts import Affiliate, GroupMember
from connector.services.usage.groups import AffiliateRegistry, Groups
from connector.web.api.operations import Call, Form, Instant, Operation

BPNL = r"^BPNL[0-9A-Z]{12}$"
Region = Literal["europe", "northAmerica", "southAmerica", "africa", "asia", "oceania", "antarctica"]


class GroupsQuery(Form):
    """Which memberships."""

    group: str = Field(default="", max_length=200, description="only this group")
    at: Instant | None = Field(default=None, description="who was in it at this moment; default: now")


class HistoryQuery(Form):
    """Of what."""

    group: str = Field(default="", max_length=200)
    bpn: str = Field(default="", max_length=16)


class MembersForm(Form):
    """Partners for a group."""

    bpns: list[str] = Field(min_length=1, max_length=10_000, description="business partner numbers (BPNL)")


class MemberForm(Form):
    """A partner in a group; `until` is absent while it is in it."""

    group: str
    bpn: str
    since: Instant
    until: Instant | None = None
    actor: str


class CompanyForm(Form):
    """What is known of a company that data may reach."""

    region: Region | Literal[""] = Field(default="", description="where it sits, in the words of AffiliatesRegion")
    relation: Literal["affiliate", "managedLegalEntity"] = "affiliate"
    source: str = Field(min_length=1, max_length=2000, description="what the entry rests on")


class AffiliateForm(Form):
    """A company of the registry."""

    bpn: str
    region: str
    relation: str
    source: str
    actor: str
    recorded_at: Instant


class EnteredForm(Form):
    """One step of the history of a company, out of the audit log."""

    sequence: int
    time: Instant
    event: str
    actor: str
    detail: dict[str, Any]


class GroupsApi:
    """Operations on groups and affiliates."""

    def __init__(self, groups: Groups, affiliates: AffiliateRegistry) -> None:
        self._groups = groups
        self._affiliates = affiliates

    def operations(self) -> list[Operation]:
        """Changes need `operate`: they open and shut offers."""
        groups, companies = "/api/groups", "/api/affiliates"
        return [
            Operation(
                "GET",
                groups,
                self._members,
                "List who is in groups",
                query=GroupsQuery,
                answers=MemberForm,
                is_list=True,
            ),
            Operation(
                "GET",
                f"{groups}/history",
                self._history,
                "List every membership there was",
                query=HistoryQuery,
                answers=MemberForm,
                is_list=True,
                tag="groups",
            ),
            Operation(
                "POST",
                f"{groups}/{{group}}/members",
                self._add,
                "Put partners into a group",
                "operate",
                MembersForm,
                answers=MemberForm,
                is_list=True,
            ),
            Operation(
                "DELETE",
                f"{groups}/{{group}}/members/{{bpn}}",
                self._remove,
                "Take a partner out of a group",
                "operate",
                answers=MemberForm,
            ),
            Operation(
                "GET", companies, self._companies, "List affiliated companies", answers=AffiliateForm, is_list=True
            ),
            Operation(
                "PUT",
                f"{companies}/{{bpn}}",
                self._enter,
                "Enter or correct a company",
                "operate",
                CompanyForm,
                answers=AffiliateForm,
            ),
            Operation("DELETE", f"{companies}/{{bpn}}", self._strike, "Strike a company out", "operate", status=204),
            Operation(
                "GET",
                f"{companies}/{{bpn}}/history",
                self._entered,
                "What was entered about a company",
                answers=EnteredForm,
                is_list=True,
            ),
        ]

    async def _members(self, call: Call) -> list[MemberForm]:
        return [_member(one) for one in await self._groups.members(call.query.group, at=call.query.at)]

    async def _history(self, call: Call) -> list[MemberForm]:
        return [_member(one) for one in await self._groups.history(call.query.group, call.query.bpn)]

    async def _add(self, call: Call) -> list[MemberForm]:
        bpns = [_bpn(each) for each in call.body.bpns]
        return [_member(one) for one in await self._groups.add(call.path["group"], bpns, actor=call.actor)]

    async def _remove(self, call: Call) -> MemberForm:
        return _member(await self._groups.remove(call.path["group"], call.path["bpn"], actor=call.actor))

    async def _companies(self, _: Call) -> list[AffiliateForm]:
        return [_affiliate(one) for one in await self._affiliates.companies()]

    async def _enter(self, call: Call) -> AffiliateForm:
        said: CompanyForm = call.body
        record = await self._affiliates.put(
            _bpn(call.path["bpn"]), region=said.region, relation=said.relation, source=said.source, actor=call.actor
        )
        return _affiliate(record)

    async def _strike(self, call: Call) -> None:
        await self._affiliates.remove(call.path["bpn"], actor=call.actor)

    async def _entered(self, call: Call) -> list[EnteredForm]:
        return [
            EnteredForm.model_validate(
                {
                    "sequence": one.sequence,
                    "time": one.time,
                    "event": one.event,
                    "actor": one.actor,
                    "detail": one.detail,
                }
            )
            for one in await self._affiliates.history(call.path["bpn"])
        ]


def _bpn(text: str) -> str:
    if re.fullmatch(BPNL, text, re.ASCII) is None:
        raise Invalid("group/bpn", f"{text[:40]!r} is no business partner number, as BPNL00000000EXMP", pointer="/bpns")
    return text


def _member(one: GroupMember) -> MemberForm:
    return MemberForm(group=one.group, bpn=one.bpn, since=one.since, until=one.until, actor=one.actor)


def _affiliate(one: Affiliate) -> AffiliateForm:
    return AffiliateForm(
        bpn=one.id,
        region=one.region,
        relation=one.relation,
        source=one.source,
        actor=one.actor,
        recorded_at=one.recorded_at,
    )
