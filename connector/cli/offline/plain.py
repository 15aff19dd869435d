"""Commands whose arguments are plain texts, paths and choices: read without pydantic.

Typer reads every argument with pydantic, which takes longer to import than an aspect model to be read.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command that reads what it can by itself, and leaves the rest to typer."""

    def get_params(self, ctx: Any) -> list[Any]:
        """See click: the parameters, the help option last."""
        hints = get_type_hints(self.callback)
        return [_plain(parameter, hints.get(parameter.name or "")) for parameter in super().get_params(ctx)]


class PlainGroup(TyperGroup):
    """A group of commands whose own options (the help) are plain."""

    def get_params(self, ctx: Any) -> list[Any]:
        """See click."""
        return [_plain(parameter, None) for parameter in super().get_params(ctx)]


def _plain(parameter: Any, kind: Any) -> Any:
    """`parameter`, made to read its value as `kind` if that is plain, or not to look at a switch that was not given."""
    if "process_value" not in vars(parameter):
        parameter.process_value = partial(_processed, parameter, kind, parameter.process_value)
    return parameter


def is_plain(kind: Any) -> bool:
    """Whether `kind` is a text, path, choice or switch, a list of them, or one of those or None."""
    if get_origin(kind) is list:
        return is_plain(get_args(kind)[0])
    inner = [one for one in get_args(kind) if one is not NoneType]
    if len(inner) == 1 and len(get_args(kind)) == 2:
        return is_plain(inner[0])
    return isinstance(kind, type) and issubclass(kind, str | Path | bool | Enum)


def _processed(parameter: Any, kind: Any, otherwise: Callable[..., Any], context: Any, value: Any) -> Any:
    """`value` as `kind`; what is missing or strange is left to typer, which says so in its own words."""
    if value is None or value == ():
        is_asked = parameter.required or (parameter.callback is not None and parameter.name != "help")
        return otherwise(context, value) if is_asked else None
    if not is_plain(kind):
        return otherwise(context, value)
    try:
        return _read(kind, value)
    except (ValueError, TypeError):
        raise typer.BadParameter(_wanted(kind, value), ctx=context, param=parameter) from None


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) is list:
        return [_read(get_args(kind)[0], one) for one in value]
    inner = [one for one in get_args(kind) if one is not NoneType]
    if inner:
        return _read(inner[0], value)
    if isinstance(value, kind):
        return value
    if kind is bool:
        raise ValueError(value)
    return kind(value)


def _wanted(kind: Any, value: Any) -> str:
    choices = [one.value for one in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []
    return f"{value!r} is not one of {', '.join(map(repr, choices))}." if choices else f"{value!r} is not valid."
