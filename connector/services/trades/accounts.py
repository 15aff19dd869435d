"""Who may use the platform stand-in: accounts of operators, application keys, tokens for an hour.

Passwords are kept as scrypt hashes, keys as SHA-256. Tokens are JWTs signed by this node with the claim
`operator_id`, as the platform's are.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from connector.dcp import jws
from connector.notation.problems import Conflict, Invalid, Refused, TooMany, Unauthenticated
from connector.pcf.ouranos.errors import AUTHENTICATION_REQUIRED, INVALID_KEY, INVALID_TOKEN, NO_PRIVILEGES
from connector.pcf.ouranos.models import OperatorModel, to_json
from connector.ports import Clock, Reader, Signer, Store, Transaction
from connector.records.footprints import REGION_ITEMS, RegionItem

ACCESS_LIFETIME: Final = timedelta(hours=1)
REFRESH_LIFETIME: Final = timedelta(days=30)
WRONG_CREDENTIALS: Final = "Invalid credentials"
TRIES: Final = 10
"""Wrong passwords for an account before it rests."""
REST: Final = timedelta(minutes=5)

_PASSWORD: Final = re.compile(r"[a-zA-Z0-9!@#$%^&*()]{8,20}", re.ASCII)
_ACCOUNT: Final = re.compile(r"[!-~]{3,256}", re.ASCII)
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in."""

    operator_id: str
    account: str


class RegionAccounts:
    """The accounts, keys and tokens of the stand-in; `issuer` is the address of its listener."""

    def __init__(self, *, store: Store, clock: Clock, signer: Signer, issuer: str) -> None:
        self._store = store
        self._clock = clock
        self._signer = signer
        self._issuer = issuer
        self._failures: dict[str, tuple[int, datetime]] = {}

    async def add(self, account: str, password: str, operator: OperatorModel, *, actor: str) -> str:
        """Make an account with its operator; the API key is shown here and never again.

        An operator may have several accounts. Raises Invalid (`region/account`, `region/password`), Conflict
        (`region/account-exists`, `region/operator-exists`).
        """
        if not _ACCOUNT.fullmatch(account):
            raise Invalid("region/account", "an account is named by 3 to 256 printable characters, an e-mail address")
        _check_password(password)
        salt, key = self._clock.random(16), self._clock.random(24).hex()
        hashed = await _hashed(password, salt)

        def add(tx: Transaction) -> None:
            if tx.get(REGION_ITEMS, f"account/{account}") is not None:
                raise Conflict("region/account-exists", f"there is an account {account!r} already")
            _put_operator(tx, operator)
            secret = {"salt": salt.hex(), "hash": hashed, "generation": 0}
            _add(tx, "account", account, operator.operator_id, secret)
            _add(tx, "key", _digest(key), operator.operator_id, {"application": account})
            tx.audit("region.account.added", operator.operator_id, {"account": account}, actor=actor)

        await self._store.write(add)
        return key

    async def list(self) -> list[dict[str, str]]:
        """Accounts with their operators."""
        found = await self._store.read(lambda reader: reader.find(REGION_ITEMS, {"kind": "account"}, limit=100_000))
        return [{"operatorAccountId": one.id.partition("/")[2], "operatorId": one.owner} for one in found]

    async def check_key(self, key: str | None) -> str:
        """The operator that the application key belongs to. Raises Refused (`region/key`)."""
        if not key:
            raise Refused("region/key", NO_PRIVILEGES)
        found = await self._store.read(lambda reader: reader.get(REGION_ITEMS, f"key/{_digest(key)}"))
        if found is None:
            raise Refused("region/key", INVALID_KEY)
        return found.owner

    async def login(self, key: str | None, account: str, password: str) -> dict[str, str]:
        """`{accessToken, refreshToken}`. Raises Refused, Unauthenticated (`region/credentials`), TooMany."""
        operator_id = await self.check_key(key)
        self._check_rest(account)
        found = await self._store.read(lambda reader: reader.get(REGION_ITEMS, f"account/{account}"))
        salt, wanted = (found.document["salt"], found.document["hash"]) if found is not None else ("00", "")
        hashed = await _hashed(password, bytes.fromhex(salt))
        if found is None or not hmac.compare_digest(hashed, wanted) or found.owner != operator_id:
            self._count_failure(account)
            detail = {"account": account[:256]}
            await self._store.write(lambda tx: tx.audit("region.login.refused", operator_id, detail, actor=operator_id))
            raise Unauthenticated("region/credentials", WRONG_CREDENTIALS)
        self._failures.pop(account, None)
        return {
            "accessToken": self._token(found, "access", ACCESS_LIFETIME),
            "refreshToken": self._token(found, "refresh", REFRESH_LIFETIME),
        }

    async def refresh(self, key: str | None, token: str) -> dict[str, str]:
        """`{accessToken}` for a refresh token in force."""
        operator_id = await self.check_key(key)
        found = await self._account(token, "refresh")
        if found.owner != operator_id:
            raise Refused("region/privileges", NO_PRIVILEGES)
        return {"accessToken": self._token(found, "access", ACCESS_LIFETIME)}

    async def session(self, key: str | None, authorization: str | None) -> Session:
        """Who sends a request: key and token both, of one operator. Raises Refused, Unauthenticated."""
        operator_id = await self.check_key(key)
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("region/token-missing", AUTHENTICATION_REQUIRED)
        found = await self._account(token.strip(), "access")
        if found.owner != operator_id:
            raise Refused("region/privileges", NO_PRIVILEGES)
        return Session(found.owner, found.id.partition("/")[2])

    async def change_password(self, session: Session, password: str) -> None:
        """A new password; refresh tokens of the old one stop working, access tokens within their hour."""
        _check_password(password)
        salt = self._clock.random(16)
        hashed = await _hashed(password, salt)

        def change(tx: Transaction) -> None:
            record = tx.need(REGION_ITEMS, f"account/{session.account}")
            generation = record.document["generation"] + 1
            record.document = {"salt": salt.hex(), "hash": hashed, "generation": generation}
            tx.put(REGION_ITEMS, record)
            tx.audit("region.password.changed", session.operator_id, {"account": session.account})

        await self._store.write(change)

    def _token(self, account: RegionItem, use: str, lifetime: timedelta) -> str:
        now = self._clock.now()
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": account.id.partition("/")[2],
            "operator_id": account.owner,
            "token_use": f"region-{use}",
            "generation": account.document["generation"],
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        return jws.sign_jwt({"typ": "JWT"}, claims, self._signer.sign)

    async def _account(self, token: str, use: str) -> RegionItem:
        """The account of a token of ours in force. Raises Unauthenticated."""
        try:
            claims = jws.verify(token, self._signer.public_jwk)
        except Unauthenticated:
            raise _invalid_token() from None
        is_ours = claims.get("iss") == self._issuer and claims.get("token_use") == f"region-{use}"
        if not is_ours or _expiry(claims) <= self._clock.now().timestamp():
            raise _invalid_token()
        found = await self._store.read(lambda reader: reader.get(REGION_ITEMS, f"account/{claims.get('sub')}"))
        # As on the platform, a new password ends refresh tokens at once; access tokens run out within the hour.
        is_old = found is not None and found.document["generation"] != claims.get("generation")
        if found is None or (use == "refresh" and is_old):
            raise _invalid_token()
        return found

    def _check_rest(self, account: str) -> None:
        count, since = self._failures.get(account, (0, self._clock.now()))
        if count >= TRIES and self._clock.now() - since < REST:
            raise TooMany("region/tries", "too many wrong passwords: wait some minutes, then try again")

    def _count_failure(self, account: str) -> None:
        count, since = self._failures.get(account, (0, self._clock.now()))
        if self._clock.now() - since >= REST:
            count, since = 0, self._clock.now()
        if len(self._failures) >= 10_000:
            self._failures.clear()
        self._failures[account] = (count + 1, since)


