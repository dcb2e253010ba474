"""A file's complaints, hundreds per append.

A complaint's number in the other system becomes a unique name in the append of its history: it is imported
once, entirely or not at all. A second import of a file, also after a crash, skips what is stored. While one
batch is being stored, the next is made.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from lapor.application.application import LaporApplication
from lapor.domain.deadlines.policy import Policy
from lapor.domain.errors import BusyError, Refusal, UnreachableError
from lapor.importing.agencies import ImportedAgencies
from lapor.importing.complaint_history import ComplaintHistory, check_all
from lapor.importing.records import BadRowError, Format, Record, RowProblem
from lapor.importing.writer import HistoryWriter

BATCH = 200
"""Complaints in an append: more are not faster, and make other writers wait longer."""


@dataclass
class ImportCounts:
    """How many rows were imported or not, how many events were stored, and which agencies are new."""

    imported: int = 0
    already: int = 0
    rejected: int = 0
    noted: int = 0
    events: int = 0
    agencies: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the counts under the names that files and scripts know."""
        return {
            "imported": self.imported,
            "already": self.already,
            "rejected": self.rejected,
            "noted": self.noted,
            "facts": self.events,
            "agencies": self.agencies,
        }


class Import:
    """Imports records of one format. ``report`` gets each line that was rejected or changed."""

    def __init__(
        self,
        application: LaporApplication,
        form: Format,
        policy: Policy,
        report: Callable[[RowProblem], None] = lambda _problem: None,
        *,
        batch: int = BATCH,
    ) -> None:
        self._clock = application.clock
        self._owners = ImportedAgencies(application, form)
        timing = replace(application.timing(application.clock()), policy=policy)
        self._storing = HistoryWriter(application, f"import:{form.name}", timing)
        self._report = report
        self._batch = batch
        self._lines: dict[str, int] = {}
        self.tally = ImportCounts(agencies=self._owners.registered)

    def run(self, items: Iterable[Record | RowProblem]) -> ImportCounts:
        """Import all records. Raises ``UnreachableError`` and ``BusyError``; what is stored by then stays."""
        stored: Future[Sequence[ComplaintHistory]] | None = None
        with _without_collector(), ThreadPoolExecutor(1, "import") as storer:
            for records in self._batches(items):
                histories = self._new(records)
                self._count(stored)
                self.tally.already += len(histories)
                stored = storer.submit(self._storing.append, histories)
            self._count(stored)
        return self.tally

    def _count(self, storing: Future[Sequence[ComplaintHistory]] | None) -> None:
        """Wait for an append and count its histories, which counted as already there until then."""
        for history in storing.result() if storing else ():
            self.tally.already -= 1
            self.tally.imported += 1
            self.tally.events += history.complaint.version

    def _batches(self, items: Iterable[Record | RowProblem]) -> Iterator[list[Record]]:
        records = self._records(items)
        while batch := list(islice(records, self._batch)):
            yield batch

    def _records(self, items: Iterable[Record | RowProblem]) -> Iterator[Record]:
        for item in items:
            if isinstance(item, Record):
                yield item
            else:
                self._tell(item)

    def _tell(self, problem: RowProblem) -> None:
        self.tally.rejected += problem.rejected
        self.tally.noted += not problem.rejected
        self._report(problem)

    def _new(self, records: Sequence[Record]) -> list[ComplaintHistory]:
        """Return the histories of records that are not there yet and can be imported."""
        claimed, now, histories = self._storing.claimed(records), self._clock(), []
        for record in records:
            try:
                self._check(record, now)
                if record.number in claimed:
                    self.tally.already += 1
                else:
                    self._owners.ensure(record.agency)
                    histories.append(self._storing.history(record))
            except BadRowError as error:
                self._tell(RowProblem(record.line, record.number, str(error)))
            except (BusyError, UnreachableError):
                raise  # the row is not to blame
            except Refusal as refusal:
                self._tell(RowProblem(record.line, record.number, refusal.sentence))
            else:
                self._lines[record.number] = record.line
                for note in record.notes:
                    self._tell(RowProblem(record.line, record.number, note, rejected=False))
        return histories

    def _check(self, record: Record, now: datetime) -> None:
        if record.number in self._lines:
            raise BadRowError(f"the number is in line {self._lines[record.number]} already")
        if record.last_at > now:
            raise BadRowError(f"it is dated {record.last_at:%Y-%m-%d}, which is in the future")
        check_all(record)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Disable the garbage collector: there are no cycles to find, and it takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
