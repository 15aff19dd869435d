"""The texts of submodels, kept once for all units that have the same: what differs between them is put in when read.

Of a submodel that describes a battery model, only its identifier and the number of its version are a unit's own. The
shared text has a mark in their place. No text of an AAS has a NUL (AASd-130), so that a mark is never content.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode, encode
from connector.records.collection import Collection, Record
from connector.records.passports import StoredSubmodel

_ID: Final = "\0id"
_VERSION: Final = "\0version"
_MARKED_ID: Final = encode(_ID).decode()
_MARKED_VERSION: Final = encode(_VERSION).decode()


class SubmodelText(Record, kw_only=True):
    """`value` is the exact JSON text of a `$value`, `document` that of the whole with marks; `id` is their digest."""

    value: str
    document: str


SUBMODEL_TEXTS = Collection("submodel_text", SubmodelText)


def shared(value: str, document: Mapping[str, Any], number: int) -> SubmodelText:
    """What the submodel of a passport's version `number` shares with those of other units and versions."""
    own: dict[str, Any] = {"id": _ID}
    administration = document.get("administration", {})
    if administration.get("version") == str(number):
        own["administration"] = {**administration, "version": _VERSION}
    text = encode({**document, **own}).decode()
    return SubmodelText(id=digest_bytes(f"{value}\n{text}".encode()), value=value, document=text)


def with_texts(record: StoredSubmodel, text: SubmodelText) -> StoredSubmodel:
    """The record with its texts, byte by byte as they were written."""
    document = text.document.replace(_MARKED_ID, encode(record.submodel_id).decode(), 1)
    document = document.replace(_MARKED_VERSION, encode(str(record.number)).decode(), 1)
    return msgspec.structs.replace(record, value=text.value, document=document)


def split(record: StoredSubmodel) -> tuple[StoredSubmodel, SubmodelText] | None:
    """A record that holds its own texts, as one that shares them; None where it would not come back byte by byte."""
    text = shared(record.value, decode(record.document), record.number)
    lean = msgspec.structs.replace(record, value="", document="", text=text.id)
    is_same = with_texts(lean, text) == msgspec.structs.replace(record, text=text.id)
    return (lean, text) if is_same else None


def text_ids(records: Iterable[StoredSubmodel]) -> tuple[str, ...]:
    """The shared texts that these records need, each once."""
    return tuple(dict.fromkeys(record.text for record in records if record.text))
