"""The trust anchor's operations: issue credentials, list them, revoke them. Only a node with `[issuer]` has them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from connector.dcp.credentials import SUBJECTS, subject_of
from connector.notation.problems import Invalid, Problem
from connector.records.identity import IssuedCredential
from connector.services.identity.issuer import Issuer
from connector.web.api.operations import Call, Form, Instant, Operation, PageQuery

PATH: Final = "/api/issuer/credentials"
CredentialType = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{0,127}$")]
_OURS: Final = ("id", "holderIdentifier", "bpn")
"""Members of a subject that `holder` and `bpn` say."""


class IssueForm(Form):
    """Whom to certify what."""

    holder: str = Field(pattern=r"^did:[a-z0-9]+:[A-Za-z0-9.%:_-]+$", max_length=2048, description="the holder's DID")
    types: list[CredentialType] = Field(
        min_length=1, max_length=16, description="credential types, as MembershipCredential"
    )
    bpn: str = Field(pattern=r"^BPNL[0-9A-Z]{12}$", description="the holder's business partner number")
    subject: dict[str, Any] = Field(default={}, description="further members of each subject")
    deliver: bool = Field(default=True, description="bring them to the holder's credential service at once")


class IssuedForm(Form):
    """One issued credential."""

    id: str
    type: str
    holder: str
    status_index: int = Field(description="its place in the status list")
    issued_at: Instant
    expires_at: Instant
    revoked_at: Instant | None = None
    jwt: str | None = Field(default=None, description="the credential itself, told when it is issued")


class IssuedListForm(Form):
    """What was issued; `delivered` is absent where delivery was not asked for."""

    credentials: list[IssuedForm]
    delivered: bool | None = None
    reason: str | None = Field(default=None, description="why the holder did not take them")


class IssuedQuery(PageQuery):
    """Which ones to list."""

    holder: str = Field(default="", max_length=2048, description="only those about this DID")


class Credentials:
    """The operations of an issuer."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    def operations(self) -> list[Operation]:
        """Issue, list, revoke."""
        return [
            Operation(
                "POST",
                PATH,
                self._issue,
                "Issue credentials about one holder and deliver them",
                needs="administer",
                body=IssueForm,
                answers=IssuedListForm,
                status=201,
                description="They stay issued where the holder cannot be reached; `delivered` and `reason` tell it.",
            ),
            Operation("GET", PATH, self._list, "List issued credentials", query=IssuedQuery, answers=IssuedListForm),
            Operation(
                "POST",
                PATH + "/{credential_id}/revoke",
                self._revoke,
                "Revoke a credential; the status list says so at once",
                needs="administer",
                answers=IssuedForm,
            ),
        ]

    async def _issue(self, call: Call) -> IssuedListForm:
        asked: IssueForm = call.body
        subjects = {kind: _subject(kind, asked) for kind in dict.fromkeys(asked.types)}
        records = [
            await self._issuer.issue(kind, asked.holder, subject, actor=call.actor)
            for kind, subject in subjects.items()
        ]
        told = [_form(record, jwt=record.jwt) for record in records]
        if not asked.deliver:
            return IssuedListForm(credentials=told)
        reason = await self._refusal(records)
        return IssuedListForm(credentials=told, delivered=reason is None, reason=reason)

    async def _refusal(self, records: list[IssuedCredential]) -> str | None:
        """Deliver; None, or why the holder did not take them: they are issued all the same."""
        try:
            await self._issuer.deliver(records)
        except Problem as problem:
            return f"{problem.detail} [{problem.code}]"
        return None

    async def _list(self, call: Call) -> IssuedListForm:
        asked: IssuedQuery = call.query
        records = await self._issuer.issued(holder=asked.holder, limit=asked.limit, offset=asked.offset)
        return IssuedListForm(credentials=[_form(record) for record in records])

    async def _revoke(self, call: Call) -> IssuedForm:
        return _form(await self._issuer.revoke(call.path["credential_id"], actor=call.actor))


def _subject(kind: str, asked: IssueForm) -> dict[str, Any]:
    """What a credential of this type says; checked for all types before the first one is issued."""
    for name in _OURS:
        if name in asked.subject:
            raise Invalid("issuer/subject", f"{name} is told by holder and bpn, not by subject", pointer="/subject")
    subject = subject_of(kind, bpn=asked.bpn) | asked.subject
    missing = [name for name in SUBJECTS.get(kind, ()) if not subject.get(name)]
    if missing:
        detail = f"the subject of a {kind} needs {', '.join(missing)}: give it in subject"
        raise Invalid("issuer/subject", detail, pointer="/subject")
    return subject


def _form(record: IssuedCredential, *, jwt: str | None = None) -> IssuedForm:
    return IssuedForm(
        id=record.id,
        type=record.type,
        holder=record.holder,
        status_index=record.status_index,
        issued_at=record.issued_at,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
        jwt=jwt,
    )
