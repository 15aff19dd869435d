"""A picture of a rolled-up tree for an audit: SVG, and the same with its figures as HTML. Nothing outside is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Final

from connector.pcf.roll_up import Gap, Result, RollUp

MOST_ROWS: Final = 400
"""Parts that are drawn, breadth first; the rest is counted in a last line."""
_ROW, _INDENT, _BAR, _LEFT = 22, 18, 220, 430
_COLOURS: Final[Mapping[str, str]] = {
    "": "#2f7d4f",
    "unverified": "#c9a227",
    "secondary": "#c46a1b",
    "withdrawn": "#a33",
    "missing": "#888",
}


def svg(tree: RollUp, result: Result) -> str:
    """The tree with a bar for each part's share of the total, coloured by what is missing of it."""
    rows = _rows(tree)
    drawn = rows[:MOST_ROWS]
    why = {gap.part: gap for gap in result.gaps}
    lines = [_line(tree, result, why.get(name), name, depth, held, y) for y, (name, depth, held) in enumerate(drawn)]
    left = len(rows) - len(drawn)
    if left:
        lines.append(f'<text x="8" y="{len(drawn) * _ROW + 46}">and {left} more parts</text>')
    height = (len(drawn) + 2) * _ROW + 30
    state = "provisional" if result.is_provisional else "final"
    title = f"{result.root}: {result.total:f} kgCO2e, {state}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="920" height="{height}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{escape(title, quote=True)}"><title>{escape(title)}</title>'
        f'<text x="8" y="18" font-weight="bold">{escape(title)}</text>{"".join(lines)}</svg>'
    )


def html(tree: RollUp, result: Result) -> str:
    """A page with the picture, the figures of the root, the gaps and the findings."""
    figures = "".join(f"<tr><td>{escape(stage)}</td><td>{value:f}</td></tr>" for stage, value in result.stages.items())
    shares = {
        "primary data": result.primary_share,
        "verified": result.verified_share,
        "secondary data": result.secondary_share,
    }
    stated = "".join(f"<tr><td>{name}, %</td><td>{_told(value)}</td></tr>" for name, value in shares.items())
    rated = "".join(f"<tr><td>{name}, 1 to 5</td><td>{_told(v)}</td></tr>" for name, v in result.quality.items())
    gaps = "".join(_gap_row(gap) for gap in result.gaps[:MOST_ROWS])
    findings = "".join(f"<li>{escape(str(one))}</li>" for one in result.findings[:MOST_ROWS])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Footprint tree</title><style>'
        "body{font-family:sans-serif;margin:2em}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ccc}"
        f"</style></head><body>{svg(tree, result)}<h2>Figures, kgCO2e</h2><table>{figures}</table>"
        f"<h2>Shares and quality</h2><table>{stated}{rated}</table><h2>Gaps</h2><table><tr><th>part</th>"
        "<th>waits on</th><th>why</th><th>amount</th><th>% of mass</th><th>% of emissions</th></tr>"
        f"{gaps}</table><h2>Findings</h2><ul>{findings}</ul></body></html>"
    )


def _rows(tree: RollUp) -> list[tuple[str, int, Decimal]]:
    """Every part once, with its depth and how much of it the root holds."""
    held = tree.held()
    seen: set[str] = set()
    rows, stack = [], [(tree.root, 0)]
    while stack:
        name, depth = stack.pop()
        if name in seen or name not in held:
            continue
        seen.add(name)
        rows.append((name, depth, held[name]))
        stack += [(one.part, depth + 1) for one in reversed(tree.parts[name].components)]
    return rows


def _line(tree: RollUp, result: Result, gap: Gap | None, name: str, depth: int, held: Decimal, row: int) -> str:
    part = tree.parts[name]
    total = sum(tree.figures(name).values(), Decimal(0)) * held
    width = float(min(Decimal(1), abs(total) / abs(result.total))) * _BAR if result.total else 0.0
    y = row * _ROW + 44
    label = part.name or name
    label = label[:48] + (f" ({part.supplier})" if part.supplier else "")
    colour = _COLOURS[gap.why if gap else ""]
    note = gap.why if gap else ""
    return (
        f'<text x="{8 + min(depth, 10) * _INDENT}" y="{y}">{escape(label)}</text>'
        f'<rect x="{_LEFT}" y="{y - 11}" width="{width:.1f}" height="13" fill="{colour}"/>'
        f'<text x="{_LEFT + _BAR + 10}" y="{y}">{total:.5f} kgCO2e {escape(note)}</text>'
    )


def _gap_row(gap: Gap) -> str:
    cells = (gap.part, gap.supplier, gap.why, f"{gap.amount:f}", _told(gap.mass_percent), _told(gap.emissions_percent))
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _told(value: Decimal | None) -> str:
    return "not stated" if value is None else f"{value:f}"
