"""Throwing away what is neither an event nor needed any more."""

from datetime import timedelta

from lapor.domain.errors import Refusal
from lapor.store.database import Database

_A_FEW = """
    DELETE FROM request WHERE (caller, key) IN (
        SELECT caller, key FROM request WHERE at < now() - %s::interval LIMIT 1000)
"""


def forget_requests(database: Database, older_than: timedelta) -> int:
    """Delete remembered requests of that age; how many. Stops early where the database does not answer."""
    forgotten = 0
    try:
        while True:
            with database.connection() as connection:
                gone = connection.execute(_A_FEW, [older_than]).rowcount
            forgotten += gone
            if gone == 0:
                return forgotten
    except Refusal:
        return forgotten
