"""Status lists (W3C StatusList2021 and Bitstring Status List 1.0): one bit for each credential, set when revoked."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.dcp.credentials import BASE_TYPE
from connector.dcp.did import method_id
from connector.dcp.jws import Sign, peek, sign_jwt
from connector.dcp.status_entries import (
    BITSTRING,
    KINDS,
    STATUS_LIST_2021,
    StatusEntry,
    check_size,
    is_one_of,
    read_purpose,
)
from connector.dcp.tokens import issuer_of
from connector.dcp.validity import LEEWAY, Codes, check_window, iso, period, seconds
from connector.notation import exact_json
from connector.notation.limits import Limits
from connector.notation.problems import Problem, Refused, Unauthenticated

MIN_BITS = 131_072
"""What both standards demand of an issuer, so that a single holder hides in the crowd."""
MAX_BYTES = 2 * 1024 * 1024
"""The longest list read: a few kilobytes of gzip could otherwise fill the memory."""

_LIMITS = Limits(size=4 * 1024 * 1024, depth=16)
_CODES = Codes("status list", "dcp/status-expired", "dcp/status-not-yet", "dcp/status-issued-later", "dcp/status-date")


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list that was read. `raw` and `key_id` are there for one that came as JWT; an unsigned one has neither."""

    issuer: str
    purpose: str
    bits: bytes
    issued_at: datetime | None
    expires_at: datetime | None
    raw: str | None
    key_id: str | None


