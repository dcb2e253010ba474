"""Read your writes: a reader waits, briefly, until the projections hold what he knows to be stored."""

import time
from collections.abc import Sequence

from lapor.domain.errors import BeyondHeadError
from lapor.store.database import Database
from lapor.store.pg_arrays import IntArray, TextArray
from projections.engine.projection import Projection

LONGEST = 2.0  # seconds
_EVERY = 0.005
_LOOK = """
    SELECT coalesce((SELECT max(position) FROM event), 0) AS head,
           coalesce((SELECT abs(extract(epoch FROM now() - beat_at)) < 2 FROM feeder), false) AS fed,
           min(coalesce(position, 0)) AS reached,
           bool_or(position IS NULL OR position < %b::bigint AND failure IS NOT NULL) AS stuck
      FROM unnest(%b::text[], %b::int[]) AS wanted (name, version) LEFT JOIN projection USING (name, version)
"""


def wait_for(
    database: Database, position: int, projections: Sequence[Projection], *, seconds: float = LONGEST
) -> int:
    """Wait until all of these projections hold the log's first ``position`` events; what they really hold.

    At most ``seconds``, and not at all where nothing would come: while no feeder gives a sign of life, or
    one of the projections has stepped off. Raises ``BeyondHeadError`` for a position that does not exist.
    """
    deadline = time.monotonic() + seconds
    names, versions = zip(*((each.name, each.version) for each in projections), strict=True)
    asked = [position, TextArray(names), IntArray(versions)]
    while True:
        with database.connection() as connection:
            ((head, fed, reached, stuck),) = connection.rows(_LOOK, asked)
        if position > head:
            raise BeyondHeadError(position, head)
        if reached >= position or not fed or stuck or time.monotonic() + _EVERY > deadline:
            return int(reached)
        time.sleep(_EVERY)
