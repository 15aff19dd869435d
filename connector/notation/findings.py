"""A finding: one thing that a check noticed, with the place and what was wanted there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names the rule (`<room>/<rule>`), `pointer` is a JSON pointer (RFC 6901) into the checked document.

    `wanted` and `found` are plain values; `source` names the clause, model element or file that the rule comes from.
    Where one document is made of another, `target` is the place in what is made and `kind` what it comes to there
    (`lost`, `assumed`, ...).
    """

    code: str
    message: str
    pointer: str = ""
    severity: Severity = "error"
    wanted: Any = None
    found: Any = None
    source: str = ""
    kind: str = ""
    target: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: empty members are left out."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in members.items() if value not in (None, "")}

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.message} [{self.code}]"


def has_errors(findings: list[Finding] | tuple[Finding, ...]) -> bool:
    """Whether any finding is an error."""
    return any(finding.severity == "error" for finding in findings)
