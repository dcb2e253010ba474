"""The size of each table, with its indexes and its long values."""

from lapor.store.database import Connection, Database

_SIZES = """
    SELECT CASE nspname WHEN current_schema() THEN relname ELSE nspname || '.' || relname END,
           pg_total_relation_size(c.oid)
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind = 'r' AND nspname IN (current_schema(), 'vault')
"""


def table_sizes(connection: Connection) -> dict[str, int]:
    """Return the bytes of each table in Lapor's schemas, the largest first."""
    sizes = dict(connection.rows(_SIZES))
    return dict(sorted(sizes.items(), key=lambda each: -each[1]))


def read_table_sizes(database: Database) -> dict[str, int]:
    """Return the same, on a connection of the pool."""
    with database.connection() as connection:
        return table_sizes(connection)
