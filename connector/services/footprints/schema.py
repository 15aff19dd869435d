"""Footprint documents judged: by the schema of the aspect model, then by what the model means beyond its schema."""

from __future__ import annotations

import asyncio
from typing import Any

from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Invalid
from connector.pcf.catena_x import version_9
from connector.pcf.catena_x.fields import SEMANTIC_ID
from connector.services.passports.aspects import Aspects

MOST_FINDINGS = 50


class FootprintSchema:
    """The judge of `io.catenax.pcf:9.0.0` documents."""

    def __init__(self, aspects: Aspects) -> None:
        self._aspects = aspects
        self._preparing: asyncio.Task[list[Finding]] | None = None

    def prepare(self) -> None:
        """Begin to load the model, so that the first document need not wait for it."""
        if self._preparing is None:
            self._preparing = asyncio.get_running_loop().create_task(self._aspects.findings(SEMANTIC_ID, {}))

    async def check(self, document: Any) -> list[Finding]:
        """What is wrong with `document` without making it useless. Raises Invalid (`footprint/document`) otherwise."""
        findings = [*await self._aspects.findings(SEMANTIC_ID, document), *version_9.check(document)]
        errors = [finding for finding in findings if finding.severity == "error"]
        if has_errors(findings):
            said = f"not a valid {version_9.SOURCE} document ({len(errors)} errors): {errors[0]}"
            raise Invalid("footprint/document", said, pointer=errors[0].pointer, findings=errors[:MOST_FINDINGS])
        return findings
