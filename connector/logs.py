"""Logs: JSON lines on stderr."""

from __future__ import annotations

import logging
import sys

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
            structlog.processors.JSONRenderer(serializer=lambda event, **_: encode(_plain(event)).decode()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, format="%(message)s")


def _plain(event: object) -> object:
    if isinstance(event, dict):
        return {str(key): _plain(value) for key, value in event.items()}
    return event if isinstance(event, str | int | float | bool | None) else str(event)
