"""Logs: JSON lines on stderr."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from datetime import UTC, datetime

import structlog

from connector.notation.exact_json import encode


def configure(level: str) -> None:
    """Send structlog and the standard library's logging to stderr as JSON lines, from `level` on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: _line(event)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _StandardError(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(_StandardError())
    handler.setFormatter(_Lines())
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler])


class _StandardError:
    """Whatever stderr is at the moment; a log that nobody takes any more costs no request."""

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()

    def msg(self, line: str) -> None:
        self.write(line + "\n")
        self.flush()

    debug = info = warning = error = critical = exception = msg


class _Lines(logging.Formatter):
    """What other libraries log, in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        event = {"logger": record.name, "event": record.getMessage(), "level": record.levelname.lower()}
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        stamp = datetime.fromtimestamp(record.created, UTC)
        return _line({**event, "timestamp": stamp.isoformat().replace("+00:00", "Z")})


def _line(event: object) -> str:
    """One line of JSON; text that is no Unicode is written as Python would."""
    try:
        return encode(_plain(event)).decode()
    except UnicodeEncodeError:
        return json.dumps(_plain(event))


def _plain(event: object) -> object:
    if isinstance(event, dict):
        return {str(key): _plain(value) for key, value in event.items()}
    if isinstance(event, list | tuple):
        return [_plain(value) for value in event]
    return event if isinstance(event, str | int | float | bool | None) else str(event)
