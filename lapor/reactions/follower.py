"""The follower of the log: it updates the timers of complaints and writes notifications to the outbox.

A complaint's timers follow from its events alone. They are computed again and replace the former ones, so
that an event may be processed twice, and no timer is forgotten.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from lapor.domain.complaint.events import ComplaintEvent
from lapor.reactions.erasure_cleanup import ERASED, clean_up
from lapor.reactions.notifications import NOTIFIED_TOPICS, notifications
from lapor.reactions.outbox import Notification, put
from lapor.reactions.reminders import ReminderService
from lapor.reactions.timers import LogPlace, Timers, TimerTransaction
from lapor.store.database import Database
from lapor.store.event_log import RecordedEvent
from projections.engine.bookmarks import events_from

BATCH = 2000
_PAGE = 500
_ABOUT = "lapor.complaint."
_COMPLAINTS = """
    SELECT DISTINCT stream FROM event
     WHERE stream > %s AND version = 1 AND topic = 'lapor.complaint.filed' ORDER BY stream LIMIT %s
"""
_LAST = "SELECT position, stream, version, topic, state FROM event ORDER BY position DESC LIMIT 1"


class Follower:
    """Keeps timers and outbox at the head of the log."""

    def __init__(self, database: Database, reminders: ReminderService, *, batch: int = BATCH) -> None:
        self._database = database
        self._timers = Timers(database)
        self._reminders = reminders
        self._batch = batch

    def step(self) -> int:
        """Follow a batch of events and return their number.

        If the log was never followed, or is not the one that was (a standby has taken over), all timers are
        computed again, and the outbox continues at the head: nobody is notified of old events.
        """
        if not self._timers.behind():
            return 0
        with self._timers.transaction() as transaction:
            place = transaction.place()
            if place is not None:
                here, rows = events_from(transaction.connection, place.position, 1 << 62, self._batch)
                if place.position == 0 or (here is not None and here.leaf() == place.leaf):
                    self._follow(transaction, rows)
                    return len(rows)
        self._start_over()
        return 0

    def _follow(self, transaction: TimerTransaction, rows: Sequence[RecordedEvent]) -> None:
        if not rows:
            return
        self._replace_timers(transaction, {row.stream for row in rows if row.topic.startswith(_ABOUT)})
        put(transaction.connection, list(_notifications_of(rows)))
        clean_up(transaction.connection, [row.stream for row in rows if row.topic in ERASED])
        transaction.move(LogPlace(rows[-1].position, rows[-1].leaf()))

    def _replace_timers(self, transaction: TimerTransaction, streams: Collection[UUID]) -> None:
        pending = self._reminders.pending(list(streams))
        transaction.replace(streams, pending.timers, pending.failures)

    def refresh(self, streams: Collection[UUID], failures: Mapping[UUID, str]) -> None:
        """Compute the timers of these complaints again; those that failed get none, but their failure."""
        if not (streams or failures):
            return
        with self._timers.transaction() as transaction:
            self._replace_timers(transaction, [stream for stream in streams if stream not in failures])
            transaction.replace(failures, (), failures)

    def retry_failed(self) -> None:
        """Compute the timers of failed complaints again: this release may have mended the fault."""
        self.refresh(self._timers.failed(), {})

    def _start_over(self) -> None:
        """Compute the timers of all complaints, then follow from the log's head as it was before."""
        with self._database.connection() as connection:
            last = connection.execute(_LAST, binary=True).fetchone()
        head = RecordedEvent(*last) if last else None
        stream = UUID(int=0)
        while page := self._complaints(stream):
            self.refresh(page, {})
            stream = page[-1]
        with self._timers.transaction() as transaction:
            transaction.move(LogPlace(head.position, head.leaf()) if head else LogPlace(0, None))

    def _complaints(self, after: UUID) -> list[UUID]:
        with self._database.connection() as connection:
            return [stream for (stream,) in connection.execute(_COMPLAINTS, [after, _PAGE])]


def _notifications_of(rows: Sequence[RecordedEvent]) -> Iterator[Notification]:
    for row in rows:
        if row.topic in NOTIFIED_TOPICS:
            event = row.event()
            assert isinstance(event, ComplaintEvent)  # noqa: S101 - by its topic
            yield from notifications(row.position, event)
