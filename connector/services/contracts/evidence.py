"""The evidence of a contract: one signed package that an auditor verifies without any node.

`manifest.jws` stands for the digests of all files; `decisions.jsonl` holds the log's entries with their proofs up to
the root of the signed head; receipts carry the partner's own signature.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from connector.audit import heads, merkle
from connector.audit.comparison import about
from connector.audit.entries import Entry, as_dict
from connector.dcp import jws
from connector.dcp.did import did_document
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import encode, pretty
from connector.notation.problems import Problem
from connector.odrl.explain import explain
from connector.odrl.instants import spelled
from connector.ports import Clock, Reader, Store
from connector.records.contracts import ACCEPTANCES, DELETION_RECEIPTS, INVENTORY
from connector.services.audit import AuditLog
from connector.services.contracts.agreements import AgreementBook, Sheet
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity
from connector.services.usage.usage import Policies

FORMAT: Final = "ionport-evidence/1"
README: Final = """Evidence of one contract, format ionport-evidence/1

manifest.json    the SHA-256 of every other file, and what this is about
manifest.jws     a compact JWS (ES256) over the digest of manifest.json, by the key in did.json
did.json         the key of the node that made this, as its DID document had it; compare it with the published one
agreement.json   parties, dates, digests, acceptances
policy.json      the policy (ODRL) as both sides signed it; terms.txt says it in sentences
decisions.jsonl  entries of the audit log about this contract, each with its index and its path (RFC 9162, 2.1.3) up to
                 the root in head.json; head.jws is the node's signature over head.json
receipts.json    deletion receipts (JWS of the consumer) and what was kept, by digest
partner.json     the partner's DID document, if it could be had: the key that signed its receipts

Verify without a node:  ionport evidence verify FILE
"""


class EvidenceMaker:
    """Puts packages together."""

    def __init__(
        self,
        *,
        identity: Identity,
        counterparties: Counterparties,
        store: Store,
        policies: Policies,
        book: AgreementBook,
        log: AuditLog,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._counterparties = counterparties
        self._store = store
        self._policies = policies
        self._book = book
        self._log = log
        self._clock = clock

    async def make(self, agreement_id: str) -> bytes:
        """The package (ZIP) of a contract. Raises Unknown (`agreement/unknown`)."""
        sheet = await self._book.show(agreement_id)
        log = await self._log.whole()
        claims = heads.head(log, log=self._identity.own.did, now=self._clock.now())
        files = {
            "README.txt": README.encode(),
            "agreement.json": pretty(await self._store.read(lambda reader: _agreement(reader, sheet))).encode(),
            "policy.json": pretty(sheet.record.policy).encode(),
            "terms.txt": "\n".join(explain(self._policies.policy(sheet.record.policy))).encode() + b"\n",
            "decisions.jsonl": await asyncio.to_thread(_decisions, log, agreement_id),
            "head.json": pretty(claims).encode(),
            "head.jws": self._signed(claims).encode(),
            "receipts.json": pretty(await self._store.read(lambda reader: _receipts(reader, agreement_id))).encode(),
            "did.json": pretty(self._document()).encode(),
            **await self._partner(sheet),
        }
        return _zipped(self._with_manifest(agreement_id, files))

    def _with_manifest(self, agreement_id: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
        own = self._identity.own.did
        manifest = {
            "format": FORMAT,
            "agreementId": agreement_id,
            "madeBy": own,
            "madeAt": spelled(self._clock.now()),
            "files": {name: digest_bytes(raw) for name, raw in sorted(files.items())},
        }
        written = pretty(manifest).encode()
        claims = {"iss": own, "sub": agreement_id, "manifest": digest_bytes(written)}
        return {"manifest.json": written, "manifest.jws": self._signed(claims).encode(), **files}

    def _signed(self, claims: Mapping[str, Any]) -> str:
        signer = self._identity.signer
        return jws.sign_jwt({"typ": "JWT", "kid": f"{self._identity.own.did}#{signer.key_id}"}, claims, signer.sign)

    def _document(self) -> dict[str, Any]:
        own, signer = self._identity.own.did, self._identity.signer
        return did_document(own, public_jwk=signer.public_jwk, key_id=signer.key_id, services={})

    async def _partner(self, sheet: Sheet) -> dict[str, bytes]:
        """The keys of the other party, where they can be had now: they prove its receipts."""
        did = sheet.provider.did if sheet.record.role == "consumer" else sheet.consumer.did
        try:
            document = await self._counterparties.document(did)
        except Problem:
            return {}
        return {
            "partner.json": pretty(
                {"id": did, "keys": {name: dict(jwk) for name, jwk in document.keys.items()}}
            ).encode()
        }


def _decisions(log: list[Entry], agreement_id: str) -> bytes:
    """One line for each entry about the contract: the entry, its index, and its path to the root."""
    leaves = [one.leaf for one in log]
    places = {one.sequence: place for place, one in enumerate(log)}
    lines = []
    for one in about(log, agreement_id):
        place = places[one.sequence]
        path = [heads.spell(node) for node in merkle.inclusion_proof(place, leaves)]
        lines.append(encode({"entry": as_dict(one), "index": place, "path": path}))
    return b"\n".join(lines) + b"\n"


def _agreement(reader: Reader, sheet: Sheet) -> dict[str, Any]:
    record = sheet.record
    subjects = tuple({record.id, record.negotiation_id} - {""})
    return {
        "id": record.id,
        "provider": {"did": sheet.provider.did, "bpn": sheet.provider.bpn},
        "consumer": {"did": sheet.consumer.did, "bpn": sheet.consumer.bpn},
        "toldBy": record.role,
        "dataset": record.dataset_id,
        "negotiation": record.negotiation_id,
        "signedAt": spelled(record.signed_at),
        "usageEnds": spelled(sheet.usage_ends) if sheet.usage_ends else None,
        "endedAt": spelled(record.ended_at) if record.ended_at else None,
        "endedReason": record.ended_reason,
        "policyDigest": sheet.policy_digest,
        "legalTerms": list(sheet.legal_terms),
        "acceptances": [
            {
                "actor": one.actor,
                "acceptedAt": spelled(one.accepted_at),
                "policyDigest": one.policy_digest,
                "terms": one.terms,
            }
            for one in reader.find(ACCEPTANCES, {"subject": subjects})
        ],
    }


def _receipts(reader: Reader, agreement_id: str) -> dict[str, Any]:
    known = reader.get(DELETION_RECEIPTS, agreement_id)
    items = reader.find(INVENTORY, {"agreement_id": agreement_id}, limit=1_000_000)
    return {
        "receipt": {"role": known.role, "jws": known.jwt, "digests": known.digests} if known is not None else None,
        "items": [
            {
                "id": one.id,
                "path": one.path,
                "digest": one.digest,
                "size": one.size,
                "receivedAt": spelled(one.received_at),
                "deletedAt": spelled(one.deleted_at) if one.deleted_at else None,
            }
            for one in items
        ],
    }


def _zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), raw, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
