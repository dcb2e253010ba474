"""How far each projection has come in the log, and what that event's leaf was."""

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
# Projections commit without waiting for the disk: what a crash takes is folded again from the log.
_LOOK = f"""
    SELECT name, version, position, leaf, failure, (SELECT zone FROM day_zone), {SKIPPED},
           (SELECT coalesce(max(position), 0) FROM event) AS head
      FROM projection
"""  # noqa: S608 - words of our own
_LOCK = f"""
    SELECT name, version, position, leaf, failure, (SELECT zone FROM day_zone), {SKIPPED},
           set_config('synchronous_commit', 'off', true)
      FROM projection WHERE (name, version) IN (SELECT * FROM unnest(%b::text[], %b::int[]))
     ORDER BY name, version FOR UPDATE
"""  # noqa: S608 - words of our own
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
    """A projection's place: it holds the first ``position`` events, of which the last has this leaf."""

    name: str
    version: int
    position: int
    leaf: bytes | None
    failure: str | None
    zone: str
    """Where the days of its sums begin."""
    skipped: Sequence[int] = ()
    """Positions that it passes over."""

    def check(self, row: RecordedEvent | None) -> None:
        """Hold it against the event that the log has at its position. Raises ``OutOfStepError``."""
        if self.position and (row is None or row.position != self.position or row.leaf() != self.leaf):
            raise OutOfStepError(self.name, self.position)


Marks = dict[Projection, Bookmark]


def passed_over(marks: Marks) -> list[int]:
    """Positions that no projection is offered: what stands there need not be readable."""
    return list(set.intersection(*(set(mark.skipped) for mark in marks.values()))) if marks else []


def _named(projections: Iterable[Projection]) -> list[Array]:
    names, versions = zip(*((each.name, each.version) for each in projections), strict=True)
    return [TextArray(names), IntArray(versions)]


def _marks(found: Iterable[Sequence[Any]], projections: Sequence[Projection]) -> Marks:
    wanted = {(projection.name, projection.version): projection for projection in projections}
    bookmarks = (Bookmark(*row[:7]) for row in found if (row[0], row[1]) in wanted)
    return {wanted[bookmark.name, bookmark.version]: bookmark for bookmark in bookmarks}


def look(connection: Connection, projections: Sequence[Projection]) -> tuple[Marks, int]:
    """The bookmarks of those projections that have one, and the log's head. Locks nothing."""
    found = connection.rows(_LOOK)
    return _marks(found, projections), found[0][7] if found else 0


def lock(connection: Connection, projections: Sequence[Projection]) -> Marks:
    """The bookmarks, ours alone until the transaction ends."""
    return _marks(connection.rows(_LOCK, _named(projections)), projections)


def move(
    connection: Connection, projections: Iterable[Projection], position: int, leaf: bytes | None
) -> None:
    """Let projections stand at a position, without a failure."""
    connection.execute(_MOVE, [position, leaf, *_named(projections)])


def fail(connection: Connection, projections: Iterable[Projection], failure: str) -> None:
    """Say why projections do not go on."""
    connection.execute(_FAIL, [failure, *_named(projections)])


def skip(connection: Connection, projection: Projection, position: int, *, reason: str, by: str) -> None:
    """Let a projection pass over an event, for good: also when it is rebuilt. It goes on where it stopped."""
    connection.execute(_SKIP, [projection.name, projection.version, position, reason, by])
    connection.execute(
        "UPDATE projection SET failure = NULL WHERE (name, version) = (%s, %s)",
        [projection.name, projection.version],
    )


def events_from(
    connection: Connection, position: int, until: int, limit: int
) -> tuple[RecordedEvent | None, list[RecordedEvent]]:
    """The event at a position, to hold a bookmark against, and at most ``limit`` after it up to ``until``."""
    rows = [RecordedEvent(*values) for values in connection.rows(_FROM, [position, until, limit + 1])]
    if position == 0:
        return None, rows[:limit]
    if rows and rows[0].position == position:
        return rows[0], rows[1:]
    return None, rows[:limit]
