"""Hundreds of complaints per append, each with its whole past and the number it had elsewhere.

That number is claimed in the same append: a complaint is imported once, whole or not at all. Whoever
imports a file again, or after a crash, passes over what is there. While one batch is being stored, the
next is made.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from lapor.application.desk import Desk
from lapor.application.importing.owners import Owners
from lapor.application.importing.past import Past, check_all
from lapor.application.importing.records import BadRowError, Format, Problem, Record
from lapor.domain.errors import BusyError, Refusal, TakenError
from lapor.domain.policy import Policy, Timing
from lapor.store.log import Beside

BATCH = 200
_PATIENCE = (0.2, 1.0, 5.0)  # seconds before the next try, where the log is busy


@dataclass
class Tally:
    """What became of a file's rows, how many facts that made, and which agencies are new."""

    imported: int = 0
    already: int = 0
    rejected: int = 0
    noted: int = 0
    facts: int = 0
    agencies: list[str] = field(default_factory=list)


class Importing:
    """Imports records of one format. ``report`` is told of every line that was not (quite) taken."""

    def __init__(
        self,
        desk: Desk,
        form: Format,
        policy: Policy,
        report: Callable[[Problem], None] = lambda _problem: None,
        *,
        batch: int = BATCH,
    ) -> None:
        self._desk = desk
        self._claim = f"import:{form.name}"
        self._timing = Timing(policy, desk.timing.calendar, desk.directory.hours)
        self._owners = Owners(desk, form)
        self._report = report
        self._batch = batch
        self._lines: dict[str, int] = {}
        self.tally = Tally(agencies=self._owners.registered)

    def run(self, items: Iterable[Record | Problem]) -> Tally:
        """Import them all. Raises ``UnreachableError`` and ``BusyError``: what is stored by then stays."""
        stored: Future[Sequence[Past]] | None = None
        with ThreadPoolExecutor(1, "import") as appender:
            for records in self._batches(items):
                pasts = self._new(records)
                self._count(stored)
                stored = appender.submit(self._append, pasts)
            self._count(stored)
        return self.tally

    def _batches(self, items: Iterable[Record | Problem]) -> Iterator[list[Record]]:
        records = self._records(items)
        while batch := list(islice(records, self._batch)):
            yield batch

    def _records(self, items: Iterable[Record | Problem]) -> Iterator[Record]:
        for item in items:
            if isinstance(item, Record):
                yield item
            else:
                self._tell(item)

    def _tell(self, problem: Problem) -> None:
        self.tally.rejected += problem.rejected
        self.tally.noted += not problem.rejected
        self._report(problem)

    def _new(self, records: Sequence[Record]) -> list[Past]:
        """The pasts of those that are not there yet and can be taken."""
        claimed = self._desk.log.claimed(self._claim, [record.number for record in records])
        now, pasts = self._desk.clock(), []
        for record in records:
            line, number = record.line, record.number
            try:
                self._check(record, now)
                if number in claimed:
                    self.tally.already += 1
                else:
                    self._owners.ensure(record.agency)
                    pasts.append(self._past(record))
            except BadRowError as error:
                self._tell(Problem(line, number, str(error)))
            except Refusal as refusal:
                self._tell(Problem(line, number, refusal.sentence))
            else:
                self._lines[number] = line
                for note in record.notes:
                    self._tell(Problem(line, number, note, rejected=False))
        return pasts

    def _check(self, record: Record, now: datetime) -> None:
        if record.number in self._lines:
            raise BadRowError(f"the number stands in line {self._lines[record.number]} already")
        if record.last_at > now:
            raise BadRowError(f"it is dated {record.last_at:%Y-%m-%d}, which lies in the future")
        check_all(record)

    def _past(self, record: Record) -> Past:
        return Past(record, self._claim, self._desk, self._timing)

    def _append(self, pasts: Sequence[Past]) -> Sequence[Past]:
        """Store them in one append; those that were stored."""
        for wait in (*_PATIENCE, None):
            if not pasts:
                break
            try:
                self._store(pasts)
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
        return []

    def _store(self, pasts: Sequence[Past]) -> None:
        beside = Beside(
            subjects=[past.subject for past in pasts],
            claims=[claim for past in pasts for claim in past.claims],
        )
        self._desk.save(*(past.complaint for past in pasts), beside=beside)

    def _again(self, pasts: Sequence[Past]) -> list[Past]:
        """Those that nobody else has stored, made anew: an append takes the facts from their complaints."""
        numbers = [past.record.number for past in pasts]
        claimed = self._desk.log.claimed(self._claim, numbers)
        self.tally.already += len(claimed)
        return [self._past(past.record) for past in pasts if past.record.number not in claimed]

    def _count(self, stored: Future[Sequence[Past]] | None) -> None:
        """Wait for an append and count what it stored."""
        for past in stored.result() if stored else ():
            self.tally.imported += 1
            self.tally.facts += past.complaint.version
