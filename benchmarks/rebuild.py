"""Building all projections anew, beside a loop that only reads the log and parses it."""

import json
import time

import psycopg

from benchmarks.figures import Figure
from benchmarks.histories import copy_in
from projections.catalogue import PROJECTIONS
from projections.rebuild import rebuild

COMPLAINTS = 60_000


def _loop(url: str) -> float:
    """Seconds to select the log and ``json.loads`` each state, on one core."""
    began = time.monotonic()
    with psycopg.connect(url) as connection, connection.cursor("log", binary=True) as cursor:
        cursor.itersize = 5_000
        cursor.execute("SELECT position, stream, version, topic, state FROM fact ORDER BY position")
        for *_, state in cursor:
            json.loads(state)
    return time.monotonic() - began


def measure(url: str) -> list[Figure]:
    """Facts a second of the loop and of the rebuild."""
    facts = copy_in(url, COMPLAINTS)
    looped = facts / min(_loop(url) for _ in range(2))
    began = time.monotonic()
    rebuild(url, [projection.name for projection in PROJECTIONS])
    rebuilt = facts / (time.monotonic() - began)
    names = ", ".join(projection.name for projection in PROJECTIONS)
    return [
        Figure("read the log and json.loads, one core", looped, "facts/s"),
        Figure(
            "rebuild of all projections",
            rebuilt,
            "facts/s",
            "read the log and json.loads, one core",
            rebuilt / looped,
            goal="≥ 80,000 facts/s",
            met=rebuilt >= 80_000,
            note=f"{names}; {facts:,} facts of {COMPLAINTS:,} complaints",
        ),
    ]
