"""Up to which instant the log's first events tell: the latest at which one of them is dated.

An imported past is dated long before what stands around it in the log, so the latest event of a prefix need
not be its last. Of every whole page of positions it is written down once, for good; of the rest it is read
from the events themselves. Who asks gets the same answer, however far the writing has come.
"""

from datetime import datetime

from lapor.store.database import Connection, Database

PAGE = 1_024  # positions
PAGES_AT_ONCE = 16  # about 50 ms
_LATEST = "max((convert_from(state, 'UTF8')::json ->> 'at')::timestamptz)"
_WRITTEN = "SELECT position, latest FROM horizon WHERE position <= {} ORDER BY position DESC LIMIT 1"
_GO_ON = f"""
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
"""  # noqa: S608 - words of our own
_OF = f"""
    WITH written AS ({_WRITTEN.format("%(position)s")})
    SELECT greatest((SELECT latest FROM written), (
        SELECT {_LATEST} FROM event
         WHERE position > coalesce((SELECT position FROM written), 0) AND position <= %(position)s
    ))
"""  # noqa: S608 - words of our own


def go_on(connection: Connection) -> bool:
    """Write down some pages more; whether there were as many as are written at once."""
    written = connection.execute(_GO_ON.encode(), {"page": PAGE, "pages": PAGES_AT_ONCE})
    return written.rowcount == PAGES_AT_ONCE


def horizon(database: Database, position: int) -> datetime | None:
    """The latest instant of the log's first ``position`` events; None where there are none."""
    with database.connection() as connection:
        found = connection.execute(_OF.encode(), {"position": position}, binary=True).fetchone()
    return found[0] if found else None
