"""A rebuild of all projections, compared with a loop that only reads and parses the log; its memory."""

import json
import os
import subprocess
import sys
import time

import psycopg

from benchmarks.figures import Figure
from benchmarks.histories import copy_in
from benchmarks.processes import peak_bytes
from projections.catalogue import PROJECTIONS
from projections.engine.tables import Table
from projections.running.rebuild import rebuild

COMPLAINTS = 60_000


def _loop(url: str) -> float:
    """Return the seconds to select the log and ``json.loads`` each state, on one core."""
    began = time.monotonic()
    with psycopg.connect(url) as connection, connection.cursor("log", binary=True) as cursor:
        cursor.itersize = 5_000
        cursor.execute("SELECT position, stream, version, topic, state FROM event ORDER BY position")
        for *_, state in cursor:
            json.loads(state)
    return time.monotonic() - began


def _memory(url: str) -> Figure:
    """Measure the peak memory of ``lapor rebuild`` and its workers, without the database."""
    command = [sys.executable, "-m", "lapor", "rebuild"]
    env = {**os.environ, "LAPOR_DATABASE_URL": url}
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE)
    peak = peak_bytes(process) / 2**20
    if process.returncode != 0:
        raise RuntimeError(process.communicate()[1].decode())
    return Figure(
        "rebuild: most memory at once",
        peak,
        "MiB",
        goal="≤ 1.5 GB",
        met=peak * 2**20 <= 1.5e9,
        note=f"resident, the command and its {os.cpu_count()} workers; looked at every 20 ms",
    )


def _written(url: str) -> tuple[int, int]:
    """Return how many rows the projections' tables have, and how many entries their indexes."""
    tables = [name for projection in PROJECTIONS for name in Table(projection).names]
    with psycopg.connect(url) as connection:
        return connection.execute(_WRITTEN, [tables]).fetchone() or (0, 0)


_WRITTEN = """
    SELECT coalesce(sum(reltuples) FILTER (WHERE relkind = 'r'), 0)::bigint,
           coalesce(sum(reltuples) FILTER (WHERE relkind = 'i'), 0)::bigint
      FROM pg_class LEFT JOIN pg_index ON indexrelid = pg_class.oid
     WHERE coalesce(indrelid, pg_class.oid) = ANY(%s::regclass[])
"""


def measure(url: str) -> list[Figure]:
    """Measure events a second of the loop and of the rebuild, and its memory."""
    events = copy_in(url, COMPLAINTS)
    looped = events / min(_loop(url) for _ in range(2))
    began = folded = time.monotonic()

    def progress(_done: int, _of: int) -> None:
        nonlocal folded
        folded = time.monotonic()

    rebuild(url, [projection.name for projection in PROJECTIONS], progress=progress)
    ended = time.monotonic()
    rebuilt = events / (ended - began)
    names = ", ".join(projection.name for projection in PROJECTIONS)
    rows, entries = _written(url)
    return [
        Figure("read the log and json.loads, one core", looped, "events/s"),
        Figure(
            "rebuild of all projections",
            rebuilt,
            "events/s",
            "read the log and json.loads, one core",
            rebuilt / looped,
            goal="≥ 80,000 events/s",
            met=rebuilt >= 80_000,
            note=f"{names}; {events:,} events of {COMPLAINTS:,} complaints; folding {folded - began:.1f} s, "
            f"indexes {ended - folded:.1f} s; {rows / events:.1f} rows and {entries / events:.1f} index "
            "entries an event",
        ),
        _memory(url),
    ]
