"""Feeds the log to the folds: in batches, each in one transaction with its bookmark, so exactly once.

Projections that stand at one position go together, and each event is decoded once for all of them.
Those behind (new, or mended) catch up in transactions of their own, so that they hold up nobody, and
join the others at the place where these then are.
"""

from collections.abc import Callable, Container, Sequence
from itertools import groupby

import msgspec
import psycopg

from lapor.domain.aggregate import Event
from lapor.logs import describe
from lapor.store.codec import UnknownTopicError
from lapor.store.database import Connection, Database
from lapor.store.event_log import RecordedEvent
from projections.engine.batch import apply
from projections.engine.bookmarks import Bookmark, Marks, events_from, fail, lock, look, move, passed_over
from projections.engine.errors import OutOfStepError, UnreadableFactError
from projections.engine.projection import Projection
from projections.engine.tables import Table

BATCH = 1000
_SECONDS = 30.0  # the longest that a batch may take; its statements have the time-out of all others


Offer = Callable[[Connection, Marks, list[tuple[int, Event]]], list[Projection]]


class _AloneError(Exception):
    """One of several could not fold, whatever it was: it is found again by the one that does it."""


class Engine:
    """Takes projections through the log, a batch at each step.

    One that fails is put back to where it was, says so in its bookmark and stays off; the others go
    on. It is tried again by a new engine, or when its failure is cleared by a rebuild. Several
    engines at once do no harm: each batch begins by locking the bookmarks.
    """

    def __init__(self, database: Database, projections: Sequence[Projection], *, batch: int = BATCH) -> None:
        self._database = database
        self._projections = tuple(projections)
        self._tables: dict[Projection, Table] = {}
        self._batch = batch
        self._off: set[Projection] = set()
        self._checked = False

    def step(self) -> int:
        """Apply what is new, at most a batch for each group of projections; how many events that was.

        Raises ``OutOfStepError``; when the next event cannot be read, ``UnknownTopicError`` or
        ``UnreadableFactError``.
        """
        with self._database.connection() as connection:
            marks, head = look(connection, self._projections)
        self._off &= {projection for projection, bookmark in marks.items() if bookmark.failure}
        active = [projection for projection in marks if projection not in self._off]
        active.sort(key=lambda projection: -marks[projection].position)
        applied, until = 0, head
        for position, group in groupby(active, lambda projection: marks[projection].position):
            if position != until or not self._checked:
                until = self._advance(list(group), position, until)
                applied += until - position
        self._checked = True
        return applied

    def _advance(self, group: list[Projection], position: int, until: int) -> int:
        """Take projections on from a position, not beyond ``until``; the position that they reached.

        Where one of them fails they do it again one by one, so that it alone is put back.
        """
        with self._database.connection(_SECONDS) as connection:
            try:
                try:
                    with connection.transaction():
                        return self._apply(connection, group, position, until, self._offer_all)
                except _AloneError:
                    with connection.transaction():
                        return self._apply(connection, group, position, until, self._offer_each)
            except (OutOfStepError, UnknownTopicError, UnreadableFactError) as error:
                fail(connection, group, describe(error))
                self._off.update(group)
                raise

    def _apply(
        self, connection: Connection, group: list[Projection], position: int, until: int, offer: Offer
    ) -> int:
        marks = lock(connection, group)
        if any(bookmark.position != position for bookmark in marks.values()):
            return position  # another engine was here first
        here, rows = events_from(connection, position, until, self._batch)
        for bookmark in marks.values():
            bookmark.check(here)
        done, events = _decoded(rows, passed_over(marks))
        going_on = offer(connection, marks, events)
        last = rows[done - 1] if done else here
        if going_on and (done or any(bookmark.failure for bookmark in marks.values())):
            move(connection, going_on, last.position if last else 0, last.leaf() if last else None)
        return last.position if last and going_on else position

    def _offer_all(
        self, connection: Connection, marks: Marks, events: list[tuple[int, Event]]
    ) -> list[Projection]:
        """Let projections fold the events; which of them have done it: all, or it raises."""
        try:
            apply(connection, [self._table(*each) for each in marks.items()], events)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise  # the database's failure, not a fold's
        except Exception as error:
            raise _AloneError from error
        return list(marks)

    def _offer_each(
        self, connection: Connection, marks: Marks, events: list[tuple[int, Event]]
    ) -> list[Projection]:
        """Let projections fold the events, each within a savepoint; which of them have done it."""
        offered = marks.items()
        return [each for each, bookmark in offered if self._offer(connection, each, bookmark, events)]

    def _offer(
        self,
        connection: Connection,
        projection: Projection,
        bookmark: Bookmark,
        events: list[tuple[int, Event]],
    ) -> bool:
        """Let one projection fold the events; False where it failed and has been put back."""
        try:
            with connection.transaction():
                apply(connection, [self._table(projection, bookmark)], events, again=True)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise  # the database's failure, not the fold's
        except Exception as error:  # noqa: BLE001 - whatever a fold does wrong stays its own trouble
            fail(connection, [projection], describe(error))
            self._off.add(projection)
            return False
        return True

    def _table(self, projection: Projection, bookmark: Bookmark) -> Table:
        known = self._tables.get(projection)
        if known is None or (known.zone, known.skipped) != (bookmark.zone, frozenset(bookmark.skipped)):
            known = Table(projection, zone=bookmark.zone, skipped=bookmark.skipped)
            self._tables[projection] = known
        return known


def _decoded(rows: list[RecordedEvent], unread: Container[int]) -> tuple[int, list[tuple[int, Event]]]:
    """The events with their positions, up to the first that cannot be read, and how many rows that were.

    Raises when the next one cannot be read.
    """
    events: list[tuple[int, Event]] = []
    for done, row in enumerate(rows):
        if row.position in unread:
            continue
        try:
            events.append((row.position, row.event()))
        except (UnknownTopicError, msgspec.MsgspecError) as error:
            if done:
                return done, events
            if isinstance(error, UnknownTopicError):
                raise
            raise UnreadableFactError(row.position, row.topic, error) from error
    return len(rows), events
