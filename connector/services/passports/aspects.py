"""Validators of aspect models: loaded from the library and compiled when first needed, then kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from connector.notation.findings import Finding
from connector.notation.problems import Problem, Unknown
from connector.ports import Library

if TYPE_CHECKING:
    from submodels.samm.model import Aspect
    from submodels.samm.validation import Validator

BATTERY_PASS: Final = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"


class Aspects:
    """Judges payloads by the JSON Schema that their SAMM model gives."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._validators: dict[str, Validator] = {}
        self._files: dict[str, str] = {}
        self._lock = threading.Lock()

    async def findings(self, urn: str, payload: Any) -> list[Finding]:
        """What is wrong with `payload`, in a thread. See `judge`."""
        return await asyncio.to_thread(self.judge, urn, payload)

    def judge(self, urn: str, payload: Any) -> list[Finding]:
        """Errors in `payload` by the published meaning of the aspect `urn`, warnings by its strict one.

        Raises Invalid (`samm/...`) where the model or the payload cannot be read at all. Safe in any thread.
        """
        return self._validator(urn).findings(payload, strict=True)

    def model(self, urn: str) -> Aspect:
        """The model itself. Raises Invalid (`samm/...`)."""
        return self._validator(urn).aspect

    def urns(self) -> list[str]:
        """The aspects of the library, in order; read once. What cannot be read is left out."""
        with self._lock:
            if not self._files:
                self._files = dict(sorted(_aspects_of(self._library)))
            return list(self._files)

    def turtle(self, urn: str) -> str:
        """The text of the file that defines the aspect `urn`. Raises Unknown (`models/unknown`)."""
        if urn not in self.urns():
            raise Unknown("models/unknown", f"this node has no aspect model {urn!r}: GET /api/models lists them")
        return self._files[urn]

    def _validator(self, urn: str) -> Validator:
        from submodels.samm.loader import load
        from submodels.samm.validation import validator

        with self._lock:
            if urn not in self._validators:
                self._validators[urn] = validator(load(urn, self._library.turtle))
            return self._validators[urn]


def _aspects_of(library: Library) -> Iterator[tuple[str, str]]:
    from submodels.samm.loader import aspects_in

    for namespace in library.namespaces():
        for file, text in library.turtle(namespace):
            try:
                yield from ((urn, text) for urn in aspects_in(text, file))
            except Problem:
                continue