def encode(revoked: Iterable[int], *, size: int = MIN_BITS, multibase: bool = False) -> str:
    """A list of `size` bits with those in `revoked` set: gzip, base64url; `u` in front where `multibase`.

    Bit 0 is the leftmost of the first byte. Raises ValueError for a list that is too short or an index outside it.
    """
    if size < MIN_BITS or size % 8:
        raise ValueError(f"a status list has at least {MIN_BITS} bits in whole bytes, not {size}")
    bits = bytearray(size // 8)
    for index in revoked:
        if not 0 <= index < size:
            raise ValueError(f"the index {index} is outside the list of {size} bits")
        bits[index // 8] |= 0x80 >> index % 8
    text = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode("ascii")
    return "u" + text if multibase else text


def decode(text: str) -> bytes:
    """The bits of an encoded list: multibase `u` or plain, base64url or base64, padded or not.

    Raises Unauthenticated `dcp/status-encoding`, or `dcp/status-size` for more than `MAX_BYTES`.
    """
    plain = text[1:] if text.startswith("u") else text
    plain = plain.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        packed = base64.b64decode(plain.encode("ascii") + b"=" * (-len(plain) % 4), altchars=b"-_", validate=True)
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        bits = stream.decompress(packed, MAX_BYTES + 1)
    except (UnicodeEncodeError, binascii.Error, zlib.error) as error:
        raise Unauthenticated("dcp/status-encoding", f"the status list is not gzip in base64url: {error}") from None
    if len(bits) > MAX_BYTES:
        raise Unauthenticated("dcp/status-size", f"the status list has more than {MAX_BYTES} bytes")
    if not stream.eof or not bits:
        raise Unauthenticated("dcp/status-encoding", "the status list is cut off or empty")
    return bits


def status_list_credential(
    *,
    url: str,
    issuer: str,
    key_id: str,
    sign: Sign,
    now: datetime,
    valid_for: timedelta,
    revoked: Iterable[int],
    size: int = MIN_BITS,
    kind: str = STATUS_LIST_2021,
    purpose: str = "revocation",
) -> str:
    """The status list as credential (JWT) of its issuer; `url` is where it is served."""
    credential_type, _, context = KINDS[kind]
    ends = now + valid_for
    subject = {
        "id": f"{url}#list",
        "type": kind,
        "statusPurpose": purpose,
        "encodedList": encode(revoked, size=size, multibase=kind == BITSTRING),
    }
    document = {
        "@context": ["https://www.w3.org/2018/credentials/v1", context],
        "id": url,
        "type": [BASE_TYPE, credential_type],
        "issuer": issuer,
        "issuanceDate": iso(now),
        "expirationDate": iso(ends),
        "credentialSubject": subject,
    }
    claims = {"iss": issuer, "sub": url, "iat": seconds(now), "nbf": seconds(now), "exp": seconds(ends)}
    return sign_jwt({"kid": method_id(issuer, key_id)}, {**claims, "vc": document}, sign)


def read(body: bytes | str | Mapping[str, Any]) -> StatusList:
    """A status list credential as it was fetched: JWT, or the unsigned JSON form (with or without a `vc` around it).

    Its signature is for the caller: `jws.verify(raw, key of issuer)`. Raises Unauthenticated `dcp/status-malformed`,
    `dcp/status-encoding`, `dcp/status-size`, `dcp/status-date`; Refused `dcp/status-purpose`, `dcp/status-bits`.
    """
    raw, header, claims = _open(body)
    document = claims.get("vc", claims)
    subject = document.get("credentialSubject") if isinstance(document, Mapping) else None
    if not isinstance(subject, Mapping) or not is_one_of(subject.get("type"), KINDS):
        raise _malformed(f"credentialSubject must be one object of type {' or '.join(KINDS)}")
    if not isinstance(subject.get("encodedList"), str):
        raise _malformed("it has no encodedList")
    check_size(subject)
    starts, ends = period(claims, document, _CODES)
    return StatusList(
        issuer=_issuer(claims, document, is_signed=raw is not None),
        purpose=read_purpose(subject),
        bits=decode(subject["encodedList"]),
        issued_at=starts,
        expires_at=ends,
        raw=raw,
        key_id=header.get("kid"),
    )


def is_revoked(status_list: StatusList, index: int) -> bool:
    """Whether bit `index` is set. Raises Refused `dcp/status-index` where the list is shorter."""
    if not 0 <= index < len(status_list.bits) * 8:
        raise Refused("dcp/status-index", f"the status list has no bit {index}, only {len(status_list.bits) * 8}")
    return bool(status_list.bits[index // 8] & 0x80 >> index % 8)


def check_entry(
    status_entry: StatusEntry, status_list: StatusList, *, issuer: str, now: datetime, leeway: timedelta = LEEWAY
) -> None:
    """Judge one entry of a credential by `issuer` against the list that its `list_url` gave.

    Raises Refused: `dcp/credential-revoked`, `dcp/credential-suspended`, `dcp/status-issuer`, `dcp/status-purpose`,
    `dcp/status-index`, `dcp/status-expired`, `dcp/status-not-yet`.
    """
    if status_list.issuer != issuer:
        raise Refused("dcp/status-issuer", f"the list is by {status_list.issuer:.100}, the credential by {issuer:.100}")
    if status_list.purpose != status_entry.purpose:
        raise Refused(
            "dcp/status-purpose", f"the list is for {status_list.purpose}, the entry for {status_entry.purpose}"
        )
    starts, ends = status_list.issued_at, status_list.expires_at
    check_window(_CODES, starts=starts, ends=ends, issued=None, now=now, leeway=leeway, kind=Refused)
    if is_revoked(status_list, status_entry.index):
        word = "revoked" if status_entry.purpose == "revocation" else "suspended"
        raise Refused(f"dcp/credential-{word}", f"the credential was {word} by its issuer {issuer}")


def _open(body: bytes | str | Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any], Mapping[str, Any]]:
    """JWT text, header and claims; a list in plain JSON has no text and an empty header."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", errors="replace")
    if isinstance(body, str):
        text = body.strip()
        if text.startswith("ey"):
            return text, *peek(text)
        try:
            body = exact_json.decode(text, limits=_LIMITS)
        except Problem as problem:
            raise _malformed(problem.detail) from None
    if not isinstance(body, Mapping):
        raise _malformed("it is neither a JWT nor a JSON object")
    return None, {}, body


def _issuer(claims: Mapping[str, Any], document: Mapping[str, Any], *, is_signed: bool) -> str:
    """The issuer that the JWT names, or, unsigned, the document; both where both are there must be one."""
    named = document.get("issuer")
    named = named.get("id") if isinstance(named, Mapping) else named
    if not is_signed and isinstance(named, str):
        return named
    issuer = issuer_of(claims)
    if named not in (None, issuer):
        raise _malformed(f"the JWT is by {issuer:.100}, the list in it by {named!r:.100}")
    return issuer


def _malformed(why: str) -> Problem:
    return Unauthenticated("dcp/status-malformed", f"not a status list credential: {why}")
