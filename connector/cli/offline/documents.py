"""Files that commands read and write; `-` is standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from connector.notation.places import decode_unrepeated
from connector.notation.problems import Invalid

STDIN = "-"


def read_bytes(name: str | Path) -> bytes:
    """The bytes of a file. Raises Invalid (`cli/file`) where it cannot be read."""
    if str(name) == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Invalid("cli/file", f"{name} cannot be read: {reason}") from None


def read_text(name: str | Path) -> str:
    """The text of a UTF-8 file. Raises Invalid (`cli/file`, `file/encoding`)."""
    try:
        return read_bytes(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("file/encoding", f"{name} is not UTF-8: byte {error.start} is wrong") from None


def read_json(name: str | Path) -> Any:
    """The JSON value in a file, amounts exact. Raises Invalid (`cli/file`, `file/encoding`, `json/...`), TooLarge."""
    raw = read_bytes(name).removeprefix(b"\xef\xbb\xbf")
    try:
        return decode_unrepeated(raw)
    except Invalid as problem:
        raise _placed(str(name), raw, problem) from None


def _placed(name: str, raw: bytes, problem: Invalid) -> Invalid:
    """The problem as who counts lines, and knows encodings, tells it."""
    from connector.cli.offline import payloads

    slips = payloads.of(name, raw).slips
    if not slips:
        return Invalid(problem.code, f"{name}: {problem.detail}", pointer=problem.pointer)
    slip, place = slips[0]
    where = f"{name}:{place.line}:{place.column}" if place else name
    return Invalid(slip.code, f"{where}: {slip.message}", pointer=slip.pointer)


def read_object(name: str | Path) -> dict[str, Any]:
    """As `read_json`, for a JSON object. Raises Invalid (`json/shape`) for anything else."""
    value = read_json(name)
    if not isinstance(value, dict):
        raise Invalid("json/shape", f"{name}: a JSON object is wanted")
    return value


def write(path: Path, content: bytes) -> None:
    """Write a file. Raises Invalid (`cli/file`)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise Invalid("cli/file", f"{path} cannot be written: {error.strerror}") from None
