"""Applies the log to the projections in batches, exactly once: a batch and its bookmarks are one transaction.

Projections at the same position form a group, and each event is decoded once for a group. Projections that
are behind (new or repaired ones) catch up in transactions of their own, so that they delay no other, and
then join the others.
"""

import time
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
from projections.engine.bookmarks import (
    Bookmark,
    Bookmarks,
    events_from,
    lock_bookmarks,
    move_bookmarks,
    read_bookmarks,
    record_failure,
    skipped_by_all,
)
from projections.engine.errors import (
    HeavyBatchError,
    HeavyEventError,
    OutOfStepError,
    UnreadableFactError,
)
from projections.engine.projection import Projection
from projections.engine.tables import Table

BATCH = 1000
_SECONDS = 30.0  # the longest that a batch may take; each statement has the usual time-out
_SLOW, _FAST = 1.0, 0.4  # seconds: a batch that took longer is followed by a smaller one, or a larger one


Offer = Callable[[Connection, Bookmarks, list[tuple[int, Event]]], list[Projection]]


class _GroupFailedError(Exception):
    """A fold in a group has failed. Each projection of the group then folds by itself, to find out which."""


class Engine:
    """Moves projections forward in the log, one batch at each step.

    A projection that fails is rolled back; the failure is stored in its bookmark, and this engine leaves it
    out from then on. The others continue. A new engine tries it again, and so does this one once the failure
    is cleared by a rebuild or a skip. Several engines may run at once, since a batch first locks its
    bookmarks.

    ``batch`` is the most events of the next batch. It is bounded by work: halved after a batch that was slow,
    wrote too many rows or met the statement's time limit, down to one event, and doubled after a fast one. A
    projection that cannot take a single event in time fails by itself.
    """

    def __init__(self, database: Database, projections: Sequence[Projection], *, batch: int = BATCH) -> None:
        self._database = database
        self._projections = tuple(projections)
        self._tables: dict[Projection, Table] = {}
        self.batch = self._most = batch
        self._off: set[Projection] = set()
        self._checked = False

    def step(self) -> int:
        """Apply new events, at most one batch for each group of projections; return how many were applied.

        Raises ``OutOfStepError`` if a bookmark does not fit the log, and ``UnknownTopicError`` or
        ``UnreadableFactError`` if the next event cannot be read.
        """
        with self._database.connection() as connection:
            bookmarks, head = read_bookmarks(connection, self._projections)
        self._off &= {projection for projection, bookmark in bookmarks.items() if bookmark.failure}
        active = [projection for projection in bookmarks if projection not in self._off]
        active.sort(key=lambda projection: -bookmarks[projection].position)
        applied, until = 0, head
        for position, group in groupby(active, lambda projection: bookmarks[projection].position):
            if position != until or not self._checked:
                until = self._advance(list(group), position, until)
                applied += until - position
        self._checked = True
        return applied

    def _advance(self, group: list[Projection], position: int, until: int) -> int:
        """Move a group from a position, at most to ``until``; return the position that it reached.

        If a fold fails, the batch is repeated projection by projection, so that only the failed one stays
        back.
        """
        with self._database.connection(_SECONDS) as connection:
            began = time.monotonic()
            try:
                reached = self._apply_or_isolate(connection, group, position, until)
            except HeavyBatchError:
                self.batch = max(1, self.batch // 2)
                return position
            except (OutOfStepError, UnknownTopicError, UnreadableFactError) as error:
                record_failure(connection, group, describe(error))
                self._off.update(group)
                raise
        took = time.monotonic() - began
        if took > _SLOW:
            self.batch = max(1, self.batch // 2)
        elif took < _FAST:
            self.batch = min(self._most, self.batch * 2)
        return reached

    def _apply_or_isolate(
        self, connection: Connection, group: list[Projection], position: int, until: int
    ) -> int:
        try:
            with connection.transaction():
                return self._apply(connection, group, position, until, self._offer_all)
        except _GroupFailedError:
            with connection.transaction():
                return self._apply(connection, group, position, until, self._offer_each)

    def _apply(
        self, connection: Connection, group: list[Projection], position: int, until: int, offer: Offer
    ) -> int:
        bookmarks = lock_bookmarks(connection, group)
        if any(bookmark.position != position for bookmark in bookmarks.values()):
            return position  # another engine has moved them
        here, rows = events_from(connection, position, until, self.batch)
        for bookmark in bookmarks.values():
            bookmark.check(here)
        done, events = _decoded(rows, skipped_by_all(bookmarks))
        folded = offer(connection, bookmarks, events)
        last = rows[done - 1] if done else here
        if folded and (done or any(bookmark.failure for bookmark in bookmarks.values())):
            move_bookmarks(connection, folded, last.position if last else 0, last.leaf() if last else None)
        return last.position if last and folded else position

    def _offer_all(
        self, connection: Connection, bookmarks: Bookmarks, events: list[tuple[int, Event]]
    ) -> list[Projection]:
        """Let projections fold the events; return them all.

        Raises ``_GroupFailedError`` if a fold fails, and ``HeavyBatchError`` if the batch must be smaller.
        """
        try:
            apply(connection, [self._table(*each) for each in bookmarks.items()], events)
        except HeavyBatchError:
            raise
        except psycopg.errors.QueryCanceled as error:
            raise (HeavyBatchError if len(events) > 1 else _GroupFailedError) from error
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise  # the database's failure, not a fold's
        except Exception as error:
            raise _GroupFailedError from error
        return list(bookmarks)

    def _offer_each(
        self, connection: Connection, bookmarks: Bookmarks, events: list[tuple[int, Event]]
    ) -> list[Projection]:
        """Let each projection fold the events within a savepoint; return the ones that did not fail."""
        offered = bookmarks.items()
        return [each for each, bookmark in offered if self._offer(connection, each, bookmark, events)]

    def _offer(
        self,
        connection: Connection,
        projection: Projection,
        bookmark: Bookmark,
        events: list[tuple[int, Event]],
    ) -> bool:
        """Let one projection fold the events; return False if it failed and was rolled back.

        Raises ``HeavyBatchError`` if the batch must be smaller.
        """
        try:
            with connection.transaction():
                self._fold_alone(connection, self._table(projection, bookmark), events)
        except HeavyBatchError:
            raise
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise  # the database's failure, not the fold's
        except Exception as error:  # noqa: BLE001 - a faulty fold must not stop the other projections
            record_failure(connection, [projection], describe(error))
            self._off.add(projection)
            return False
        return True

    def _fold_alone(self, connection: Connection, table: Table, events: list[tuple[int, Event]]) -> None:
        try:
            apply(connection, [table], events, again=True)
        except psycopg.errors.QueryCanceled as error:
            if len(events) > 1:
                raise HeavyBatchError from error
            ((position, event),) = events
            raise HeavyEventError(position, event.TOPIC) from error

    def _table(self, projection: Projection, bookmark: Bookmark) -> Table:
        table = self._tables.get(projection)
        if table is None or (table.zone, table.skipped) != (bookmark.zone, frozenset(bookmark.skipped)):
            table = Table(projection, zone=bookmark.zone, skipped=bookmark.skipped)
            self._tables[projection] = table
        return table


def _decoded(rows: list[RecordedEvent], unread: Container[int]) -> tuple[int, list[tuple[int, Event]]]:
    """Decode rows up to the first unreadable one; return how many rows those are, and their events.

    Rows at the positions ``unread`` count, but are not decoded. Raises ``UnknownTopicError`` or
    ``UnreadableFactError`` if the very first row is unreadable.
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
