"""Self-issued ID tokens (DCP 1.0, 4.3): issue one, judge one, remember which were used."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connector.dcp.did import method_id
from connector.dcp.jws import Sign, sign_jwt
from connector.dcp.validity import LEEWAY, Codes, check_window, numeric_date, seconds
from connector.notation.problems import TooMany, Unauthenticated

LIFETIME = timedelta(seconds=300)
MAX_LIFETIME = timedelta(hours=24)
"""A token that lives longer is refused: the replay guard has to remember it that long."""

_CODES = Codes("ID token", "dcp/expired", "dcp/not-yet", "dcp/iat-future", "dcp/token-date")
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<token>[A-Za-z0-9._~+/=-]+) *")


@dataclass(frozen=True, slots=True)
class IdToken:
    """A token that was judged good: who sent it, its id, its end, and the access token for the presentation query."""

    did: str
    jti: str
    expires_at: datetime
    access_token: str | None


@dataclass(slots=True)
class ReplayGuard:
    """Which token ids were used already; each is forgotten once its token would be refused as expired anyway.

    `capacity` bounds it even so: when full, new tokens are refused until old ones end.
    """

    leeway: timedelta = LEEWAY
    capacity: int = 1_000_000
    _ends: list[tuple[datetime, str]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def check(self, jti: str, expires_at: datetime, now: datetime, *, issuer: str = "") -> None:
        """Note `jti` of `issuer`; raises Unauthenticated `dcp/replayed`, or TooMany `dcp/replay-guard-full`.

        Only for tokens whose signature holds: anybody else could use up another's ids.
        """
        self._forget(now)
        key = f"{issuer} {jti}"
        if key in self._seen:
            raise Unauthenticated("dcp/replayed", f"the token {jti:.100} was used before; each call needs a new one")
        if len(self._seen) >= self.capacity:
            raise TooMany("dcp/replay-guard-full", "too many tokens in use at once; try again in a few minutes")
        self._seen.add(key)
        heapq.heappush(self._ends, (expires_at + self.leeway, key))

    def __len__(self) -> int:
        return len(self._seen)

    def _forget(self, now: datetime) -> None:
        while self._ends and self._ends[0][0] <= now:
            self._seen.discard(heapq.heappop(self._ends)[1])


def bearer(authorization: str | None) -> str:
    """The token in an Authorization header. Raises Unauthenticated `dcp/bearer-missing`."""
    match = _BEARER.fullmatch(authorization or "")
    if match is None:
        raise Unauthenticated("dcp/bearer-missing", "the Authorization header must be 'Bearer ' and an ID token")
    return match["token"]


def issuer_of(claims: Mapping[str, Any]) -> str:
    """The DID whose document holds the key of a token, VP or VC. Raises Unauthenticated `dcp/iss`."""
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer.startswith("did:"):
        raise Unauthenticated("dcp/iss", f"the issuer (iss) is not a DID: {issuer!r:.100}")
    return issuer


def issue_id_token(
    *,
    did: str,
    audience: str,
    key_id: str,
    sign: Sign,
    now: datetime,
    jti: str,
    lifetime: timedelta = LIFETIME,
    access_token: str | None = None,
) -> str:
    """A self-issued ID token of `did` for `audience` (DCP 4.3.1); `access_token` becomes the claim `token`."""
    issued = seconds(now)
    claims = {"iss": did, "sub": did, "aud": audience, "jti": jti, "iat": issued, "nbf": issued}
    claims["exp"] = seconds(now + lifetime)
    if access_token is not None:
        claims["token"] = access_token
    return sign_jwt({"kid": method_id(did, key_id)}, claims, sign)


def check_id_token(
    claims: Mapping[str, Any],
    *,
    own_did: str,
    now: datetime,
    leeway: timedelta = LEEWAY,
    access_token_required: bool = True,
) -> IdToken:
    """Judge the claims of a token whose signature holds (DCP 4.3.3); `own_did` is the audience it must name, alone.

    Raises Unauthenticated: `dcp/iss`, `dcp/iss-sub`, `dcp/audience`, `dcp/expired`, `dcp/not-yet`, `dcp/iat-future`,
    `dcp/token-date`, `dcp/lifetime`, `dcp/jti-missing`, `dcp/access-token-missing`. Replay is the guard's to find.
    """
    issuer = issuer_of(claims)
    if claims.get("sub") != issuer:
        raise Unauthenticated("dcp/iss-sub", f"iss is {issuer}, sub is {claims.get('sub')!r:.100}: they must be equal")
    check_audience(claims, own_did, "dcp/audience", "ID token")
    expires_at = check_dates(claims, _CODES, now=now, leeway=leeway)
    return IdToken(issuer, read_jti(claims, "ID token"), expires_at, _access_token(claims, access_token_required))


def check_audience(claims: Mapping[str, Any], own_did: str, code: str, name: str) -> None:
    """Raise Unauthenticated `code` unless `aud` names `own_did` and nobody else."""
    audience = claims.get("aud")
    if audience not in (own_did, [own_did]):
        raise Unauthenticated(code, f"the {name} is meant for {audience!r:.200}, not for {own_did} alone")


def check_dates(claims: Mapping[str, Any], codes: Codes, *, now: datetime, leeway: timedelta) -> datetime:
    """The end of a token with `exp` and `iat` (`nbf` optional), which must be in force now."""
    starts, ends, issued = (numeric_date(claims, name, codes) for name in ("nbf", "exp", "iat"))
    if ends is None or issued is None:
        raise Unauthenticated(codes.malformed, f"the {codes.name} needs both exp and iat")
    check_window(codes, starts=starts, ends=ends, issued=issued, now=now, leeway=leeway)
    if ends > now + MAX_LIFETIME:
        raise Unauthenticated("dcp/lifetime", f"the {codes.name} lives longer than {MAX_LIFETIME}")
    return ends


def read_jti(claims: Mapping[str, Any], name: str) -> str:
    """The token id. Raises Unauthenticated `dcp/jti-missing`."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 512:
        raise Unauthenticated("dcp/jti-missing", f"the {name} needs an id (jti) of at most 512 characters")
    return jti


def _access_token(claims: Mapping[str, Any], is_required: bool) -> str | None:
    token = claims.get("token")
    if token is None and not is_required:
        return None
    if not isinstance(token, str) or not token:
        raise Unauthenticated(
            "dcp/access-token-missing", "the ID token has no access token (token) for the sender's credential service"
        )
    return token
