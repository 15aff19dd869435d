"""Cross-sectoral standards: one concept, a spelling for each form. A standard keeps the spelling that it came with."""

from __future__ import annotations

from typing import NamedTuple

CATENA_X_7: tuple[str, ...] = (
    "ISO Standard 14067",
    "ISO Standard 14044",
    "Pathfinder v1",
    "Pathfinder v2",
    "PAS 2050",
    "ISO Standard 14040",
    "ISO Standard 14041",
    "ISO Standard 14042",
    "ISO Standard 14043",
    "PEF",
    "Other",
    "GHG Protocol Product Standard",
)
CATENA_X_10: tuple[str, ...] = (
    "ISO 14067",
    "Pathfinder v1",
    "PACT-1.0",
    "Pathfinder v2",
    "PACT-2.0",
    "Pathfinder v3",
    "PACT-3.0",
    "GHG Protocol Product",
    "PAS 2050",
    "ISO 14040-44",
    "PEF",
    "Other",
)

_SPELLINGS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    # Catena-X 7.0.0, Catena-X 9.0.0 and 10.0.0, PACT 3, further spellings that are read (PACT 2 among them)
    ("ISO Standard 14067", "ISO 14067", "ISO14067", ("ISO Standard 14067",)),
    ("ISO Standard 14044", "ISO 14040-44", "ISO14040-44", ("ISO 14044", "ISO14044")),
    ("", "ISO 14083", "ISO14083", ()),
    ("Pathfinder v1", "PACT-1.0", "PACT-1.0", ("Pathfinder v1",)),
    ("Pathfinder v2", "PACT-2.0", "PACT-2.0", ("Pathfinder v2",)),
    ("", "PACT-3.0", "PACT-3.0", ("Pathfinder v3",)),
    (
        "GHG Protocol Product Standard",
        "GHG Protocol Product",
        "GHGP-Product",
        ("GHG Protocol Product standard", "GHG Protocol Product Standard"),
    ),
    ("PAS 2050", "PAS 2050", "PAS2050", ()),
    ("PEF", "PEF", "PEF", ()),
    ("ISO Standard 14040", "ISO 14040-44", "ISO14040-44", ("ISO 14040", "ISO14040")),
)
_PARTS_OF_14040_44 = ("ISO Standard 14041", "ISO Standard 14042", "ISO Standard 14043")
"""Parts that ISO 14044 replaced: they have a spelling in 7.0.0 only."""


class Spelled(NamedTuple):
    """A standard in the spelling of a form; `is_exact` where nothing of its meaning was lost."""

    text: str
    is_exact: bool


def spell_7(standard: str) -> Spelled:
    """`standard` as 7.0.0 names it; "Other" where it has no name there."""
    if standard in CATENA_X_7:
        return Spelled(standard, True)
    row = _row(standard)
    # Both parts of ISO 14040-44 stand behind the pair; 14044 has the requirements.
    exact = standard not in ("ISO 14040-44", "ISO14040-44")
    return Spelled(row[0], exact) if row and row[0] else Spelled("Other", False)


def spell_9(standard: str) -> Spelled:
    """`standard` as 9.0.0 names it: free text, so an unknown one keeps its words."""
    row = _row(standard)
    exact = not (row and row[1] == "ISO 14040-44" and standard not in ("ISO 14040-44", "ISO14040-44"))
    return Spelled(row[1], exact) if row else Spelled(standard, True)


def spell_10(standard: str) -> Spelled:
    """`standard` as 10.0.0 names it; "Other" where it has no name there."""
    if standard in CATENA_X_10:
        return Spelled(standard, True)
    made = spell_9(standard)
    if made.text in CATENA_X_10:
        return made
    return Spelled("ISO 14040-44" if standard in _PARTS_OF_14040_44 else "Other", False)


def spell_pact(standard: str) -> Spelled:
    """`standard` as PACT 3 names it: an open list, so an unknown one keeps its words."""
    row = _row(standard)
    return Spelled(row[2], spell_9(standard).is_exact) if row else Spelled(standard, True)


def _row(standard: str) -> tuple[str, str, str, tuple[str, ...]] | None:
    for row in _SPELLINGS:
        if standard in (row[0], row[1], row[2], *row[3]) and standard:
            return row
    return None
