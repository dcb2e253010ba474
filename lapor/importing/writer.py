"""One append for many complaints, each with its whole history and its number in the other system."""

import time
from collections.abc import Sequence

from lapor.application.application import LaporApplication
from lapor.domain.deadlines.timing import Timing
from lapor.domain.errors import BusyError, TakenError
from lapor.importing.complaint_history import ComplaintHistory
from lapor.importing.records import Record
from lapor.store.event_log import SideWrites

_PATIENCE = (0.2, 1.0, 5.0)  # seconds before the next try, while the log is busy


class HistoryWriter:
    """Makes histories of records and appends them. Their numbers are unique names of this ``kind``."""

    def __init__(self, application: LaporApplication, kind: str, timing: Timing) -> None:
        self._application = application
        self._kind = kind
        self._timing = timing

    def claimed(self, records: Sequence[Record]) -> set[str]:
        """Return the numbers of the records that are stored already."""
        return self._application.log.claimed(self._kind, [record.number for record in records])

    def history(self, record: Record) -> ComplaintHistory:
        """Return a record's complaint with its history. Raises ``Refusal``."""
        return ComplaintHistory(record, self._kind, self._application, self._timing)

    def append(self, histories: Sequence[ComplaintHistory]) -> Sequence[ComplaintHistory]:
        """Store them in one append, without those that another process has stored meanwhile; return the rest.

        Raises ``BusyError`` and ``UnreachableError``.
        """
        for wait in (*_PATIENCE, None):
            if not histories:
                break
            try:
                self._append(histories)
            except BusyError:
                if wait is None:
                    raise
                time.sleep(wait)
            except TakenError:  # another process imports the same file, or a tracking code was drawn twice
                if wait is None:
                    raise
            else:
                return histories
            histories = self._again(histories)
        return ()

    def _append(self, histories: Sequence[ComplaintHistory]) -> None:
        side_writes = SideWrites(
            vault_entries=[history.vault_entry for history in histories],
            unique_names=[unique_name for history in histories for unique_name in history.unique_names],
        )
        self._application.save(*(history.complaint for history in histories), side_writes=side_writes)

    def _again(self, histories: Sequence[ComplaintHistory]) -> list[ComplaintHistory]:
        """Return those not stored yet, made again: an append takes the events from their complaints."""
        claimed = self.claimed([history.record for history in histories])
        return [self.history(history.record) for history in histories if history.record.number not in claimed]
