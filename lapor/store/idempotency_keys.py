"""Deletion of expired idempotency keys: the remembered requests, which are no events."""

from datetime import timedelta

from lapor.domain.errors import Refusal
from lapor.store.database import Database

_DELETE_BATCH = """
    DELETE FROM request WHERE (caller, key) IN (
        SELECT caller, key FROM request WHERE at < now() - %s::interval LIMIT 1000)
"""


def delete_old_requests(database: Database, older_than: timedelta) -> int:
    """Delete remembered requests older than that and return their number.

    Stops early if the database is busy or does not answer; the next call deletes the rest.
    """
    total = 0
    try:
        while True:
            with database.connection() as connection:
                deleted = connection.execute(_DELETE_BATCH, [older_than]).rowcount
            total += deleted
            if deleted == 0:
                return total
    except Refusal:
        return total
