"""Importing a city's requests with their history, and importing them a second time."""

import csv
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.figures import Figure
from lapor.bootstrap import build
from lapor.domain.deadlines.policy import NO_LIMITS
from lapor.importing.batches import Import
from lapor.importing.myla311 import myla311
from lapor.importing.reader import read
from lapor.settings import Settings

ROWS = 20_000
_COLUMNS = """
    srnumber requesttype status actiontaken createddate updateddate servicedate closeddate requestsource owner
    createdbyuserorganization mobileos anonymous assignto latitude longitude address zipcode apc cd cdmember
    nc ncname policeprecinct
"""
_TYPES = ["Bulky Items", "Graffiti Removal", "Illegal Dumping Pickup", "Metal/Household Appliances"]
_STATUSES = ["Closed"] * 970 + ["Cancelled"] * 25 + ["Open"] * 3 + ["Pending"] * 2


def _write(path: Path) -> None:
    """Write a file with MyLA311's columns and proportions."""
    draw = Random(311)
    created = datetime(2020, 1, 1)  # noqa: DTZ001 - local to the file
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS.split())
        for number in range(ROWS):
            created += timedelta(minutes=draw.randrange(3))
            closed = created + timedelta(minutes=draw.randrange(20_000))
            at, until = (f"{moment:%m/%d/%y %H:%M}" for moment in (created, closed))
            place = [
                f"{34 + draw.random():.8f}",
                f"{-118 - draw.random():.7f}",
                f"{draw.randrange(30_000)} W VANOWEN ST",
            ]
            about = [draw.choice(_TYPES), draw.choice(_STATUSES), "SR Created"]
            whose = ["Call", draw.choice(["BOS", "OCB", "BSL"]), "BOS", "", draw.choice("NNNNNNY"), "WV"]
            area = [
                str(90_001 + draw.randrange(90)),
                "South Valley APC",
                "6",
                "Nury Martinez",
                "19",
                "LAKE BALBOA NC",
            ]
            rows.writerow(
                [f"1-{number}", *about, at, until, until, until, *whose, *place, *area, "WEST VALLEY"]
            )


def measure(url: str, data: str) -> list[Figure]:
    """Measure requests a second, the first time and the second."""
    running = build(Settings(data=Path(data)), url)
    running.application.catch_up()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.csv"
        _write(path)
        speeds, events = [], 0
        for _ in range(2):
            began = time.monotonic()
            tally = Import(running.application, myla311(), NO_LIMITS).run(read(path, myla311()))
            speeds.append(ROWS / (time.monotonic() - began))
            assert tally.imported + tally.already == ROWS
            events += tally.events
    running.database.close()
    return [
        Figure(
            "import of requests with their past",
            speeds[0],
            "requests/s",
            goal="≥ 2,000 requests/s",
            met=speeds[0] >= 2_000,
            note=f"{ROWS:,} requests, {events:,} events; index terms included",
        ),
        Figure("import of the same file again", speeds[1], "requests/s"),
    ]
