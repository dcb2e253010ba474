"""What the tests of importing share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lapor.application.desk import Desk
from lapor.application.importing.batches import Importing, Tally
from lapor.application.importing.myla311 import myla311
from lapor.application.importing.reading import read
from lapor.application.importing.records import Format, Problem, Record
from lapor.bootstrap import make_desk
from lapor.domain.aggregate import Fact
from lapor.domain.policy import NO_LIMITS, Policy
from lapor.settings import Settings
from lapor.store.memory_log import MemoryLog

REAL = Path(__file__).parents[3] / "shared/data/myla311_2020.csv"
HEADER = (
    "srnumber,requesttype,status,createddate,updateddate,servicedate,closeddate,requestsource,owner,"
    "anonymous,latitude,longitude,address,zipcode"
)
CLOSED = (
    '1-1,Bulky Items,Closed,1/1/20 0:05,1/2/20 8:43,1/2/20 0:00,1/2/20 8:40,Call,BOS,N,34.194,-118.499,'
    '"16815 W VANOWEN ST, 91406",91406'
)


def line(number: str = "1-1", **changed: str) -> str:
    """A line of a file in MyLA311's form."""
    values = dict(zip(HEADER.split(","), CLOSED.replace('"16815 W VANOWEN ST, 91406"', "A").split(","), strict=True))
    return ",".join((values | {"srnumber": number} | changed).values())


@dataclass
class Office:
    """A desk on a log in memory, into which files are imported."""

    folder: Path
    desk: Desk
    problems: list[Problem] = field(default_factory=list)

    def file(self, *lines: str | bytes) -> Path:
        path = self.folder / "file.csv"
        path.write_bytes(b"\n".join(each.encode() if isinstance(each, str) else each for each in lines) + b"\n")
        return path

    def take(self, path: Path, form: Format | None = None, policy: Policy = NO_LIMITS, **how: Any) -> Tally:
        self.problems.clear()
        form = form or myla311()
        return Importing(self.desk, form, policy, self.problems.append, **how).run(read(path, form))

    def facts(self) -> list[Fact]:
        return [row.fact() for row in self.desk.log.page(0, 1_000_000)]

    def told(self) -> list[tuple[int, str]]:
        return [(problem.line, problem.reason) for problem in self.problems]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, make_desk(Settings(data=tmp_path / "data"), MemoryLog()))


@pytest.fixture
def records(office: Office) -> Callable[..., list[Record]]:
    """The records of a file that has nothing wrong."""

    def of(*lines: str | bytes, form: Format | None = None) -> list[Record]:
        found: Sequence[Record | Problem] = list(read(office.file(*lines), form or myla311()))
        assert all(isinstance(item, Record) for item in found), found
        return [item for item in found if isinstance(item, Record)]

    return of
