"""Signed tokens: what holds, what does not, and why."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt as jose
from joserfc.jwk import ECKey

from connector.dcp import jws
from connector.notation.problems import Problem


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return jws.encode_part(raw).decode()


def test_what_is_signed_is_verified_and_read(space: Any) -> None:
    token = jws.sign_jwt({"kid": "k"}, {"a": 1}, space.holder.sign)
    assert jws.verify(token, space.holder.jwk) == {"a": 1}
    assert jws.peek(token) == ({"typ": "JWT", "kid": "k", "alg": "ES256"}, {"a": 1})


def test_another_library_reads_our_tokens_and_we_read_its(space: Any) -> None:
    public = ECKey.import_key(dict(space.holder.jwk))
    ours = jws.sign_jwt({"kid": "k"}, {"sub": "x"}, space.holder.sign)
    assert jose.decode(ours, public, algorithms=["ES256"]).claims == {"sub": "x"}
    private = ECKey.import_key(space.third.private)
    theirs = jose.encode({"alg": "ES256"}, {"sub": "y"}, private)
    assert jws.verify(theirs, space.third.jwk) == {"sub": "y"}


def test_a_caller_cannot_change_the_algorithm(space: Any) -> None:
    token = jws.sign_jwt({"alg": "none"}, {}, space.holder.sign)
    assert jws.peek(token)[0]["alg"] == "ES256"


def test_a_signer_that_gives_der_is_noticed() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        jws.sign_jwt({}, {}, lambda _: b"\x30" * 70)


def test_the_key_of_another_is_refused(space: Any, refused: Any) -> None:
    token = jws.sign_jwt({}, {}, space.holder.sign)
    with refused("dcp/signature"):
        jws.verify(token, space.third.jwk)


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "", None, "HS256", "RS256", "ES384", "EdDSA", ["ES256"], "es256"]
)
def test_no_other_algorithm_is_accepted(space: Any, refused: Any, alg: Any) -> None:
    token = f"{part({'alg': alg})}.{part({})}.{part(b'x' * 64)}"
    with refused("dcp/jws-algorithm"):
        jws.verify(token, space.holder.jwk)


def test_an_unsigned_token_is_refused(space: Any, refused: Any) -> None:
    with refused("dcp/jws-algorithm"):
        jws.verify(f"{part({'alg': 'none'})}.{part({'iss': 'x'})}.", space.holder.jwk)
    with refused("dcp/jws-malformed"):
        jws.verify(f"{part({'alg': 'ES256'})}.{part({'iss': 'x'})}.", space.holder.jwk)


def test_the_public_key_is_no_secret_for_an_hmac(space: Any, refused: Any) -> None:
    signing_input = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'iss': 'x'})}"
    for secret in (json.dumps(space.holder.jwk).encode(), space.holder.jwk["x"].encode()):
        mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        with refused("dcp/jws-algorithm"):
            jws.verify(f"{signing_input}.{part(mac)}", space.holder.jwk)


def test_a_key_in_the_header_is_not_believed(space: Any, refused: Any) -> None:
    token = jws.sign_jwt({"jwk": space.third.jwk}, {}, space.third.sign)
    with refused("dcp/signature"):
        jws.verify(token, space.holder.jwk)


def test_critical_extensions_are_refused(space: Any, refused: Any) -> None:
    token = jws.sign_jwt({"crit": ["b64"], "b64": False}, {}, space.holder.sign)
    with refused("dcp/jws-critical"):
        jws.verify(token, space.holder.jwk)


def test_each_flipped_bit_is_noticed(space: Any) -> None:
    token = jws.sign_jwt({"kid": "k"}, {"sub": "holder", "n": 1}, space.holder.sign)
    for place, character in enumerate(token):
        for bit in (1, 2, 4, 8, 16, 32, 64):
            spoiled = token[:place] + chr(ord(character) ^ bit) + token[place + 1 :]
            with pytest.raises(Problem) as caught:
                jws.verify(spoiled, space.holder.jwk)
            assert caught.value.code.startswith(("dcp/signature", "dcp/jws-"))


def test_a_signature_has_one_spelling(space: Any, refused: Any) -> None:
    token = jws.sign_jwt({}, {}, space.holder.sign)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = alphabet[alphabet.index(token[-1]) ^ 1]
    for spoiled in (token[:-1] + twin, token + "==", token + "\n", " " + token):
        with refused("dcp/jws-malformed"):
            jws.verify(spoiled, space.holder.jwk)


@pytest.mark.parametrize("signature", [b"\x00" * 64, b"\xff" * 64, b"\x00" * 32 + b"\x01" * 32])
def test_signatures_outside_the_group_are_refused(space: Any, refused: Any, signature: bytes) -> None:
    with refused("dcp/signature"):
        jws.verify(f"{part({'alg': 'ES256'})}.{part({})}.{part(signature)}", space.holder.jwk)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "a.b.c.d",
        "..",
        f"{part([])}.{part({})}.{part(b'x' * 64)}",
        f"{part({'alg': 'ES256'})}.{part('text')}.{part(b'x' * 64)}",
        f"{part({'alg': 'ES256'})}.{part(b'{')}.{part(b'x' * 64)}",
        f"{part({'alg': 'ES256'})}.{part({})}.{part(b'x' * 63)}",
        f"{part({'alg': 'ES256'})}.{part({})}.ä",
        f"{part({'alg': 'ES256'})}.{part(b'[' * 40 + b']' * 40)}.{part(b'x' * 64)}",
    ],
)
def test_malformed_tokens_are_refused(refused: Any, token: str) -> None:
    with refused("dcp/jws-malformed"):
        jws.peek(token)


def test_an_oversized_token_is_refused_unread(refused: Any) -> None:
    with refused("dcp/jws-size"):
        jws.peek("a" * (jws.MAX_LENGTH + 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "RSA"},
        {"kty": "oct", "k": "AAAA"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"alg": "ES384"},
        {"alg": None},
        {"use": "enc"},
        {"d": "AAAA"},
        {"x": None},
        {"x": "AAAA"},
        {"x": "A" * 43},
        {"y": "not base64url!"},
        {"x": ["a"]},
    ],
)
def test_an_unusable_key_is_refused(space: Any, refused: Any, changes: dict[str, Any]) -> None:
    token = jws.sign_jwt({}, {}, space.holder.sign)
    with refused("dcp/jwk"):
        jws.verify(token, {**space.holder.jwk, **changes})


def test_a_key_may_say_what_it_is_for(space: Any) -> None:
    token = jws.sign_jwt({}, {}, space.holder.sign)
    assert jws.verify(token, {**space.holder.jwk, "alg": "ES256", "use": "sig", "kid": "k"}) == {}


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(Problem):
        jws.peek(text)


def test_a_verdict_that_is_kept_is_kept_for_its_key_and_content_alone(space: Any, refused: Any) -> None:
    ours = jws.sign_jwt({}, {"n": 1}, space.holder.sign)
    other = jws.sign_jwt({}, {"n": 2}, space.holder.sign)
    for _ in range(2):
        assert jws.verify(ours, space.holder.jwk) == {"n": 1}
        with refused("dcp/signature"):
            jws.verify(ours, space.third.jwk)
        with refused("dcp/signature"):
            jws.verify(".".join((*other.split(".")[:2], ours.split(".")[2])), space.holder.jwk)
        with refused("dcp/jwk"):
            jws.verify(ours, {**space.holder.jwk, "use": "enc"})
