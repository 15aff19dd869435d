"""Stored submodels with their texts: a record names the text that it shares with other units."""

from __future__ import annotations

from collections.abc import Iterable

from connector.ports import Reader, Where
from connector.records.passports import SUBMODELS, StoredSubmodel
from connector.records.submodel_texts import SUBMODEL_TEXTS, text_ids, with_texts


def filled(reader: Reader, records: Iterable[StoredSubmodel]) -> list[StoredSubmodel]:
    """The records with their texts, in one more look whatever their number."""
    listed = list(records)
    wanted = text_ids(listed)
    texts = {each.id: each for each in reader.find(SUBMODEL_TEXTS, {"id": wanted}, limit=len(wanted))} if wanted else {}
    return [with_texts(record, texts[record.text]) if record.text else record for record in listed]


def one(reader: Reader, where: Where) -> StoredSubmodel | None:
    """The first that fits, with its texts."""
    record = reader.one(SUBMODELS, where)
    return None if record is None else filled(reader, [record])[0]
