"""The log as it is stored, for auditors: bytes, not opinions."""

from lapor.application.application import LaporApplication
from lapor.domain.access import READ_LOG, Caller, actor_for
from lapor.store.event_log import RecordedEvent


class EventLogQueries:
    """Pages of the log."""

    def __init__(self, desk: LaporApplication) -> None:
        self._desk = desk

    def page(self, caller: Caller, *, after: int, limit: int) -> tuple[list[RecordedEvent], int]:
        """Facts after a position, in order, and the log's last position."""
        actor_for(caller, READ_LOG)
        rows = self._desk.log.page(after, limit)
        return rows, self._desk.log.head()
