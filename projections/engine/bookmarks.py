"""Bookmarks: the position of each projection in the log, with the leaf hash of the event there.

Other projects call this a checkpoint; here that word is the ledger's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lapor.store.database import Connection
from lapor.store.event_log import RecordedEvent
from lapor.store.pg_arrays import Array, IntArray, TextArray
from projections.engine.errors import OutOfStepError
from projections.engine.projection import Projection

SKIPPED = """
    ARRAY(SELECT s.position FROM skipped s WHERE (s.name, s.version) = (projection.name, projection.version))
"""
# Projections are written with synchronous_commit off: after a crash, lost rows are folded again from the log.
_READ = f"""
    SELECT name, version, position, leaf, failure, (SELECT zone FROM day_zone), {SKIPPED},
           (SELECT coalesce(max(position), 0) FROM event) AS head
      FROM projection
"""  # noqa: S608 - constants only
_READ_AND_LOCK = f"""
    SELECT name, version, position, leaf, failure, (SELECT zone FROM day_zone), {SKIPPED},
           set_config('synchronous_commit', 'off', true)
      FROM projection WHERE (name, version) IN (SELECT * FROM unnest(%b::text[], %b::int[]))
     ORDER BY name, version FOR UPDATE
"""  # noqa: S608 - constants only
_MOVE = """
    UPDATE projection SET position = %b::bigint, leaf = %b, failure = NULL
     WHERE (name, version) IN (SELECT * FROM unnest(%b::text[], %b::int[]))
"""
_FAIL = """
    UPDATE projection SET failure = %b
     WHERE (name, version) IN (SELECT * FROM unnest(%b::text[], %b::int[]))
"""
_SKIP = """
    INSERT INTO skipped (name, version, position, reason, by) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""
_FROM = """
    SELECT position, stream, version, topic, state FROM event
     WHERE position >= %b::bigint AND position <= %b::bigint ORDER BY position LIMIT %b::bigint
"""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The position of a projection: it holds the log's first ``position`` events; ``leaf`` is of the last."""

    name: str
    version: int
    position: int
    leaf: bytes | None
    failure: str | None
    zone: str
    """The time zone of its rollup's local days."""
    skipped: Sequence[int] = ()
    """Positions of the events that it skips."""

    def check(self, row: RecordedEvent | None) -> None:
        """Raise ``OutOfStepError`` unless this is the event at its position (None: there is none)."""
        if self.position and (row is None or row.position != self.position or row.leaf() != self.leaf):
            raise OutOfStepError(self.name, self.position)


Bookmarks = dict[Projection, Bookmark]


def skipped_by_all(bookmarks: Bookmarks) -> list[int]:
    """Return the positions that all of these projections skip; the events there need not be readable."""
    return (
        list(set.intersection(*(set(bookmark.skipped) for bookmark in bookmarks.values())))
        if bookmarks
        else []
    )


def _named(projections: Iterable[Projection]) -> list[Array]:
    names, versions = zip(*((each.name, each.version) for each in projections), strict=True)
    return [TextArray(names), IntArray(versions)]


def _by_projection(rows: Iterable[Sequence[Any]], projections: Sequence[Projection]) -> Bookmarks:
    wanted = {(projection.name, projection.version): projection for projection in projections}
    bookmarks = (Bookmark(*row[:7]) for row in rows if (row[0], row[1]) in wanted)
    return {wanted[bookmark.name, bookmark.version]: bookmark for bookmark in bookmarks}


def read_bookmarks(connection: Connection, projections: Sequence[Projection]) -> tuple[Bookmarks, int]:
    """Return the bookmarks of the projections that have one, and the log's head. Locks nothing."""
    rows = connection.rows(_READ)
    return _by_projection(rows, projections), rows[0][7] if rows else 0


def lock_bookmarks(connection: Connection, projections: Sequence[Projection]) -> Bookmarks:
    """Return the bookmarks and lock them until the transaction ends."""
    return _by_projection(connection.rows(_READ_AND_LOCK, _named(projections)), projections)


def move_bookmarks(
    connection: Connection, projections: Iterable[Projection], position: int, leaf: bytes | None
) -> None:
    """Set the bookmarks of projections to a position, and clear their failures."""
    connection.execute(_MOVE, [position, leaf, *_named(projections)])


def record_failure(connection: Connection, projections: Iterable[Projection], failure: str) -> None:
    """Store the reason why projections have stopped."""
    connection.execute(_FAIL, [failure, *_named(projections)])


def skip(connection: Connection, projection: Projection, position: int, *, reason: str, by: str) -> None:
    """Let a projection skip an event for good, in rebuilds too, and clear its failure: it resumes there."""
    connection.execute(_SKIP, [projection.name, projection.version, position, reason, by])
    connection.execute(
        "UPDATE projection SET failure = NULL WHERE (name, version) = (%s, %s)",
        [projection.name, projection.version],
    )


def events_from(
    connection: Connection, position: int, until: int, limit: int
) -> tuple[RecordedEvent | None, list[RecordedEvent]]:
    """Return the event at a position, to check a bookmark against, and the events after it.

    The former is None if there is none. The latter are at most ``limit``, up to position ``until``.
    """
    rows = [RecordedEvent(*values) for values in connection.rows(_FROM, [position, until, limit + 1])]
    if position == 0:
        return None, rows[:limit]
    if rows and rows[0].position == position:
        return rows[0], rows[1:]
    return None, rows[:limit]
