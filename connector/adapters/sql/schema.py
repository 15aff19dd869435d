"""Tables for the collections, and the steps from one schema version to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from connector.adapters.sql.asking import PRAGMAS
from connector.adapters.sql.values import AUDIT_TABLE, SCHEMA_VERSION, column_value, term_number, terms_of
from connector.notation.exact_json import decode, decoder, encode
from connector.notation.problems import Conflict
from connector.records.collection import Collection
from connector.records.every import COLLECTIONS
from connector.records.footprints import FOOTPRINT_REQUESTS
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS
from connector.records.passports import StoredSubmodel
from connector.records.submodel_texts import SubmodelText, split

METADATA = sa.MetaData()

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that sorts by code points in both databases."""

VERSION = sa.Table("schema_version", METADATA, sa.Column("version", sa.Integer, primary_key=True))

AUDIT = sa.Table(
    AUDIT_TABLE,
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("subject", _TEXT, nullable=False, index=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

_INTEGER_FIELDS = {int: sa.BigInteger}


def _table(collection: Collection[Any]) -> sa.Table:
    columns: list[Any] = [sa.Column("id", _TEXT, primary_key=True), sa.Column("body", sa.Text, nullable=False)]
    for name in collection.index:
        kind = _INTEGER_FIELDS.get(_annotation(collection, name), _TEXT)
        is_paged = any(fields[0] == name for fields in collection.paged)
        columns.append(sa.Column(name, kind, index=not is_paged, unique=name in collection.unique))
    pages = [sa.Index(_page_index(collection, fields), *fields, "id") for fields in collection.paged]
    return sa.Table(collection.name, METADATA, *columns, *pages)


def _page_index(collection: Collection[Any], fields: tuple[str, ...]) -> str:
    """An index that gives records of equal fields in the order of their ids: a page costs the same at every size."""
    return f"ix_{collection.name}_{'_'.join(fields)}_id"


def _annotation(collection: Collection[Any], name: str) -> Any:
    hint = collection.type.__annotations__.get(name, "str")
    return int if hint in ("int", int) else str


TABLES: dict[str, sa.Table] = {collection.name: _table(collection) for collection in COLLECTIONS}


def _term_table(collection: Collection[Any]) -> sa.Table:
    """Words of records, as numbers of 64 bits: the key finds the ids of a word in their order."""
    columns: list[Any] = [sa.Column("term", sa.BigInteger, primary_key=True, autoincrement=False)]
    columns.append(sa.Column("id", _TEXT, primary_key=True))
    return sa.Table(terms_of(collection.name), METADATA, *columns, sqlite_with_rowid=False)


TERMS: dict[str, sa.Table] = {one.name: _term_table(one) for one in COLLECTIONS if one.terms is not None}


def server_engine(url: str, **options: Any) -> sa.Engine:
    """An engine on a server. Over a socket of this machine nothing is encrypted: no certificates are read for it."""
    is_local = "unix_sock" in sa.make_url(url).query
    return sa.create_engine(url, connect_args={"ssl_context": False} if is_local else {}, **options)


def lite_engine(url: str) -> sa.Engine:
    """An engine on a SQLite file, whose transactions are begun by hand."""
    engine = sa.create_engine(url, connect_args={"isolation_level": None}, poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"pragma {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("begin")

    return engine


def _create_missing(connection: sa.Connection) -> None:
    """The tables that are not there yet: all of them in an empty database, later those of new collections."""
    METADATA.create_all(connection)


def _page_submodels(connection: sa.Connection) -> None:
    """Indexes that page current submodels without sorting, instead of those that only found them."""
    for name in ("status", "id_short"):
        connection.execute(sa.text(f"drop index if exists ix_submodel_{name}"))
    for index in TABLES["submodel"].indexes:
        index.create(connection, checkfirst=True)


def _add_catalog_index(connection: sa.Connection) -> None:
    """Columns by which a catalog is read in order, and words of assets; what is there already gets both."""
    _add_columns(connection, CONTRACT_DEFINITIONS, ("access_policy_id", "contract_policy_id", "only", "slot"))
    METADATA.create_all(connection)
    for collection in (ASSETS, CONTRACT_DEFINITIONS):
        _index_again(connection, collection)


def _add_columns(connection: sa.Connection, collection: Collection[Any], names: Sequence[str]) -> None:
    """Columns that a table does not have yet, each with its index."""
    table = TABLES[collection.name]
    known = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
    for name in names:
        if name not in known:
            kind = sa.schema.CreateColumn(table.c[name]).compile(dialect=connection.dialect)
            connection.execute(sa.text(f"alter table {table.name} add column {kind}"))
            next(index for index in table.indexes if name in index.columns).create(connection)


def _index_again(connection: sa.Connection, collection: Collection[Any]) -> None:
    """Write the indexed fields and words of every record of a collection anew."""
    table = TABLES[collection.name]
    for record_id, body in connection.execute(sa.select(table.c.id, table.c.body)).all():
        record = decode(body, collection.type)
        columns = {name: column_value(getattr(record, name)) for name in collection.index}
        connection.execute(table.update().where(table.c.id == record_id).values(columns))
        numbers = {term_number(term) for term in collection.terms(record)} if collection.terms else ()
        for number in numbers:
            connection.execute(TERMS[collection.name].insert().values(term=number, id=record_id))


def _add_shells(connection: sa.Connection) -> None:
    METADATA.create_all(connection)
    connection.execute(sa.text("drop index if exists ix_asset_link_name"))
    for index in TABLES["asset_link"].indexes:
        index.create(connection, checkfirst=True)


def _find_requests_by_part(connection: sa.Connection) -> None:
    _add_columns(connection, FOOTPRINT_REQUESTS, ("manufacturer_part_id",))
    _index_again(connection, FOOTPRINT_REQUESTS)


def _share_texts(connection: sa.Connection) -> None:
    """Texts of passports' submodels, which each record held, once for all that have the same."""
    METADATA.create_all(connection)
    table, last = TABLES["submodel"], ""
    while rows := connection.execute(_BATCH, {"last": last}).all():
        for record_id, body in rows:
            record = decoder(StoredSubmodel).decode(body)
            parts = None if record.text or record.unit_id.startswith("~") else split(record)
            if parts is not None:
                _keep_text(connection, parts[1])
                lean = encode(parts[0]).decode()
                connection.execute(table.update().where(table.c.id == record_id).values(body=lean))
        last = rows[-1][0]


_BATCH = (
    sa.select(TABLES["submodel"].c.id, TABLES["submodel"].c.body)
    .where(TABLES["submodel"].c.id > sa.bindparam("last"))
    .order_by(TABLES["submodel"].c.id)
    .limit(500)
)


def _keep_text(connection: sa.Connection, text: SubmodelText) -> None:
    table = TABLES["submodel_text"]
    if connection.execute(sa.select(table.c.id).where(table.c.id == text.id)).first() is None:
        connection.execute(table.insert().values(id=text.id, body=encode(text).decode()))


STEPS: tuple[Callable[[sa.Connection], None], ...] = (
    _create_missing,
    _create_missing,
    _create_missing,
    _page_submodels,
    _add_catalog_index,
    _create_missing,
    _add_shells,
    _create_missing,  # those that came later
    _create_missing,
    _create_missing,  # accepted policies, export control
    _create_missing,  # clearing
    _find_requests_by_part,
    _share_texts,
    _create_missing,  # registered shells
)
"""Step n brings a database from version n to n + 1; released steps are never edited."""

if len(STEPS) != SCHEMA_VERSION:
    raise RuntimeError(f"there are {len(STEPS)} steps: say so in SCHEMA_VERSION of connector/adapters/sql/values.py")


def migrate(connection: sa.Connection) -> None:
    """Bring the database to the version of this program. Raises Conflict where it is newer."""
    VERSION.create(connection, checkfirst=True)
    found = connection.execute(sa.select(sa.func.max(VERSION.c.version))).scalar() or 0
    if found > len(STEPS):
        raise Conflict(
            "store/newer",
            f"the database has schema version {found}, this program knows {len(STEPS)}: use the newer program",
        )
    for step in STEPS[found:]:
        step(connection)
    if found < len(STEPS):
        connection.execute(VERSION.insert().values(version=len(STEPS)))
