"""Scopes of a presentation query: `<alias>:<discriminator>[:read]` (DCP 1.0, 5.4.1; CX-0018 for Catena-X's alias)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from connector.dcp.credentials import Credential
from connector.notation.problems import Invalid, Refused

DSPACE_TYPE = "org.eclipse.dspace.dcp.vc.type"
DSPACE_ID = "org.eclipse.dspace.dcp.vc.id"
TRACTUSX_TYPE = "org.eclipse.tractusx.vc.type"

ALIASES: dict[str, Literal["type", "id"]] = {DSPACE_TYPE: "type", DSPACE_ID: "id", TRACTUSX_TYPE: "type"}
OPERATION = "read"

CATENA_X_TYPES = ("MembershipCredential", "DataExchangeGovernanceCredential", "BpnCredential")
CATENA_X_SCOPES = tuple(f"{TRACTUSX_TYPE}:{name}:{OPERATION}" for name in CATENA_X_TYPES)
"""What a Catena-X participant must be asked for with every message (CX-0018 4.2)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for: the credentials of a `type`, or the one with an `id`; `text` is the scope as written."""

    by: Literal["type", "id"]
    wanted: str
    text: str

    def matches(self, credential: Credential) -> bool:
        """Whether `credential` is one of those asked for."""
        return self.wanted in credential.types if self.by == "type" else self.wanted == credential.id


def type_scope(credential_type: str, alias: str = TRACTUSX_TYPE) -> str:
    """The scope that asks for the credentials of one type."""
    return f"{alias}:{credential_type}:{OPERATION}"


def read_scope(text: str) -> Scope:
    """Take `text` apart. Raises Invalid: `dcp/scope-alias`, `dcp/scope-malformed`, `dcp/scope-operation`."""
    alias, _, rest = text.partition(":")
    by = ALIASES.get(alias)
    if by is None:
        raise Invalid("dcp/scope-alias", f"the scope {text!r:.200} starts with none of {', '.join(ALIASES)}")
    wanted = rest.removesuffix(f":{OPERATION}")
    if by == "type" and ":" in wanted:
        raise Invalid("dcp/scope-operation", f"the scope {text!r:.200} ends with another operation than {OPERATION}")
    if not wanted or wanted == OPERATION:
        raise Invalid("dcp/scope-malformed", f"the scope {text!r:.200} names no credential")
    return Scope(by, wanted, text)


def granted(asked: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Those scopes of `asked` that `allowed` has too, whatever alias each was written with (DCP 5.4.1: no error)."""
    known = {(scope.by, scope.wanted) for scope in map(read_scope, allowed)}
    scopes = [read_scope(text) for text in asked]
    return [scope.text for scope in scopes if (scope.by, scope.wanted) in known]


def select(credentials: Iterable[Credential], scopes: Iterable[str]) -> list[Credential]:
    """The credentials that any of `scopes` asks for, in their order."""
    wanted = [read_scope(text) for text in scopes]
    return [credential for credential in credentials if any(scope.matches(credential) for scope in wanted)]


def requested(credentials: Sequence[Credential], scopes: Iterable[str]) -> list[Credential]:
    """As `select`, but each scope must find one: Refused `dcp/credential-missing` names those that do not.

    Credentials that nobody asked for are left out, and are no fault (DCP 5.4.2).
    """
    asked = list(scopes)
    missing = [text for text in asked if not any(read_scope(text).matches(one) for one in credentials)]
    if missing:
        names = ", ".join(read_scope(text).wanted for text in missing)
        raise Refused("dcp/credential-missing", f"the presentation lacks what was asked for: {names}")
    return select(credentials, asked)