def operator_item(reader: Reader, operator_id: str) -> RegionItem | None:
    """The record of an operator."""
    return reader.get(REGION_ITEMS, f"operator/{operator_id}")


def _put_operator(tx: Transaction, operator: OperatorModel) -> None:
    """Keep a new operator; one that exists must be the same. Numbers of operators are theirs alone."""
    known = operator_item(tx, operator.operator_id)
    document = to_json(operator)
    if known is not None:
        if known.document != document:
            raise Conflict("region/operator-exists", f"the operator {operator.operator_id} is known with other data")
        return
    global_id = operator.operator_attribute.global_operator_id or ""
    taken = tx.one(REGION_ITEMS, {"kind": "operator", "parent": operator.open_operator_id})
    taken = taken or (tx.one(REGION_ITEMS, {"kind": "operator", "partner": global_id}) if global_id else None)
    if taken is not None:
        raise Conflict("region/operator-exists", "the openOperatorId or globalOperatorId is another operator's")
    item = _item(tx, "operator", operator.operator_id, operator.operator_id, document)
    item.parent, item.partner = operator.open_operator_id, global_id
    tx.add(REGION_ITEMS, item)


def _add(tx: Transaction, kind: str, name: str, owner: str, document: Mapping[str, Any]) -> None:
    tx.add(REGION_ITEMS, _item(tx, kind, name, owner, document))


def _item(tx: Transaction, kind: str, name: str, owner: str, document: Mapping[str, Any]) -> RegionItem:
    return RegionItem(id=f"{kind}/{name}", kind=kind, owner=owner, document=dict(document), created_at=tx.now)


def _check_password(password: str) -> None:
    if not 8 <= len(password) <= 20:
        raise Invalid("region/password", "newPassword: the length must be between 8 and 20", pointer="/newPassword")
    if not _PASSWORD.fullmatch(password):
        sentence = "newPassword: letters, digits and !@#$%^&*() are allowed"
        raise Invalid("region/password", sentence, pointer="/newPassword")


async def _hashed(password: str, salt: bytes) -> str:
    raw = password.encode("utf-8", "surrogatepass")
    return (await asyncio.to_thread(hashlib.scrypt, raw, salt=salt, **_SCRYPT)).hex()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _expiry(claims: Mapping[str, Any]) -> float:
    expires = claims.get("exp")
    return float(expires) if isinstance(expires, int) and not isinstance(expires, bool) else 0.0


def _invalid_token() -> Unauthenticated:
    return Unauthenticated("region/token", INVALID_TOKEN)
