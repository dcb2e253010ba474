"""Helpers that the tests of importing share."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lapor.application.application import LaporApplication
from lapor.domain.aggregate import Event
from lapor.domain.deadlines.policy import NO_LIMITS, Policy
from lapor.importing.batches import Import, ImportCounts
from lapor.importing.myla311 import myla311
from lapor.importing.reader import read
from lapor.importing.records import Format, Record, RowProblem

CLOSED = {
    "srnumber": "1-1",
    "requesttype": "Bulky Items",
    "status": "Closed",
    "createddate": "1/1/20 0:05",
    "updateddate": "1/2/20 8:43",
    "servicedate": "1/2/20 0:00",
    "closeddate": "1/2/20 8:40",
    "requestsource": "Call",
    "owner": "BOS",
    "anonymous": "N",
    "latitude": "34.19402846",
    "longitude": "-118.4994716",
    "address": '"16815 W VANOWEN ST, 91406"',
    "zipcode": "91406",
}
HEADER = ",".join(CLOSED)


def line(number: str = "1-1", **changed: str) -> str:
    """A line of a file in MyLA311's form: a request that was closed, but for what is ``changed``."""
    return ",".join((CLOSED | {"srnumber": number} | changed).values())


@dataclass
class Office:
    """An application on a log in memory, into which files are imported."""

    folder: Path
    application: LaporApplication
    problems: list[RowProblem] = field(default_factory=list)

    def file(self, *lines: str | bytes) -> Path:
        path = self.folder / "file.csv"
        path.write_bytes(
            b"\n".join(each.encode() if isinstance(each, str) else each for each in lines) + b"\n"
        )
        return path

    def take(
        self, path: Path, form: Format | None = None, policy: Policy = NO_LIMITS, **how: Any
    ) -> ImportCounts:
        self.problems.clear()
        form = form or myla311()
        return Import(self.application, form, policy, self.problems.append, **how).run(read(path, form))

    def records(self, path: Path, form: Format | None = None) -> list[Record]:
        """The records of a file that has nothing wrong."""
        found = list(read(path, form or myla311()))
        assert all(isinstance(item, Record) for item in found), found
        return [item for item in found if isinstance(item, Record)]

    def events(self) -> list[Event]:
        return [row.event() for row in self.application.log.page(0, 1_000_000)]

    def told(self) -> list[tuple[int, str]]:
        return [(problem.line, problem.reason) for problem in self.problems]
