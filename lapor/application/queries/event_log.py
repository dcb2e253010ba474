"""The event log as it is stored, for auditors."""

from lapor.application.application import LaporApplication
from lapor.domain.access import READ_LOG, Caller, actor_for
from lapor.store.event_log import RecordedEvent


class EventLogQueries:
    """Pages of the log."""

    def __init__(self, application: LaporApplication) -> None:
        self._application = application

    def page(self, caller: Caller, *, after: int, limit: int) -> tuple[list[RecordedEvent], int]:
        """Return events after a position, in order, and the log's last position. Raises as ``actor_for``."""
        actor_for(caller, READ_LOG)
        rows = self._application.log.page(after, limit)
        return rows, self._application.log.head()
