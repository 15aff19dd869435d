"""Footprints converted on this machine, and the split of a total as it is typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from connector.notation.problems import Invalid, Problem
from connector.pcf.conversion import Wish, convert
from connector.pcf.footprint import Converted, Split, StageData

_AMOUNT: Final = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?", re.ASCII)
_UUID: Final = re.compile(r"(urn:uuid:)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed: forms, ids, the split, and who assumes (`source`)."""

    target: str
    origin: str = ""
    footprint_id: str = ""
    trace_id: str = ""
    split: Split | StageData | None = None
    source: str


def converted(document: Any, typed: Typed, assumed: dict[str, Any]) -> Converted:
    """The document in the typed form; ids and the time are this machine's."""
    for option, value in (("--id", typed.footprint_id), ("--trace-id", typed.trace_id)):
        if value and not _UUID.fullmatch(value):
            raise Invalid("cli/uuid", f"{option} wants a UUID, not {value!r}")
    wish = Wish(
        target=typed.target,
        source=typed.origin,
        assumptions={name: _assumed(value) for name, value in assumed.items()},
        assumed_by=typed.source,
        split=typed.split,
        footprint_id=typed.footprint_id,
        trace_id=typed.trace_id,
        new_id=str(uuid4()),
        now=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return convert(document, wish)


def refusal(problem: Problem) -> dict[str, Any]:
    """Why nothing was written, for scripts: code, sentence and the single places."""
    told = [finding.as_dict() for finding in problem.findings]
    return {"findings": told, "refused": {"code": problem.code, "detail": problem.detail}}


def _assumed(value: Any) -> Any:
    """A number of a JSON file as an exact amount."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def split_of(raw_share: str, stages: str, source: str) -> Split | StageData | None:
    """The split that was typed. Raises Invalid (`cli/split`, `cli/amount`)."""
    if raw_share and stages:
        raise Invalid("cli/split", "give either --raw-share or --stages")
    if raw_share:
        return Split(_decimal(raw_share, "--raw-share"), source)
    if not stages:
        return None
    raw, comma, main = stages.partition(",")
    if not comma:
        raise Invalid("cli/split", "--stages wants two amounts: RAW,MAIN")
    return StageData(_decimal(raw, "--stages"), _decimal(main, "--stages"), source)


def split_form(split: Split | StageData | None) -> dict[str, Any] | None:
    """A split as the node's API takes it."""
    if split is None:
        return None
    if isinstance(split, Split):
        return {"rawMaterialShare": split.raw_material_share, "source": split.source}
    return {"rawMaterial": split.raw_material, "mainProduction": split.main_production, "source": split.source}


def _decimal(text: str, option: str) -> Decimal:
    """An exact amount that was typed."""
    if not _AMOUNT.fullmatch(text.strip()):
        raise Invalid("cli/amount", f"{option} wants a number like 0.7, not {text!r}")
    return Decimal(text.strip())
