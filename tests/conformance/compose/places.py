"""Where a service of the compose file is on this machine: its ports, and its folders in place of a container's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.conformance.compose import file
from tests.conformance.ports import free_port

LISTENING: Final[Mapping[str, tuple[int, ...]]] = {
    "database": (5432,),
    "broker": (8883,),
    "manufacturer": (8080, 8081),
    "customer": (8080, 8081),
}
"""Ports inside the containers; those of the front are variables of the file."""


@dataclass
class Places:
    """`put` makes of what a container would be told what a process here is told: other hosts, ports and folders."""

    folder: Path
    document: Mapping[str, Any]
    ports: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = {(name, port): free_port() for name, ports in LISTENING.items() for port in ports}
        self.folder.chmod(0o755)
        for name in self.document["volumes"]:
            self.volume(name).mkdir(parents=True)

    def volume(self, name: str) -> Path:
        """The folder of a named volume."""
        return self.folder / "volumes" / name

    def port(self, service: str, inside: int) -> int:
        """The port here of a service's port there."""
        return self.ports[service, inside]

    def put(self, service: str, text: str) -> str:
        """`text`, as this service would be told it, for a process here."""
        mounts = {place: source for source, place in file.volumes(self.document["services"][service])}
        wanted = "|".join(map(re.escape, sorted(mounts, key=len, reverse=True)))
        if wanted:
            text = re.sub(rf"(?<![\w./])({wanted})(?!\w)", lambda found: str(self._mounted(mounts[found[1]])), text)
        for (name, inside), port in self.ports.items():
            text = text.replace(f"{name}:{inside}", f"localhost:{port}")
            text = text.replace(f"listener {inside}\n", f"listener {port} 127.0.0.1\n") if name == service else text
        for subnet in (one["subnet"] for one in self.document["networks"]["default"]["ipam"]["config"]):
            text = text.replace(subnet, "127.0.0.0/8,::1/128")
        return text

    def _mounted(self, source: str) -> Path:
        return self.folder / "files" / source if source.startswith("./") else self.volume(source)

    def files(self, service: str) -> None:
        """Write the files that a service has mounted, told as for here."""
        for source, _ in file.volumes(self.document["services"][service]):
            if source.startswith("./"):
                place = self._mounted(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(self.put(service, (file.FOLDER / source).read_text("utf-8")), "utf-8")

    def environment(self, service: str) -> dict[str, str]:
        """The environment of a service."""
        said = self.document["services"][service].get("environment", {})
        found = {name: self.put(service, str(value)) for name, value in said.items()}
        for name, value in found.items():
            if name.endswith("__PORT"):
                found[name] = str(self.port(service, int(value)))
        return found

    def command(self, service: str) -> list[str]:
        """The command of a service."""
        return [self.put(service, part) for part in self.document["services"][service]["command"]]
