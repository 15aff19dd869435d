"""Many payloads out of one place: a folder of JSON files, JSON lines, a CSV file or a spreadsheet.

A table has a column for each value: its path in the payload (`performance.rated.voltage.nominal`, a place in a list as
`safety.dismantling[0].content`), or `context.<member>`. Rows stand on a base payload, if there is one; an empty cell
leaves what the base has.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from connector.cli.offline import documents, payloads
from connector.notation.digests import digest
from connector.notation.problems import Invalid, Problem

if TYPE_CHECKING:
    from submodels.samm.model import Aspect

LINES: Final = (".jsonl", ".ndjson")
TABLES: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
CONTEXT: Final = "context."
_STEP: Final = re.compile(r"([^.\[\]]+)((?:\[[0-9]{1,4}\])*)")
_PLACE: Final = re.compile(r"\[([0-9]+)\]")


@dataclass(frozen=True, slots=True)
class Record:
    """One payload: where it stands (`file:line`), itself, what its row says of the context; or why it is none."""

    name: str
    payload: Any = None
    context: Mapping[str, Any] = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def digest(self) -> str:
        """The digest of what is to be published: a record that was changed is another one."""
        return digest([self.payload, dict(self.context)])


def records(sources: Sequence[str], base: dict[str, Any] | None, kinds: Mapping[str, str]) -> Iterator[Record]:
    """The payloads of all sources in their order. `kinds`: path in the model (lists as `[]`) -> `xs:...` of its values.

    Raises Invalid (`cli/file`, `cli/source`) for a source that cannot be read at all.
    """
    for source in sources:
        path = Path(source)
        ending = path.suffix.lower()
        if path.is_dir():
            yield from (_of_file(file) for file in sorted(path.rglob("*.json")))
        elif ending in LINES:
            yield from _of_lines(source)
        elif ending == ".csv":
            yield from _of_table(source, _csv_rows(source), base, kinds)
        elif ending in TABLES:
            yield from _of_table(source, _sheet_rows(source), base, kinds)
        elif ending == ".json":
            yield _of_file(path)
        else:
            known = ", ".join((".json", *LINES, ".csv", *TABLES))
            raise Invalid("cli/source", f"{source} is no folder and does not end in {known}")


def count(sources: Sequence[str]) -> int:
    """About how many there are, without reading them as JSON."""
    total = 0
    for source in sources:
        ending = Path(source).suffix.lower()
        if Path(source).is_dir():
            total += sum(1 for _ in Path(source).rglob("*.json"))
        elif ending in LINES:
            total += sum(1 for line in documents.read_bytes(source).splitlines() if line.strip())
        elif ending == ".csv" or ending in TABLES:
            total += max(0, len(_csv_rows(source) if ending == ".csv" else _sheet_rows(source)) - 1)
        else:
            total += 1
    return total


def kinds_of(aspect: Aspect) -> dict[str, str]:
    """The value type of each leaf of a model, by its path."""
    from submodels.aspect_submodel.forms import value_type
    from submodels.samm.outline import lines

    return {line.path.removesuffix("[]"): value_type(line.characteristic) for line in lines(aspect) if line.is_leaf}


def _of_file(file: Path) -> Record:
    return _read(str(file), documents.read_bytes(file))


def _read(name: str, raw: bytes) -> Record:
    document = payloads.of(name, raw)
    if document.slips:
        slip, place = document.slips[0]
        where = f" (line {place.line}, column {place.column})" if place else ""
        return Record(
            name, problem=Invalid(slip.code, slip.message + where, findings=[one for one, _ in document.slips])
        )
    return Record(name, document.value)


def _of_lines(source: str) -> Iterator[Record]:
    for number, line in enumerate(documents.read_bytes(source).splitlines(), 1):
        if line.strip():
            yield _read(f"{source}:{number}", line)


def _csv_rows(source: str) -> list[list[Any]]:
    text = documents.read_text(source)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def _sheet_rows(source: str) -> list[list[Any]]:
    """The rows of the first sheet. Raises Invalid (`cli/source`)."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(documents.read_bytes(source)))
        rows: list[list[Any]] = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, ValueError, IndexError, OSError) as error:
        raise Invalid("cli/source", f"{source} cannot be read as a spreadsheet: {error}") from None
    return rows


