"""Writes `released/<version>.<dialect>.sql`, a database as this version makes it, with a few records.

Run `python -m tests.connector.adapters.release` when a version is released.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connector.adapters.sql import schema
from connector.adapters.sql.asking import Lite
from connector.adapters.sql.transaction import SqlTransaction
from connector.records.exchange import NEGOTIATIONS, OUTGOING, Negotiation, Outgoing
from connector.records.offers import ASSETS, Asset
from connector.records.passports import SUBMODELS, StoredSubmodel

FOLDER = Path(__file__).parent / "released"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PEER = "did:web:peer"


def write() -> None:
    """Write the files of this version."""
    for dialect in ("sqlite", "postgresql"):
        lines = [*(f"{statement};" for statement in _statements(dialect)), *_records()]
        file = FOLDER / f"{len(schema.STEPS)}.{dialect}.sql"
        file.write_text("\n".join([*lines, ""]), "utf-8")
        print(file)


def _statements(dialect: str) -> list[str]:
    said: list[str] = []

    def keep(statement: Any, *_: Any, **__: Any) -> None:
        said.append(" ".join(str(statement.compile(dialect=engine.dialect)).split()))

    engine = sa.create_mock_engine("sqlite://" if dialect == "sqlite" else "postgresql+pg8000://", keep)
    schema.VERSION.create(engine, checkfirst=False)
    schema.METADATA.create_all(engine, checkfirst=False)
    return list(dict.fromkeys(said))


def _records() -> list[str]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        schema.VERSION.create(connection, checkfirst=False)
        schema.METADATA.create_all(connection)
        connection.execute(schema.VERSION.insert().values(version=len(schema.STEPS)))
        raw: Any = connection.connection.dbapi_connection
        _fill(SqlTransaction(Lite(raw), NOW))
        return [line for line in raw.iterdump() if line.startswith("INSERT")]


def _fill(tx: SqlTransaction) -> None:
    tx.put(ASSETS, Asset(id="asset-1", properties={"name": "one"}, data_address={"type": "HttpData"}, created_at=NOW))
    negotiation = Negotiation(
        id="n-1",
        role="consumer",
        state="FINALIZED",
        counterparty=PEER,
        counterparty_address="http://peer",
        consumer_pid="n-1",
        provider_pid="p-1",
        dataset_id="asset-1",
        agreement_id="a-1",
        created_at=NOW,
        updated_at=NOW,
    )
    tx.put(NEGOTIATIONS, negotiation)
    for number, status in enumerate(("superseded", "current"), 1):
        tx.put(SUBMODELS, _submodel(number, status))
    message = Outgoing(
        id="m-1",
        kind="negotiation",
        process_id="n-1",
        counterparty=PEER,
        url="http://peer/x",
        message="verification",
        body={"@id": "m-1"},
        created_at=NOW,
    )
    tx.put(OUTGOING, message)
    tx.audit("asset.created", "asset-1", {"by": "test"})
    tx.audit("negotiation.finalized", "n-1", {"state": "FINALIZED"})


def _submodel(number: int, status: Any) -> StoredSubmodel:
    return StoredSubmodel(
        id=f"u#{number}/TechnicalData",
        unit_id="u",
        number=number,
        id_short="TechnicalData",
        submodel_id="urn:example:sm",
        semantic_id="urn:example:meaning",
        status=status,
        value=f'{{"a":{number}}}',
        value_digest=f"d{number}",
        document='{"id":"urn:example:sm"}',
        created_at=NOW,
    )


if __name__ == "__main__":
    write()
