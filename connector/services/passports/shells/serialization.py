"""Shells and submodels together as one environment: JSON, XML, AASX (AAS Part 2, GenerateSerializationByIds)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from connector.notation.problems import Invalid, TooLarge, Unknown
from connector.ports import StreamedContent
from connector.records.passports import StoredSubmodel
from connector.services.passports.shells.concepts import Concepts
from connector.services.passports.shells.finding import Shell
from connector.services.passports.shells.packages import Document, Packages
from connector.services.passports.shells.pages import refuse_others
from connector.services.passports.shells.repository import Repository
from connector.services.passports.shells.submodels import Submodels
from submodels.aas import trees
from submodels.aas.identifiers import read_encoded
from submodels.aas.paging import LONGEST, Paging
from submodels.aas.serialization import NAMESPACES, Metamodel

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

    def __init__(self, repository: Repository, submodels: Submodels, concepts: Concepts, packages: Packages) -> None:
        self._shells = repository
        self._submodels = submodels
        self._concepts = concepts
        self._packages = packages

    async def made(
        self, query: Mapping[str, str], shell_ids: Sequence[str], submodel_ids: Sequence[str], form: str
    ) -> StreamedContent:
        """The environment of these as media type `form`; without any id, of all.

        `metamodel` (3.0 or 3.1) may be asked for beside the standard's parameters; without it, 3.0 is written where
        it can say everything. Raises Unknown, Invalid (`aas/query`), TooLarge (`aas/limit`).
        """
        refuse_others(query, "aasIds", "submodelIds", "includeConceptDescriptions", "metamodel")
        with_concepts = _boolean(query, "includeConceptDescriptions")
        metamodel = read_metamodel(query)
        if shell_ids or submodel_ids:
            _check_count(len(shell_ids))
            _check_count(len(submodel_ids))
            shells = [await self._shells.get(each) for each in shell_ids]
            submodels = [await self._submodels.get(each) for each in submodel_ids]
        else:
            shells, submodels = await self._everything()
        return await self.of(shells, submodels, form, with_concepts=with_concepts, metamodel=metamodel)

    async def of_shell(self, shell_id: str, form: str, metamodel: Metamodel | None = None) -> StreamedContent:
        """A shell with all of its submodels that are here. Raises Unknown."""
        shell = await self._shells.get(shell_id)
        submodels = []
        for listed in shell.submodels:
            with contextlib.suppress(Unknown):
                submodels.append(await self._submodels.get(listed["id"]))
        return await self.of([shell], submodels, form, metamodel=metamodel)

    async def of(
        self,
        shells: Sequence[Shell],
        submodels: Sequence[StoredSubmodel],
        form: str,
        *,
        with_concepts: bool = True,
        metamodel: Metamodel | None = None,
    ) -> StreamedContent:
        """These, with the concept descriptions that they refer to."""
        own, parts = [each.shell for each in shells], [each.document for each in submodels]
        concepts = await self._concepts.meant_in([*own, *parts]) if with_concepts else []
        if MEDIA_TYPES[form] == "json":
            return _json((own, parts, concepts))
        content = await self._packages.made(
            [Document(shell.id, shell.shell) for shell in shells],
            [Document(record.unit_id, record.document) for record in submodels],
            concepts,
            MEDIA_TYPES[form],
            metamodel,
        )
        content.media_type = form
        return content

    async def _everything(self) -> tuple[list[Shell], list[StoredSubmodel]]:
        shells = await self._shells.page(Paging(LONGEST))
        submodels = await self._submodels.page(Paging(LONGEST))
        if shells.cursor or submodels.cursor:
            _check_count(LONGEST + 1)
        return list(shells.items), list(submodels.items)


def read_metamodel(query: Mapping[str, str]) -> Metamodel | None:
    """`metamodel` of a query. Raises Invalid (`aas/query`)."""
    asked = query.get("metamodel")
    if asked is None:
        return None
    for known in NAMESPACES:
        if asked == known:
            return known
    raise Invalid("aas/query", f"metamodel is {' or '.join(NAMESPACES)}, not {asked[:40]!r}")


def _boolean(query: Mapping[str, str], name: str) -> bool:
    said = query.get(name, "true").lower()
    if said not in _BOOLEANS:
        raise Invalid("aas/query", f"{name} is true or false")
    return said == "true"


def _check_count(count: int) -> None:
    if count > LONGEST:
        raise TooLarge("aas/limit", f"one environment has at most {LONGEST} of a kind: name fewer ids")


def _json(members: tuple[Sequence[str], ...]) -> StreamedContent:
    written = ",".join(
        f'"{name}":[{",".join(items)}]' for name, items in zip(trees.LISTS, members, strict=True) if items
    )
    body = f"{{{written}}}".encode()
    return StreamedContent(200, "application/json", _once(body), {"Content-Length": str(len(body))})


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
