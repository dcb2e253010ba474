"""The ledger over a million events: the cost of sealing, of a proof, and of verifying all on one core."""

import os
import random
import statistics
import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.figures import Figure
from benchmarks.histories import copy_in
from benchmarks.processes import cpu_seconds
from lapor.ledger import merkle
from lapor.ledger import tiles as ledger
from lapor.ledger.checkpoint_file import CheckpointFile
from lapor.ledger.offline.verify_ledger import root_by_path
from lapor.ledger.sealer import Sealer
from lapor.ledger.trust import KeptCheckpoints
from lapor.ledger.verifier import check
from lapor.store.database import Database, connection_string

COMPLAINTS = 138_000
PROOFS = 500
_EVENTS_A_SECOND, _PROOF_MS = 200_000, 10.0


def _verified(url: str, kept: Path, *, forms: bool) -> tuple[float, float]:
    """Return events a second, by the CPU time of Lapor and its database together, and by elapsed time."""
    marks = [KeptCheckpoints("file", list(CheckpointFile(kept).notes()), named=True)]
    with psycopg.connect(connection_string(url, seconds=None)) as connection:
        processes = os.getpid(), connection.info.backend_pid
        began, used = time.perf_counter(), sum(map(cpu_seconds, processes))
        report = check(connection, kept=marks, forms=forms)
        took, used = time.perf_counter() - began, sum(map(cpu_seconds, processes)) - used
    assert report.sound, report.findings
    return report.events / used, report.events / took


def _proofs(url: str, size: int) -> list[float]:
    """Return the milliseconds of proofs of random events, each read and checked."""
    chance, times = random.Random(1), list[float]()
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        newest = ledger.newest(connection)
        assert newest is not None
        root = newest.checkpoint.root
        for _ in range(PROOFS):
            index = chance.randrange(size)
            began = time.perf_counter()
            tiles = ledger.Tiles(connection)
            path = merkle.inclusion(index, size, tiles.subtree)
            times.append((time.perf_counter() - began) * 1000)
            assert root_by_path(tiles.subtree(0, index), index, size, path) == root
    return times


def measure(url: str) -> list[Figure]:
    """Measure on a log of a million events."""
    size = copy_in(url, COMPLAINTS)
    database = Database(url, connections=2)
    with tempfile.TemporaryDirectory(prefix="lapor-bench-") as folder:
        kept = Path(folder) / "checkpoints"
        sealer = Sealer(database, key=Path(folder) / "signing", kept=kept)
        began = time.perf_counter()
        sealer.checkpoint()
        sealing = (time.perf_counter() - began) / size * 1e6
        began = time.perf_counter()
        for _ in range(20):
            sealer.step()
        looking = (time.perf_counter() - began) / 20 * 1000
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE event")
        one_core, by_the_clock = _verified(url, kept, forms=False)
        with_forms, _ = _verified(url, kept, forms=True)
        proofs = _proofs(url, size)
        with database.connection() as connection:
            row = connection.execute("SELECT pg_total_relation_size('ledger_tile')").fetchone()
    database.close()
    typical, worst = statistics.median(proofs), max(proofs)
    events = f"{size:,} events"
    return [
        Figure(
            "sealing an event, in the worker",
            sealing,
            "µs",
            note=f"the first time: {events}; 0 in the append",
        ),
        Figure("a look when nothing is new", looking, "ms", note="every 5 s"),
        Figure("stored hashes", (row[0] if row else 0) / size, "bytes/event"),
        Figure(
            "verifying, of one core",
            one_core,
            "events/s",
            goal=f"≥ {_EVENTS_A_SECOND:,}",
            met=one_core >= _EVENTS_A_SECOND,
            note=f"CPU of lapor and of its backend; {by_the_clock:,.0f} a second by the clock; {events}",
        ),
        Figure("verifying with --forms, of one core", with_forms, "events/s"),
        Figure(
            "an inclusion proof",
            typical,
            "ms",
            goal=f"≤ {_PROOF_MS:.0f} ms",
            met=typical <= _PROOF_MS,
            note=f"median of {PROOFS} at {events}, read from tiles; worst {worst:.1f} ms",
        ),
    ]
