"""A drawing of an aspect model: its payload as a tree, as SVG or as Mermaid text."""

from __future__ import annotations

from html import escape
from typing import Final

from submodels.samm.model import Aspect
from submodels.samm.outline import Line, lines, type_text, unit_text

ROW: Final = 22
INDENT: Final = 22
MARGIN: Final = 16
CHARACTER: Final = 7.3
"""Width of a character of the font, in pixels, taken generously."""
MAX_LINES: Final = 5000
_STYLE: Final = (
    "text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#1b2733}"
    ".type{fill:#5b6b7b}.side{fill:#8a4b08;font-style:italic}.optional{fill:#5b6b7b}.aspect{font-weight:bold}"
    "path{stroke:#b7c2cc;fill:none}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.type,.optional{fill:#9fb0c0}.side{fill:#f0b36b}"
    "path{stroke:#4a5866}}"
)


def svg(aspect: Aspect) -> str:
    """The tree as one SVG image that needs nothing else; each entity is opened once, what is optional has a `?`."""
    shown = _shown(aspect)
    ends = [INDENT * (line.depth + 1) + CHARACTER * len("".join(_label(line))) for line in shown]
    width = round(2 * MARGIN + max([*ends, CHARACTER * len(aspect.name)]))
    height = 2 * MARGIN + ROW * (len(shown) + 1)
    rows = "".join(_row(line, number) for number, line in enumerate(shown, 1))
    title = escape(aspect.preferred_names.get("en", aspect.name))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><title>{title}</title><style>{_STYLE}</style>'
        f'<text class="aspect" x="{MARGIN}" y="{MARGIN + ROW - 7}">{escape(aspect.name)}</text>'
        f'<path d="{_branches(shown)}"/>{rows}</svg>\n'
    )


def mermaid(aspect: Aspect) -> str:
    """The tree as a Mermaid flowchart from left to right."""
    shown = _shown(aspect)
    parents = ["n0"]
    written = [f'flowchart LR\n  n0["{_quoted(aspect.name)}"]']
    for number, line in enumerate(shown, 1):
        del parents[line.depth + 1 :]
        name, kind = _label(line)
        written.append(f'  {parents[-1]} --> n{number}["{_quoted(name)}<br/>{_quoted(kind.strip())}"]')
        parents.append(f"n{number}")
    return "\n".join(written) + "\n"


def _shown(aspect: Aspect) -> list[Line]:
    return [line for _, line in zip(range(MAX_LINES), lines(aspect, is_each_entity_once=True), strict=False)]


def _label(line: Line) -> tuple[str, str]:
    """Name and type of a line."""
    mark = "?" if line.prop.optional and not line.side else ""
    unit = unit_text(line.characteristic) if line.is_leaf else ""
    again = " (above)" if line.is_repeated else ""
    return f"{line.name}{mark}", f"  {type_text(line.characteristic)}{f' [{unit}]' if unit else ''}{again}"


def _row(line: Line, number: int) -> str:
    x, y = MARGIN + INDENT * (line.depth + 1), MARGIN + ROW * (number + 1) - 7
    kind = ' class="side"' if line.side else ""
    name, rest = _label(line)
    return f'<text x="{x}" y="{y}"{kind}>{escape(name)}<tspan class="type">{escape(rest)}</tspan></text>'


def _branches(shown: list[Line]) -> str:
    """The elbows from each parent down to its children."""
    last_at: dict[int, int] = {-1: 0}
    steps = []
    for number, line in enumerate(shown, 1):
        x = MARGIN + INDENT * line.depth + 6
        top = MARGIN + ROW * (last_at[line.depth - 1] + 1) - 2
        bottom = MARGIN + ROW * number + 11
        steps.append(f"M{x} {top}V{bottom}h{INDENT - 10}")
        last_at[line.depth] = number
    return "".join(steps)


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
