"""One append for many complaints, each with its whole past and the number it had elsewhere."""

import time
from collections.abc import Sequence

from lapor.application.application import LaporApplication
from lapor.domain.deadlines.timing import Timing
from lapor.domain.errors import BusyError, TakenError
from lapor.importing.complaint_history import ComplaintHistory
from lapor.importing.records import Record
from lapor.store.event_log import SideWrites

_PATIENCE = (0.2, 1.0, 5.0)  # seconds before the next try, where the log is busy


class HistoryWriter:
    """Makes pasts of records and appends them. The numbers are claimed as ``kind``."""

    def __init__(self, application: LaporApplication, kind: str, timing: Timing) -> None:
        self._application = application
        self._kind = kind
        self._timing = timing

    def claimed(self, records: Sequence[Record]) -> set[str]:
        """The numbers of those records that are there already."""
        return self._application.log.claimed(self._kind, [record.number for record in records])

    def past(self, record: Record) -> ComplaintHistory:
        """A record's complaint. Raises ``Refusal``."""
        return ComplaintHistory(record, self._kind, self._application, self._timing)

    def append(self, pasts: Sequence[ComplaintHistory]) -> Sequence[ComplaintHistory]:
        """Store them in one append; those that were stored, less those that somebody else has meanwhile.

        Raises ``BusyError`` and ``UnreachableError``.
        """
        for wait in (*_PATIENCE, None):
            if not pasts:
                break
            try:
                self._append(pasts)
            except BusyError:
                if wait is None:
                    raise
                time.sleep(wait)
            except TakenError:  # somebody imports the same file, or a tracking code was drawn twice
                if wait is None:
                    raise
            else:
                return pasts
            pasts = self._again(pasts)
        return ()

    def _append(self, pasts: Sequence[ComplaintHistory]) -> None:
        side_writes = SideWrites(
            vault_entries=[past.vault_entry for past in pasts],
            unique_names=[unique_name for past in pasts for unique_name in past.unique_names],
        )
        self._application.save(*(past.complaint for past in pasts), side_writes=side_writes)

    def _again(self, pasts: Sequence[ComplaintHistory]) -> list[ComplaintHistory]:
        """Those that nobody has stored, made anew: an append takes the events from their complaints."""
        claimed = self.claimed([past.record for past in pasts])
        return [self.past(past.record) for past in pasts if past.record.number not in claimed]
