"""Whether a commit waits for a second server: only then does the loss of one lose nothing (assurance, T3)."""

import psycopg

from lapor.store.database import Database, connection_string

_LOOK = """
    SELECT current_setting('synchronous_standby_names') <> ''
           AND current_setting('synchronous_commit') IN ('on', 'remote_write', 'remote_apply'),
           EXISTS (SELECT FROM pg_stat_replication)
"""


def waits(database: Database) -> bool:
    """Whether commits wait for a standby, and one is attached. Raises as ``Database.connection``."""
    with database.connection() as connection:
        asked, attached = connection.execute(_LOOK).fetchone() or (False, False)
    return bool(asked and attached)


def asked_for(url: str) -> bool:
    """Whether commits wait for a standby; while none is attached, PostgreSQL holds every commit."""
    with psycopg.connect(connection_string(url)) as connection:
        (asked, _) = connection.execute(_LOOK).fetchone() or (False, False)
    return bool(asked)
