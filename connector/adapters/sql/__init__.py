"""The store port on SQL databases: SQLite embedded, PostgreSQL beside it."""
