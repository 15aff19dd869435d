"""A partner's passport in whatever form it came: AAS environment (JSON, XML, AASX), single submodels, `$value`s.

What comes out is one passport view, and the payload: whole where the partner serves the payload's own submodel too,
else as far as the mapping can be inverted.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connector.notation.findings import Finding
from connector.notation.limits import DEFAULT_LIMITS
from connector.notation.places import decode_unrepeated
from connector.notation.problems import Invalid, TooLarge
from submodels.dbp.back.restore import payload_of
from submodels.dbp.back.view import PassportView, of_documents, of_values
from submodels.samm.model import Aspect

Json = Any
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Imported:
    """`is_whole`: the payload is the partner's own, not put together from the seven submodels."""

    view: PassportView
    payload: dict[str, Any]
    findings: tuple[Finding, ...]
    is_whole: bool = False


def imported(sources: Mapping[str, bytes], aspect: Aspect) -> Imported:
    """The passport in `sources`: name (a file's, or the idShort of a `$value`) -> bytes.

    Raises Invalid (`dbp/foreign-form`, `json/...`, `aas/...`), TooLarge. Nothing is fetched, no entity expanded.
    """
    shells: list[Json] = []
    submodels: list[Json] = []
    values: dict[str, Any] = {}
    for name, raw in sources.items():
        document = _document(raw)
        if _is_value(document):
            values |= _values_of(name, document)
            continue
        shells += _listed(document, "assetAdministrationShells")
        submodels += _submodels_of(document, name)
    view = of_documents(submodels, shells)
    if values:
        more = of_values(values)
        view.values = {**more.values, **view.values}
        view.findings += more.findings
    return _read(view, submodels, aspect)


def _read(view: PassportView, submodels: list[Json], aspect: Aspect) -> Imported:
    whole = _own_payload(submodels, aspect)
    if whole is not None:
        kept = tuple(finding for finding in view.findings if finding.target != aspect.name)
        return Imported(view, whole[0], (*kept, *whole[1]), is_whole=True)
    if not view.values:
        raise Invalid("dbp/foreign-form", "there is no part of a battery passport (IDTA 02035) in it")
    payload, findings = payload_of(view)
    return Imported(view, payload, tuple(findings))


def _own_payload(submodels: Iterable[Json], aspect: Aspect) -> tuple[dict[str, Any], list[Finding]] | None:
    """The payload's own submodel, where the partner serves it."""
    from aas_core3 import jsonization

    from submodels.aspect_submodel.payload import payload_of as payload_in

    for submodel in submodels:
        if _first_key(submodel) == aspect.urn:
            try:
                return payload_in(aspect, jsonization.submodel_from_jsonable(submodel))
            except jsonization.DeserializationException as error:
                raise Invalid("aas/json", f"the submodel of {aspect.name} cannot be read: {error.cause}") from None
    return None


def _first_key(submodel: Json) -> str:
    keys = (submodel.get("semanticId") or {}).get("keys") or [{}]
    return str(keys[0].get("value", ""))


def _document(raw: bytes) -> Json:
    """Plain JSON of whatever `raw` is, metamodel 3.0 or 3.1; no larger than other documents may be."""
    from submodels.aas.packages import Bounds, read_package
    from submodels.aas.trees import read_environment

    if raw.startswith(_ZIP):
        return read_package(io.BytesIO(raw), Bounds(environment=DEFAULT_LIMITS.size)).environment
    if len(raw) > DEFAULT_LIMITS.size:
        said = f"the document has {len(raw)} bytes; the limit 'size' is {DEFAULT_LIMITS.size}"
        raise TooLarge("dbp/foreign-size", said)
    is_utf_16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") or (is_utf_16 and b"<" in raw[2:4]):
        return read_environment(raw)
    if is_utf_16:
        raise Invalid("file/encoding", "the file is in UTF-16, JSON is exchanged in UTF-8: save it as UTF-8")
    document = decode_unrepeated(text)
    if not isinstance(document, dict | list):
        raise Invalid("dbp/foreign-form", "an AAS environment, submodels or their values are wanted")
    return document


def _listed(document: Json, member: str) -> list[Json]:
    found = document.get(member) if isinstance(document, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _submodels_of(document: Json, name: str) -> list[Json]:
    if isinstance(document, list):
        return [one for one in document if isinstance(one, dict)]
    if document.get("modelType") == "Submodel":
        return [document]
    found = _listed(document, "submodels") or _listed(document, "result")
    if not found:
        raise Invalid("dbp/foreign-form", f"{name} has no submodels")
    return found


def _is_value(document: Json) -> bool:
    if not isinstance(document, dict):
        return False
    return not document.keys() & {"modelType", "submodels", "assetAdministrationShells", "result"}


def _values_of(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """Values by idShort: one document of all of them, or one of a submodel that is known by its name or members."""
    from submodels.dbp.parts import BY_ID_SHORT

    if document and document.keys() <= {*BY_ID_SHORT, "BatteryPass"}:
        return document
    stem = name.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    if stem in BY_ID_SHORT:
        return {stem: document}
    alike = {part: len(document.keys() & {one.id_short for one in part.elements}) for part in BY_ID_SHORT.values()}
    best = max(alike, key=lambda part: alike[part])
    return {best.id_short if alike[best] else stem: document}
