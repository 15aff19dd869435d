"""The compose file as one reads it: variables put in, and what the published schema of the specification says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import yaml

FOLDER: Final = Path("compose").resolve()
_VARIABLE: Final = re.compile(r"\$(?:\$|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<how>:-|:\?)(?P<rest>[^}]*))?\})")


def read(variables: Mapping[str, str]) -> dict[str, Any]:
    """`compose.yaml` with its variables put in. Raises KeyError where one that has to be given is not."""
    document: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
    filled: dict[str, Any] = _filled(document, variables)
    return filled


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(member, variables) for key, member in value.items()}
    if isinstance(value, list):
        return [_filled(entry, variables) for entry in value]
    return interpolated(value, variables) if isinstance(value, str) else value


def interpolated(text: str, variables: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$`, as the specification has them."""

    def put(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return "$"
        if variables.get(name):
            return variables[name]
        if match["how"] == ":-":
            return match["rest"]
        raise KeyError(f"{name}: {match['rest'] or 'it is not set'}")

    return _VARIABLE.sub(put, text)


def problems(document: Mapping[str, Any], schema: Path) -> list[str]:
    """What the schema finds wrong."""
    judge = jsonschema_rs.validator_for(json.loads(schema.read_text("utf-8")))
    plain = json.loads(json.dumps(document))
    return [f"/{'/'.join(map(str, error.instance_path))}: {error.message[:300]}" for error in judge.iter_errors(plain)]


def dangling(document: Mapping[str, Any]) -> list[str]:
    """What the schema cannot see: services, volumes and files that are named and are not there."""
    found = []
    for name, service in document["services"].items():
        found += [f"{name} needs {other}" for other in _needed(service) if other not in document["services"]]
        for source, _ in volumes(service):
            if source.startswith("./") and not (FOLDER / source).is_file():
                found.append(f"{name} mounts {source}")
            elif not source.startswith("./") and source not in document["volumes"]:
                found.append(f"{name} mounts the volume {source}")
    return found


def _needed(service: Mapping[str, Any]) -> list[str]:
    return list(service.get("depends_on", []))


def volumes(service: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(source, place in the container) of each mount."""
    return [(one.split(":")[0], one.split(":")[1]) for one in service.get("volumes", [])]


def in_order(document: Mapping[str, Any]) -> list[str]:
    """The services, each behind those that it needs."""
    ordered: list[str] = []

    def add(name: str) -> None:
        for other in _needed(document["services"][name]):
            add(other)
        if name not in ordered:
            ordered.append(name)

    for name in document["services"]:
        add(name)
    return ordered
