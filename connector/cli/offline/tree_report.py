"""A bill of materials rolled up on this machine, as the command shows and writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Invalid
from connector.pcf import picture
from connector.pcf.roll_up import Result, RollUp, findings_of_cycles
from connector.pcf.tree import bill

COLUMNS: Final = ("part", "waits on", "why", "amount", "% mass", "% emissions")
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Made:
    """A tree with its result."""

    tree: RollUp
    result: Result

    @property
    def findings(self) -> list[Finding]:
        """Those of the parts, and the cycles."""
        return [*findings_of_cycles(self.tree), *self.result.findings]

    @property
    def has_errors(self) -> bool:
        """Whether the bill itself is wrong."""
        return has_errors(self.findings)

    @property
    def members(self) -> list[tuple[str, Any]]:
        """The figures of the root."""
        result = self.result
        stages = [(f"{stage} (kgCO2e)", format(value, "f")) for stage, value in result.stages.items()]
        shares = [("primary data %", result.primary_share), ("verified %", result.verified_share)]
        state = "provisional" if result.is_provisional else "final"
        return [
            ("root", result.root),
            ("state", state),
            ("total (kgCO2e)", format(result.total, "f")),
            *stages,
            *shares,
        ]

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The gaps."""
        return [tuple("" if cell is None else cell for cell in gap) for gap in self.result.gaps]

    @property
    def report(self) -> dict[str, Any]:
        """All of it for scripts."""
        result = self.result
        return {
            "root": result.root,
            "provisional": result.is_provisional,
            "total": result.total,
            "stages": dict(result.stages),
            "primaryDataShare": result.primary_share,
            "verifiedShare": result.verified_share,
            "secondaryShare": result.secondary_share,
            "quality": dict(result.quality),
            "gaps": [gap._asdict() for gap in result.gaps],
            "findings": [finding.as_dict() for finding in self.findings],
        }


def rolled_up(document: Any, material: str) -> Made:
    """The bill rolled up. Raises Invalid (`pcf/bill`, `cli/amount`)."""
    if not _PERCENT.fullmatch(material):
        raise Invalid("cli/amount", f"--material wants a percentage like 1.5, not {material!r}")
    root, parts = bill(document)
    tree = RollUp(root, parts, material_percent=Decimal(material))
    return Made(tree, tree.result())


def write_pictures(made: Made, *, svg: str, html: str) -> None:
    """Write the files that were asked for. Raises Invalid `cli/file`."""
    for name, text in ((svg, picture.svg), (html, picture.html)):
        if name:
            try:
                Path(name).write_text(text(made.tree, made.result), "utf-8")
            except OSError as error:
                raise Invalid("cli/file", f"{name} cannot be written: {error.strerror}") from None
