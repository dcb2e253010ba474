"""Read your writes: wait briefly until the projections hold a position that the caller has seen."""

import time
from collections.abc import Sequence

from lapor.domain.errors import BeyondHeadError
from lapor.store.database import Database
from lapor.store.pg_arrays import IntArray, TextArray
from projections.engine.projection import Projection

MAX_WAIT = 2.0  # seconds
_POLL = 0.005  # seconds
_STATE = """
    SELECT coalesce((SELECT max(position) FROM event), 0) AS head,
           coalesce((SELECT abs(extract(epoch FROM now() - beat_at)) < 2 FROM feeder), false) AS fed,
           min(coalesce(position, 0)) AS reached,
           bool_or(position IS NULL OR position < %b::bigint AND failure IS NOT NULL) AS stuck
      FROM unnest(%b::text[], %b::int[]) AS wanted (name, version) LEFT JOIN projection USING (name, version)
"""


def wait_for(
    database: Database, position: int, projections: Sequence[Projection], *, seconds: float = MAX_WAIT
) -> int:
    """Wait until these projections hold the log's first ``position`` events; return the position they hold.

    That is the lowest position of them, and may be less than asked for. Waits at most ``seconds``, and not at
    all if waiting is useless: no feeder is alive, or one of the projections has failed. Raises
    ``BeyondHeadError`` if the log has no such position.
    """
    deadline = time.monotonic() + seconds
    names, versions = zip(*((each.name, each.version) for each in projections), strict=True)
    parameters = [position, TextArray(names), IntArray(versions)]
    while True:
        with database.connection() as connection:
            ((head, fed, reached, stuck),) = connection.rows(_STATE, parameters)
        if position > head:
            raise BeyondHeadError(position, head)
        if reached >= position or not fed or stuck or time.monotonic() + _POLL > deadline:
            return int(reached)
        time.sleep(_POLL)
