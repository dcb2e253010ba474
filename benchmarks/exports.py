"""Exporting the whole log in each format, and checking its conformance: speed, and memory at two sizes."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.figures import Figure
from benchmarks.histories import copy_in
from benchmarks.processes import peak_bytes
from lapor.domain.export import ExportFormat

COMPLAINTS = (10_000, 60_000)
_MOST_GROWTH = 1.25
_CONFORMANCE = "conformance"


def _run(url: str, folder: Path, name: str) -> tuple[float, float, float, int]:
    """Run a command; return its seconds, its CPU seconds, its peak memory in MiB, and the bytes written."""
    file = folder / name
    arguments = [_CONFORMANCE] if name == _CONFORMANCE else ["export", name, str(file)]
    env = {**os.environ, "LAPOR_DATABASE_URL": url, "LAPOR_DATA": str(folder)}
    began, used = time.monotonic(), _cpu_of_children()
    process = subprocess.Popen(
        [sys.executable, "-m", "lapor", *arguments],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = peak_bytes(process) / 2**20
    seconds, cpu = time.monotonic() - began, _cpu_of_children() - used
    if process.returncode not in {0, 1}:  # 1: the copied complaints have officers that were never appointed
        raise RuntimeError(name)
    size = file.stat().st_size if file.exists() else 0
    file.unlink(missing_ok=True)
    return seconds, cpu, peak, size


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _empty(url: str) -> None:
    with psycopg.connect(make_conninfo(url, options="-c role=lapor_owner"), autocommit=True) as connection:
        connection.execute("TRUNCATE event, vault.subject")


def measure(url: str) -> list[Figure]:
    """Measure events a second at the larger size, and memory at both."""
    ways = [*(form.value for form in ExportFormat), _CONFORMANCE]
    peaks: dict[str, list[float]] = {name: [] for name in ways}
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for complaints in COMPLAINTS:
            _empty(url)
            events = copy_in(url, complaints)
            for name in ways:
                seconds, cpu, peak, size = _run(url, Path(folder), name)
                peaks[name].append(peak)
                if complaints == COMPLAINTS[-1]:
                    note = f"{events:,} events, {size / 2**20:,.0f} MiB; {events / cpu:,.0f} events per CPU s"
                    figures.append(
                        Figure(f"{_named(name)}, one core", events / seconds, "events/s", note=note)
                    )
    for name, (small, large) in peaks.items():
        figures.append(
            Figure(
                f"{_named(name)}: most memory at once",
                large,
                "MiB",
                f"the same at {COMPLAINTS[0]:,} complaints",
                large / small,
                goal=f"≤ {_MOST_GROWTH} × at six times the size",
                met=large <= _MOST_GROWTH * small,
                note=f"resident; at {COMPLAINTS[0]:,} complaints {small:,.0f} MiB",
            )
        )
    return figures


def _named(name: str) -> str:
    return name if name == _CONFORMANCE else f"export {name}"
