"""Shells and submodels together as one environment: JSON, XML, AASX (AAS Part 2, GenerateSerializationByIds)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from connector.notation.problems import Invalid, TooLarge
from connector.services.passports.shells.pages import refuse_others
from connector.services.passports.shells.repository import Repository
from connector.services.passports.shells.submodels import Submodels
from submodels.aas.identifiers import read_encoded
from submodels.aas.paging import LONGEST, Paging

MEDIA_TYPES: Final = {
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/asset-administration-shell-package": "aasx",
    "application/asset-administration-shell-package+xml": "aasx",
}
_ANY: Final = ("*/*", "application/*", "")
_BOOLEANS: Final = ("true", "false")


def read_ids(values: Sequence[str]) -> list[str]:
    """Identifiers of a query parameter, repeated or with commas. Raises Invalid (`aas/encoding`)."""
    return [read_encoded(text) for value in values for text in value.split(",")]


def media_type(accept: str) -> str:
    """The first media type of an Accept header that this node writes; JSON where it asks for none. Raises Invalid."""
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    for each in wanted:
        if each in MEDIA_TYPES or each in _ANY:
            return each if each in MEDIA_TYPES else "application/json"
    raise Invalid("aas/query", f"Accept names none of {', '.join(MEDIA_TYPES)}")


class Serialization:
    """What is wanted together, at most LONGEST shells or submodels of each."""

    def __init__(self, repository: Repository, submodels: Submodels) -> None:
        self._shells = repository
        self._submodels = submodels

    async def made(
        self, query: Mapping[str, str], shell_ids: Sequence[str], submodel_ids: Sequence[str], form: str
    ) -> bytes:
        """The environment of these as media type `form`; without any id, of all.

        Raises Unknown, Invalid (`aas/query`), TooLarge (`aas/limit`).
        """
        refuse_others(query, "aasIds", "submodelIds", "includeConceptDescriptions")
        if query.get("includeConceptDescriptions", "true").lower() not in _BOOLEANS:
            raise Invalid("aas/query", "includeConceptDescriptions is true or false")
        if shell_ids or submodel_ids:
            _check_count(len(shell_ids))
            _check_count(len(submodel_ids))
            shells = [(await self._shells.get(each)).shell for each in shell_ids]
            documents = [(await self._submodels.get(each)).document for each in submodel_ids]
        else:
            shells, documents = await self._everything()
        return await asyncio.to_thread(_environment, shells, documents, MEDIA_TYPES[form])

    async def _everything(self) -> tuple[list[str], list[str]]:
        shells = await self._shells.page(Paging(LONGEST))
        submodels = await self._submodels.page(Paging(LONGEST))
        if shells.cursor or submodels.cursor:
            _check_count(LONGEST + 1)
        return [passport.shell for passport in shells.items], [record.document for record in submodels.items]


def _check_count(count: int) -> None:
    if count > LONGEST:
        raise TooLarge("aas/limit", f"one environment has at most {LONGEST} of a kind: name fewer ids")


def _environment(shells: Sequence[str], documents: Sequence[str], form: str) -> bytes:
    members = {"assetAdministrationShells": shells, "submodels": documents}
    written = ",".join(f'"{name}":[{",".join(items)}]' for name, items in members.items() if items)
    text = f"{{{written}}}"
    if form == "json":
        return text.encode()
    from submodels.aas.environment import read_json, to_aasx, to_xml

    environment = read_json(text)
    return to_xml(environment) if form == "xml" else to_aasx(environment)
