"""Compact JWS with ES256 (RFC 7515, RFC 7518 3.4): sign, look inside, verify. No other algorithm exists here."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from connector.notation import exact_json
from connector.notation.limits import Limits
from connector.notation.problems import Problem, Unauthenticated

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

Sign = Callable[[bytes], bytes]
"""Takes the signing input, gives the raw signature: r and s, 32 bytes each."""

Jwk = Mapping[str, Any]

ALGORITHM = "ES256"
MAX_LENGTH = 1024 * 1024
"""Characters of a whole JWS: a status list of a million entries still fits."""

_JSON_LIMITS = Limits(size=MAX_LENGTH, depth=32)
_CACHED_KEYS = 1024
_KEPT_VERDICTS = 4096
_KEPT_PARTS = 256
_SHORT = 8192
"""Characters of a token whose parts are kept for a while."""
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/", b"+/!!")
"""Letters of plain base64 are none of base64url."""
_WANTED = {"kty": "EC", "crv": "P-256", "alg": ALGORITHM, "use": "sig"}
_MAY_BE_ABSENT = frozenset({"alg", "use"})


def sign_jwt(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Sign) -> str:
    """`claims` as compact JWS; `alg` is set here, `typ` is JWT unless the header names another."""
    full_header = {"typ": "JWT", **header, "alg": ALGORITHM}
    signing_input = b".".join((encode_part(exact_json.encode(full_header)), encode_part(exact_json.encode(claims))))
    signature = sign(signing_input)
    if len(signature) != 64:
        raise ValueError(f"an ES256 signature has 64 bytes, the signer gave {len(signature)}")
    return (signing_input + b"." + encode_part(signature)).decode("ascii")


def peek(jwt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of `jwt`, **not verified**: only good for finding the key.

    Raises Unauthenticated: `dcp/jws-size`, `dcp/jws-malformed`, `dcp/jws-algorithm`, `dcp/jws-critical`.
    """
    header, claims, _, _ = _parse(jwt)
    return header, claims


def verify(jwt: str, jwk: Jwk) -> dict[str, Any]:
    """The claims of `jwt` once its signature holds under the public key `jwk` (EC, P-256).

    Raises Unauthenticated: what `peek` raises, `dcp/jwk` for an unusable key, `dcp/signature` for a wrong signature.
    """
    _, claims, signing_input, signature = _parse(jwt)
    public_key(jwk)
    if not _holds(hashlib.sha256(signing_input).digest(), signature, jwk["x"], jwk["y"]):
        raise Unauthenticated("dcp/signature", "the signature does not match the signed content and key")
    return claims


@lru_cache(maxsize=_KEPT_VERDICTS)
def _holds(digest: bytes, signature: bytes, x: str, y: str) -> bool:
    """Whether the ECDSA equation holds: a fact that never changes, so credentials judged at every pull cost it once."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
        _point(x, y).verify(utils.encode_dss_signature(r, s), digest, algorithm)
    except InvalidSignature:
        return False
    return True


def public_key(jwk: Jwk) -> EllipticCurvePublicKey:
    """The key in `jwk`. Raises Unauthenticated `dcp/jwk` unless it is a public EC key on P-256 meant for ES256."""
    if "d" in jwk:
        raise _unusable("it holds a private key, which is thereby burnt")
    for member, value in _WANTED.items():
        if jwk.get(member) != value and not (member in _MAY_BE_ABSENT and member not in jwk):
            raise _unusable(f"{member} is {jwk.get(member)!r:.40}, {value} is needed")
    x, y = jwk.get("x"), jwk.get("y")
    if not (isinstance(x, str) and isinstance(y, str)):
        raise _unusable("x or y is missing")
    return _point(x, y)


@lru_cache(maxsize=_CACHED_KEYS)
def _point(x: str, y: str) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        raw_x, raw_y = decode_part(x), decode_part(y)
        if len(raw_x) != 32 or len(raw_y) != 32:
            raise _unusable("x and y must have 32 bytes each")
        return ec.EllipticCurvePublicNumbers(int.from_bytes(raw_x), int.from_bytes(raw_y), ec.SECP256R1()).public_key()
    except ValueError:
        raise _unusable("x and y are no point of the curve") from None


def encode_part(raw: bytes) -> bytes:
    """base64url without padding."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=")


def decode_part(text: str) -> bytes:
    """Strict base64url without padding: one spelling only for each content. Raises ValueError."""
    try:
        plain = text.encode("ascii")
        raw = binascii.a2b_base64(plain.translate(_FROM_URL) + b"=" * (-len(plain) % 4), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError(str(error)) from None
    if encode_part(raw[len(raw) // 3 * 3 :]) != plain[len(plain) // 4 * 4 :]:
        raise ValueError("not the one base64url spelling of its content")
    return raw


def _parse(jwt: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, signing input and signature; the header already found harmless."""
    if len(jwt) > MAX_LENGTH:
        raise Unauthenticated("dcp/jws-size", f"the token has {len(jwt)} characters, {MAX_LENGTH} are allowed")
    return _parsed(jwt) if len(jwt) <= _SHORT else _parsed.__wrapped__(jwt)


@lru_cache(maxsize=_KEPT_PARTS)
def _parsed(jwt: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """The same; a token is looked into for its key, then for its claims, so that the last ones are kept."""
    parts = jwt.split(".")
    if len(parts) != 3:
        raise _malformed(f"it has {len(parts)} parts, a compact JWS has 3")
    header, claims = _object(parts[0], "header"), _object(parts[1], "payload")
    _check_header(header)
    try:
        signature = decode_part(parts[2])
    except ValueError as error:
        raise _malformed(f"its signature is not base64url ({error})") from None
    if len(signature) != 64:
        raise _malformed(f"its signature has {len(signature)} bytes, ES256 has 64")
    return header, claims, f"{parts[0]}.{parts[1]}".encode("ascii"), signature


def _object(part: str, name: str) -> dict[str, Any]:
    try:
        value = exact_json.decode(decode_part(part), limits=_JSON_LIMITS)
    except (ValueError, Problem) as error:
        raise _malformed(f"its {name} cannot be read ({error})") from None
    if not isinstance(value, dict):
        raise _malformed(f"its {name} is not a JSON object")
    return value


def _check_header(header: Mapping[str, Any]) -> None:
    if header.get("alg") != ALGORITHM:
        raise Unauthenticated(
            "dcp/jws-algorithm", f"the token is signed with alg {header.get('alg')!r:.40}, only {ALGORITHM} is accepted"
        )
    if "crit" in header:
        raise Unauthenticated("dcp/jws-critical", "the token's header has critical extensions, none is known here")


def _malformed(why: str) -> Unauthenticated:
    return Unauthenticated("dcp/jws-malformed", f"not a signed token: {why}")


def _unusable(why: str) -> Unauthenticated:
    return Unauthenticated("dcp/jwk", f"the public key cannot be used: {why}")