def _of_table(
    source: str, rows: list[list[Any]], base: dict[str, Any] | None, kinds: Mapping[str, str]
) -> Iterator[Record]:
    header = [str(cell).strip() for cell in rows[0]] if rows else []
    unknown = [name for name in header if name and not name.startswith(CONTEXT) and _kind(name, kinds) is None]
    if not header or unknown:
        said = f"the model has no {', '.join(unknown[:5])}" if unknown else "the first row names no columns"
        raise Invalid("cli/source", f"{source}: {said}; a column is a path as performance.rated.voltage.nominal")
    for number, row in enumerate(rows[1:], 2):
        if any(cell not in ("", None) for cell in row):
            yield _of_row(f"{source}:{number}", header, row, base, kinds)


def _of_row(
    name: str, header: list[str], row: list[Any], base: dict[str, Any] | None, kinds: Mapping[str, str]
) -> Record:
    payload: dict[str, Any] = deepcopy(base) if base else {}
    context: dict[str, Any] = {}
    try:
        for column, cell in zip(header, row, strict=False):
            if not column or cell in ("", None):
                continue
            if column.startswith(CONTEXT):
                _put(context, column.removeprefix(CONTEXT), _text(cell))
            else:
                _put(payload, column, _value(cell, _kind(column, kinds) or "xs:string", column))
    except Problem as problem:
        return Record(name, problem=problem)
    return Record(name, payload, context)


def _kind(column: str, kinds: Mapping[str, str]) -> str | None:
    """The value type of a column, or None where the model has no such value."""
    return kinds.get(_PLACE.sub("[]", column).removesuffix("[]"))


def _value(cell: Any, kind: str, column: str) -> Any:
    """A cell as JSON has it; a text that is no value of the kind stays, so that the check names it."""
    if kind == "xs:boolean":
        return {"true": True, "false": False, "1": True, "0": False}.get(_text(cell).lower(), cell)
    if kind in _NUMBERS:
        try:
            amount = Decimal(_text(cell).strip())
        except InvalidOperation:
            return _text(cell)
        return int(amount) if amount == amount.to_integral_value() and abs(amount) < 10**18 else amount
    return _text(cell)


_NUMBERS: Final = frozenset(
    f"xs:{name}"
    for name in (
        "decimal", "double", "float", "integer", "int", "long", "short", "byte", "unsignedInt", "unsignedLong",
        "unsignedShort", "unsignedByte", "nonNegativeInteger", "positiveInteger",
    )
)  # fmt: skip


def _text(cell: Any) -> str:
    """A cell of a spreadsheet as text: whole numbers without a point, days as YYYY-MM-DD."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _put(node: Any, path: str, value: Any) -> None:
    """Set the value at `path`; objects and lists on the way come to be. Raises Invalid (`cli/column`)."""
    steps: list[str | int] = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise Invalid("cli/column", f"{path!r} is no path as performance.rated.voltage.nominal")
        steps += [match.group(1), *(int(place) for place in _PLACE.findall(match.group(2)))]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        empty: Any = value if following is None else [] if isinstance(following, int) else {}
        node = _stepped(node, step, empty, path, is_last=following is None)


def _stepped(node: Any, step: str | int, empty: Any, path: str, *, is_last: bool) -> Any:
    if isinstance(step, int) != isinstance(node, list):
        raise Invalid("cli/column", f"{path!r} does not fit what the base payload has there")
    if isinstance(step, str):
        if is_last or step not in node:
            node[step] = empty
        return node[step]
    if step > len(node):
        raise Invalid("cli/column", f"{path!r} leaves places of the list empty before it")
    if step == len(node):
        node.append(empty)
    elif is_last:
        node[step] = empty
    return node[step]
