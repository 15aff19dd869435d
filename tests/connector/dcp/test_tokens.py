"""Self-issued ID tokens and the replay guard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.dcp import jws, tokens
from connector.notation.problems import TooMany

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())


def issue(space: Any, **changes: Any) -> str:
    arguments: dict[str, Any] = {
        "did": space.holder.did,
        "audience": space.verifier.did,
        "key_id": "key-1",
        "sign": space.holder.sign,
        "now": NOW,
        "jti": "t1",
        "access_token": "opaque",
    } | changes
    return tokens.issue_id_token(**arguments)


def test_an_issued_token_is_accepted(space: Any) -> None:
    token = space.accept(issue(space))
    assert token == tokens.IdToken(space.holder.did, "t1", NOW + timedelta(seconds=300), "opaque")


def test_the_claims_are_those_of_dcp(space: Any) -> None:
    header, claims = jws.peek(issue(space))
    assert header["kid"] == f"{space.holder.did}#key-1"
    assert claims == {
        "iss": space.holder.did,
        "sub": space.holder.did,
        "aud": space.verifier.did,
        "jti": "t1",
        "iat": STAMP,
        "nbf": STAMP,
        "exp": STAMP + 300,
        "token": "opaque",
    }


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        ({"iss": None}, "dcp/iss"),
        ({"iss": "https://holder.example"}, "dcp/iss"),
        ({"iss": ["did:web:a"]}, "dcp/iss"),
        ({"sub": None}, "dcp/iss-sub"),
        ({"sub": "did:web:somebody"}, "dcp/iss-sub"),
        ({"aud": None}, "dcp/audience"),
        ({"aud": "did:web:somebody"}, "dcp/audience"),
        ({"aud": []}, "dcp/audience"),
        ({"aud": ["did:web:localhost%3A8101:verifier", "did:web:somebody"]}, "dcp/audience"),
        ({"exp": STAMP - 5}, "dcp/expired"),
        ({"exp": None}, "dcp/token-date"),
        ({"exp": "tomorrow"}, "dcp/token-date"),
        ({"exp": True}, "dcp/token-date"),
        ({"exp": -1}, "dcp/token-date"),
        ({"exp": 10**15}, "dcp/token-date"),
        ({"exp": STAMP + 86_401}, "dcp/lifetime"),
        ({"nbf": STAMP + 6}, "dcp/not-yet"),
        ({"nbf": [1]}, "dcp/token-date"),
        ({"iat": STAMP + 6}, "dcp/iat-future"),
        ({"iat": None}, "dcp/token-date"),
        ({"jti": None}, "dcp/jti-missing"),
        ({"jti": ""}, "dcp/jti-missing"),
        ({"jti": 7}, "dcp/jti-missing"),
        ({"jti": "x" * 513}, "dcp/jti-missing"),
        ({"token": None}, "dcp/access-token-missing"),
        ({"token": ""}, "dcp/access-token-missing"),
        ({"token": {"a": 1}}, "dcp/access-token-missing"),
    ],
)
def test_each_wrong_claim_has_its_reason(space: Any, refused: Any, spoiled: dict[str, Any], code: str) -> None:
    with refused(code):
        tokens.check_id_token(space.id_token_claims(**spoiled), own_did=space.verifier.did, now=NOW)


@pytest.mark.parametrize(
    "accepted",
    [
        {},
        {"nbf": None},
        {"aud": ["did:web:localhost%3A8101:verifier"]},
        {"exp": STAMP - 4},
        {"nbf": STAMP + 5},
        {"iat": STAMP + 5},
        {"exp": Decimal("1795240950.5")},
    ],
)
def test_the_leeway_and_the_other_spellings_are_accepted(space: Any, accepted: dict[str, Any]) -> None:
    accepted = {
        name: STAMP + Decimal("0.5") if isinstance(value, Decimal) else value for name, value in accepted.items()
    }
    token = tokens.check_id_token(space.id_token_claims(**accepted), own_did=space.verifier.did, now=NOW)
    assert token.did == space.holder.did


def test_a_token_without_access_token_is_for_calls_that_need_none(space: Any) -> None:
    claims = space.id_token_claims(token=None)
    token = tokens.check_id_token(claims, own_did=space.verifier.did, now=NOW, access_token_required=False)
    assert token.access_token is None


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc.def.ghi", "Bearer a b", "Bearer ä"]
)
def test_a_missing_bearer_prefix_is_refused(refused: Any, header: str | None) -> None:
    with refused("dcp/bearer-missing"):
        tokens.bearer(header)


@pytest.mark.parametrize("header", ["Bearer a.b-c._d", "bearer a.b-c._d", "BEARER  a.b-c._d"])
def test_the_bearer_token_is_found(header: str) -> None:
    assert tokens.bearer(header) == "a.b-c._d"


def test_a_token_is_used_once(space: Any, refused: Any) -> None:
    guard, token = tokens.ReplayGuard(), issue(space)
    space.accept(token, guard)
    with refused("dcp/replayed"):
        space.accept(token, guard)


def test_two_issuers_may_choose_the_same_id() -> None:
    guard = tokens.ReplayGuard()
    guard.check("1", NOW, NOW - timedelta(seconds=1), issuer="did:web:a")
    guard.check("1", NOW, NOW - timedelta(seconds=1), issuer="did:web:b")
    assert len(guard) == 2


def test_an_id_is_kept_as_long_as_its_token_would_be_accepted(space: Any, refused: Any) -> None:
    guard, token = tokens.ReplayGuard(), issue(space)
    space.accept(token, guard)
    last = NOW + timedelta(seconds=304)
    with refused("dcp/replayed"):
        space.accept(token, guard, last)
    with refused("dcp/expired"):
        space.accept(token, guard, last + timedelta(seconds=1))


def test_the_guard_forgets_what_ended_and_refuses_when_full() -> None:
    guard = tokens.ReplayGuard(capacity=2)
    for jti in "ab":
        guard.check(jti, NOW + timedelta(seconds=10), NOW)
    with pytest.raises(TooMany) as caught:
        guard.check("c", NOW + timedelta(seconds=10), NOW)
    assert caught.value.code == "dcp/replay-guard-full"
    guard.check("c", NOW + timedelta(seconds=30), NOW + timedelta(seconds=15))
    assert len(guard) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 20), st.integers(0, 10)), max_size=60))
def test_no_live_token_is_ever_accepted_twice(calls: list[tuple[int, int, int]]) -> None:
    guard, now, live = tokens.ReplayGuard(), NOW, {}
    for jti, lifetime, pause in calls:
        now += timedelta(seconds=pause)
        ends = now + timedelta(seconds=lifetime)
        is_replay = jti in live and now < live[jti] + guard.leeway
        try:
            guard.check(str(jti), ends, now)
        except tokens.Unauthenticated:
            assert is_replay
        else:
            assert not is_replay
            live[jti] = ends
        assert len(guard) <= 6
