"""Follows the log: what is still to be done about the complaints it speaks of, and what has to be said.

What is to be done about a complaint follows from its events alone, so it is worked out anew and put in the
place of what was there: looking at an event twice does no harm, and nothing can be forgotten.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from lapor.domain.complaint.events import ComplaintEvent
from lapor.reactions.erasure_cleanup import ERASED, clean_up
from lapor.reactions.notifications import TOLD_OF, notifications
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

    def __init__(self, database: Database, reacting: ReminderService, *, batch: int = BATCH) -> None:
        self._database = database
        self._timers = Timers(database)
        self._reacting = reacting
        self._batch = batch

    def step(self) -> int:
        """Follow a batch of events; how many that were.

        Where the log was never followed, or is another one than that which was (a standby has taken over),
        the timers are made anew, and the outbox goes on at the head: nobody is told of long ago.
        """
        if not self._timers.behind():
            return 0
        with self._timers.alone() as keeping:
            place = keeping.place()
            if place is not None:
                here, rows = events_from(keeping.connection, place.position, 1 << 62, self._batch)
                if place.position == 0 or (here is not None and here.leaf() == place.leaf):
                    self._follow(keeping, rows)
                    return len(rows)
        self._begin()
        return 0

    def _follow(self, keeping: TimerTransaction, rows: Sequence[RecordedEvent]) -> None:
        if not rows:
            return
        self._look(keeping, {row.stream for row in rows if row.topic.startswith(_ABOUT)})
        put(keeping.connection, list(_letters(rows)))
        clean_up(keeping.connection, [row.stream for row in rows if row.topic in ERASED])
        keeping.move(LogPlace(rows[-1].position, rows[-1].leaf()))

    def _look(self, keeping: TimerTransaction, streams: Collection[UUID]) -> None:
        outlook = self._reacting.outlook(list(streams))
        keeping.replace(streams, outlook.timers, outlook.failures)

    def set_right(self, streams: Collection[UUID], failures: Mapping[UUID, str]) -> None:
        """Work out anew what is to be done about these complaints; nothing about those that failed."""
        if not (streams or failures):
            return
        with self._timers.alone() as keeping:
            self._look(keeping, [stream for stream in streams if stream not in failures])
            keeping.replace(failures, (), failures)

    def look_at_failed(self) -> None:
        """Try again what went wrong: another release may know better."""
        self.set_right(self._timers.failed(), {})

    def _begin(self) -> None:
        """Look at every complaint there is, then follow from where the log was when that began."""
        with self._database.connection() as connection:
            last = connection.execute(_LAST, binary=True).fetchone()
        head = RecordedEvent(*last) if last else None
        stream = UUID(int=0)
        while page := self._complaints(stream):
            self.set_right(page, {})
            stream = page[-1]
        with self._timers.alone() as keeping:
            keeping.move(LogPlace(head.position, head.leaf()) if head else LogPlace(0, None))

    def _complaints(self, after: UUID) -> list[UUID]:
        with self._database.connection() as connection:
            return [stream for (stream,) in connection.execute(_COMPLAINTS, [after, _PAGE])]


def _letters(rows: Sequence[RecordedEvent]) -> Iterator[Notification]:
    for row in rows:
        if row.topic in TOLD_OF:
            event = row.event()
            assert isinstance(event, ComplaintEvent)  # noqa: S101 - by its topic
            yield from notifications(row.position, event)
