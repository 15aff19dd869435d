"""`ionport policy simulate`: a scenario put together from options and a file, played, and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

_DEFAULTS: Final = {"deliveries": 0, "versionChange": "none", "otherHolders": [], "termsAccepted": True}


def credential(value: str, valid_until: str) -> Any:
    """A credential as a scenario writes it; None where there is none."""
    if not value:
        return None
    return {"value": value, "validUntil": valid_until} if valid_until else value


def recipient(bpn: str, region: str, relation: str) -> Any:
    """A recipient as a scenario writes it."""
    return {"bpn": bpn, "region": region, "relation": relation} if bpn else None


def merged(said: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says, and what options say instead; an option at its default leaves the file's word."""
    wanted = {
        name: value
        for name, value in given.items()
        if value not in (None, "", []) and not (name in said and _DEFAULTS.get(name) == value)
    }
    return {**_DEFAULTS, **said, **wanted}


def play(
    document: dict[str, Any],
    scenario: dict[str, Any],
    phases: list[str],
    kind: Literal["access", "usage"] | None,
    profile: Literal["catena-x", "open"],
    as_json: bool,
) -> int:
    """Show the answers; the exit status. Raises Invalid."""
    from dataclasses import replace

    from connector.cli import exits, screen
    from connector.odrl.comparison import purposes_of
    from connector.odrl.operands import Phase
    from connector.odrl.policy import parse
    from connector.odrl.scenario import read_facts, simulate

    policy = parse(document, kind=kind)
    facts = read_facts(scenario, datetime.now(UTC).replace(microsecond=0))
    facts = replace(
        facts,
        purposes=facts.purposes if facts.purposes is not None else purposes_of(policy) or None,
        agreement_signed_at=facts.agreement_signed_at or facts.now,
    )
    answers = simulate(policy, facts, tuple(map(Phase, phases)), profile=profile)
    is_permitted = all(answer.decision.permitted for answer in answers)
    if as_json:
        screen.show_json({"ok": is_permitted, "answers": [answer.as_dict() for answer in answers]})
    else:
        for answer in answers:
            screen.show_text(*_lines(answer.as_dict()))
    return exits.DONE if is_permitted else exits.FINDINGS


def _lines(answer: Mapping[str, Any]) -> list[str]:
    first = f"{answer['phase']}: {_said(answer)}"
    return [first, *(f"  from {change['at']}: {_said(change)}" for change in answer["changes"])]


def _said(answer: Mapping[str, Any]) -> str:
    if answer["permitted"]:
        duties = f" (owed at the end: {', '.join(answer['duties'])})" if answer.get("duties") else ""
        return f"permitted{duties}"
    where = f" at {answer['rule']}" if answer.get("rule") else ""
    return f"refused: {answer['sentence']} [{answer['code']}]{where}"
