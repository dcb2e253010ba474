"""Watermarks: the latest instant (``at``) among the log's first N events.

Imported events are dated long before their neighbours in the log, so the latest instant of a prefix need not
be that of its last event. The watermark of each full page of positions is stored once, in the table
``horizon``, and never changes. The rest of a prefix is read from its events, so the answer does not depend on
how many pages are stored.
"""

from datetime import datetime

from lapor.store.database import Connection, Database

PAGE = 1_024  # positions
PAGES_AT_ONCE = 16  # takes about 50 ms
_LATEST = "max((convert_from(state, 'UTF8')::json ->> 'at')::timestamptz)"
_STORED = "SELECT position, latest FROM horizon WHERE position <= {} ORDER BY position DESC LIMIT 1"
_ADVANCE = f"""
    WITH done AS (SELECT coalesce(max(position), 0) AS position FROM horizon),
    page AS (
        SELECT (position - 1) / %(page)s AS number, {_LATEST} AS latest, count(*) AS events
          FROM event WHERE position > (SELECT position FROM done)
           AND position <= (SELECT position FROM done) + %(page)s * %(pages)s
         GROUP BY 1 HAVING count(*) = %(page)s
    )
    INSERT INTO horizon (position, latest)
    SELECT (number + 1) * %(page)s,
           greatest(max(latest) OVER (ORDER BY number),
                    (SELECT latest FROM horizon ORDER BY position DESC LIMIT 1))
      FROM page ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants only
_WATERMARK = f"""
    WITH stored AS ({_STORED.format("%(position)s")})
    SELECT greatest((SELECT latest FROM stored), (
        SELECT {_LATEST} FROM event
         WHERE position > coalesce((SELECT position FROM stored), 0) AND position <= %(position)s
    ))
"""  # noqa: S608 - constants only


def advance_watermark(connection: Connection) -> bool:
    """Store the watermarks of the next full pages; return True if there may be more of them."""
    stored = connection.execute(_ADVANCE.encode(), {"page": PAGE, "pages": PAGES_AT_ONCE})
    return stored.rowcount == PAGES_AT_ONCE


def watermark(database: Database, position: int) -> datetime | None:
    """Return the latest instant of the log's first ``position`` events; None if there are none."""
    with database.connection() as connection:
        row = connection.execute(_WATERMARK.encode(), {"position": position}, binary=True).fetchone()
    return row[0] if row else None
