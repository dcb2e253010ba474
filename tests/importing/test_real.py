"""The real file: what is in the log and on the boards agrees with what the csv module counts in the file."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lapor.bootstrap import RunningServices
from lapor.domain.complaint.events import Filed
from lapor.domain.deadlines.policy import NO_LIMITS
from lapor.domain.vocabulary import Privacy, Stage
from lapor.importing.batches import Import, ImportCounts
from lapor.importing.myla311 import myla311
from lapor.importing.reader import read
from lapor.store.database import Database
from projections.backlog.projection import BACKLOG
from projections.complaints.register import REGISTER
from projections.engine.projection import Projection
from projections.engine.tables import Table
from projections.running.rebuild import rebuild

FILE = Path(__file__).parents[3] / "shared/data/myla311_2020.csv"
STAGES = {
    "Closed": Stage.CLOSED,
    "Cancelled": Stage.ARCHIVED,
    "Open": Stage.ROUTED,
    "Pending": Stage.IN_PROGRESS,
    "Referred Out": Stage.TRANSFERRED,
}
ROUTED = ("Closed", "Open", "Pending")
OPEN = ("Open", "Pending")


def held(database: Database, projection: Projection) -> list[Any]:
    table = Table(projection)
    with database.connection() as connection:
        found = connection.execute(f"SELECT {table.selected} FROM {table.name}".encode(), binary=True)
        return list(map(table.row, found))


@pytest.mark.skipif(not FILE.exists(), reason="the city's data are not part of the project")
def test_the_real_file_stands_as_the_csv_module_counts_it(url: str, running: RunningServices) -> None:
    with FILE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["srnumber"] for row in rows}) == len(rows) == 10_000

    def run() -> ImportCounts:
        return Import(running.application, myla311(), NO_LIMITS).run(read(FILE, myla311()))

    tally = run()
    assert (tally.imported, tally.already, tally.rejected, tally.noted) == (10_000, 0, 0, 0)
    head = running.application.log.head()
    assert head == tally.events + len(tally.agencies)
    again = run()
    assert (again.imported, again.already, again.events, running.application.log.head()) == (
        0,
        10_000,
        0,
        head,
    )

    rebuild(url, [REGISTER.name, BACKLOG.name])
    codes = {agency.id: agency.code for agency in running.application.reference_data.agencies.values()}
    assert set(codes.values()) == {row["owner"] for row in rows}
    register, backlog = held(running.database, REGISTER), held(running.database, BACKLOG)
    assert Counter(row.stage for row in register) == Counter(STAGES[row["status"]] for row in rows)
    assert Counter(codes[row.agency] for row in register if row.agency) == Counter(
        row["owner"] for row in rows if row["status"] in ROUTED
    )
    assert Counter(row.privacy for row in register) == Counter(
        Privacy.ANONYMOUS if row["anonymous"] == "Y" else Privacy.OPEN for row in rows
    )
    assert sum(row.cell is None for row in register) == sum(not row["latitude"] for row in rows) == 11
    assert Counter(codes[row.agency] for row in backlog) == Counter(
        row["owner"] for row in rows if row["status"] in OPEN
    )
    filings = [row.event() for row in running.application.log.page(0, head) if row.topic == Filed.TOPIC]
    addressed = Counter(codes[event.agency] for event in filings if isinstance(event, Filed) and event.agency)
    assert addressed == Counter(row["owner"] for row in rows)
    assert addressed == {
        "BOS": 7067, "OCB": 2628, "BSL": 135, "ITA": 105, "LASAN": 56, "LADWP": 6, "BSS": 3,
    }  # fmt: skip
