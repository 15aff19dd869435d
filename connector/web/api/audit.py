"""`/api/audit`: the audit log, for auditors and admins."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from connector.audit.entries import Entry, as_dict
from connector.notation.problems import Unknown
from connector.services.audit import AuditLog
from connector.web.api.operations import Call, Form, Operation, Raw

LARGEST = 2**53


class EntriesQuery(Form):
    """Which entries."""

    after: int = Field(default=0, ge=0, le=LARGEST, description="sequence number of the last entry that is known")
    limit: int = Field(default=100, ge=1, le=1000, description="how many at most")
    subject: str = Field(default="", max_length=1000, description="only those about this process, agreement or unit")


class EntryForm(Form):
    """One entry; `hash` is over the canonical JSON of the other members."""

    sequence: int
    previous_hash: str
    time: str
    actor: str
    event: str
    subject: str
    detail: dict[str, Any]
    hash: str


class EntriesForm(Form):
    """A page of the log; `next` goes into `after` for what follows, absent at the end."""

    entries: list[EntryForm]
    next: int | None = None


class HeadForm(Form):
    """The head of the whole log; `signature` is a JWS over the same claims by this node's key."""

    iss: str
    iat: int
    size: int
    root: str
    last: str


class SignedHeadForm(Form):
    """A head and the node's signature."""

    head: HeadForm
    signature: str


class VerdictForm(Form):
    """Whether the log is whole, and what is wrong with it."""

    ok: bool
    head: HeadForm
    findings: list[dict[str, Any]]


class ProofForm(Form):
    """That an entry is in the log (RFC 9162, 2.1.3): hashes from the entry up to the root in the head."""

    entry: EntryForm
    index: int
    path: list[str]
    head: HeadForm
    signature: str


class AuditApi:
    """Operations on the audit log."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    def operations(self) -> list[Operation]:
        """All of them need `audit`."""
        base = "/api/audit"
        return [
            Operation("GET", base, self._entries, "Show entries", "audit", query=EntriesQuery, answers=EntriesForm),
            Operation("GET", f"{base}/verify", self._verify, "Check the whole log", "audit", answers=VerdictForm),
            Operation("GET", f"{base}/head", self._head, "Sign the head", "audit", answers=SignedHeadForm),
            Operation(
                "GET",
                f"{base}/export",
                self._export,
                "Export the whole log with its signed head (JSON lines)",
                "audit",
                answers=Raw,
                media_type="application/jsonl",
            ),
            Operation("GET", f"{base}/{{sequence}}/proof", self._proof, "Prove an entry", "audit", answers=ProofForm),
        ]

    async def _entries(self, call: Call) -> EntriesForm:
        asked: EntriesQuery = call.query
        found = await self._log.entries(after=asked.after, limit=asked.limit, subject=asked.subject or None)
        following = found[-1].sequence if len(found) == asked.limit else None
        return EntriesForm(entries=[_form(entry) for entry in found], next=following)

    async def _verify(self, _: Call) -> VerdictForm:
        verdict = await self._log.verify()
        findings = [finding.as_dict() for finding in verdict.findings]
        return VerdictForm(ok=verdict.is_whole, head=HeadForm(**verdict.head), findings=findings)

    async def _head(self, _: Call) -> SignedHeadForm:
        claims, signature = await self._log.head()
        return SignedHeadForm(head=HeadForm(**claims), signature=signature)

    async def _export(self, _: Call) -> bytes:
        return await self._log.export()

    async def _proof(self, call: Call) -> ProofForm:
        said = call.path["sequence"]
        if not (said.isascii() and said.isdigit() and len(said) <= 15):
            raise Unknown("audit/unknown", f"there is no audit entry {said[:100]!r}")
        proof = await self._log.proof(int(said))
        return ProofForm(
            entry=_form(proof.entry),
            index=proof.index,
            path=proof.path,
            head=HeadForm(**proof.head),
            signature=proof.signature,
        )


def _form(entry: Entry) -> EntryForm:
    return EntryForm.model_validate(as_dict(entry))
