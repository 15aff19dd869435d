"""The reference page of an aspect model: every path with its type, rules and meaning, as Markdown or HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from connector.notation import exact_json
from submodels.samm.model import Aspect, Described, Property
from submodels.samm.outline import Line, constraint_texts, lines, type_text, unit_text, values_of
from submodels.samm.reference.diagram import svg

COLUMNS: Final = ("path", "type", "unit", "needed", "rules", "example", "meaning")
PLACES: Final = ("operation or event", "takes or tells", "gives")
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1b2733;"
    "background:#fff}table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "th,td{border:1px solid #d5dde5;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "code,td:first-child{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em}"
    ".scroll{overflow-x:auto}@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
    "th,td{border-color:#30363d}}"
)


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    text: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def markdown(aspect: Aspect) -> str:
    """The page as Markdown (tables of GitHub's flavour)."""
    parts = [f"# {_line(_title(aspect))}", f"`{aspect.urn}`", _line(_meaning(aspect)), *_others(aspect)]
    for section in _sections(aspect):
        parts += [f"## {_line(section.title)}", _line(section.text), _table(section)]
    return "\n\n".join(part for part in parts if part) + "\n"


def html(aspect: Aspect) -> str:
    """The page as one HTML document with its drawing; it loads nothing."""
    sections = "".join(_html_section(section) for section in _sections(aspect))
    others = "".join(f"<p>{escape(text)}</p>" for text in _others(aspect))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(_title(aspect))}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(_title(aspect))}</h1><p><code>{escape(aspect.urn)}</code></p><p>{escape(_meaning(aspect))}</p>"
        f'{others}{sections}<h2>Diagram</h2><div class="scroll">{svg(aspect)}</div></body></html>\n'
    )


def _title(element: Described) -> str:
    return _text(element.preferred_names) or element.name


def _meaning(element: Described) -> str:
    return _text(element.descriptions)


def _text(texts: Any) -> str:
    """The English text, else that of the first language."""
    return texts.get("en") or next(iter(texts.values()), "")


def _others(aspect: Aspect) -> list[str]:
    """Names in the other languages of the model."""
    return [f"{language}: {name}" for language, name in aspect.preferred_names.items() if language != "en"]


def _sections(aspect: Aspect) -> Iterator[_Section]:
    """One section for each property of the aspect, then the listed values, operations and events."""
    shown = list(lines(aspect))
    for prop in aspect.properties:
        below = [line for line in shown if _is_within(line.path, prop.payload_name)]
        if below:
            yield _Section(prop.payload_name, _meaning(prop), COLUMNS, [_row(line) for line in below])
    listed = _listed(shown)
    if listed:
        yield _Section("Listed values", "", ("path", "values"), listed)
    called = [*_operations(aspect), *_events(aspect)]
    if called:
        yield _Section("Operations and events", "", PLACES, called)


def _is_within(path: str, name: str) -> bool:
    return path.startswith(name) and path[len(name) : len(name) + 1] in ("", ".", "[")


def _row(line: Line) -> tuple[str, ...]:
    values = values_of(line.characteristic) if line.is_leaf else []
    rules = constraint_texts(line.characteristic) + (["one of the listed values"] if values else [])
    meaning = _meaning(line.characteristic) if line.side else _meaning(line.prop)
    return (
        line.path,
        type_text(line.characteristic) + (" (as above)" if line.is_repeated else ""),
        unit_text(line.characteristic) if line.is_leaf else "",
        "either side" if line.side else ("no" if line.prop.optional else "yes"),
        "; ".join(rules),
        _example(line.prop) if line.is_leaf and not line.side else "",
        meaning,
    )


def _example(prop: Property) -> str:
    return "" if prop.example_value is None else exact_json.encode(prop.example_value).decode()


def _listed(shown: Sequence[Line]) -> list[tuple[str, str]]:
    return [
        (line.path, ", ".join(exact_json.encode(value).decode() for value in values))
        for line in shown
        if line.is_leaf and (values := values_of(line.characteristic))
    ]


def _operations(aspect: Aspect) -> list[tuple[str, ...]]:
    return [
        (operation.name, _names(operation.inputs), operation.output.payload_name if operation.output else "")
        for operation in aspect.operations
    ]


def _events(aspect: Aspect) -> list[tuple[str, ...]]:
    return [(event.name, _names(event.parameters), "") for event in aspect.events]


def _names(properties: Sequence[Property]) -> str:
    return ", ".join(prop.payload_name for prop in properties)


# -- forms ---------------------------------------------------------------------------------------------------------


def _line(text: str) -> str:
    """`text` on one line, with nothing in it that Markdown or HTML would read."""
    plain = escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{char}" if char in "\\|*_[]`#" else char for char in plain)


def _table(section: _Section) -> str:
    head = [f"| {' | '.join(section.columns)} |", f"|{'---|' * len(section.columns)}"]
    return "\n".join([*head, *(f"| {' | '.join(_line(cell) for cell in row)} |" for row in section.rows)])


def _html_section(section: _Section) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in section.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in section.rows)
    return (
        f"<h2>{escape(section.title)}</h2><p>{escape(section.text)}</p>"
        f'<div class="scroll"><table><tr>{head}</tr>{rows}</table></div>'
    )
