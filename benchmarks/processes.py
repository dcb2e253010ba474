"""Measured processes: starting them, and reading their CPU time and memory from the kernel."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LOOK_SECONDS = 0.02


def _stat(pid: int) -> tuple[int, float]:
    """Return a process's parent and its CPU seconds, including those of its dead children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), sum(int(ticks) for ticks in fields[11:15]) / _TICK


def _tree(roots: Iterable[int]) -> dict[int, float]:
    """Return these processes and all their descendants, with their CPU seconds."""
    stats: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stats[int(entry.name)] = _stat(int(entry.name))
    counted = set(roots)
    while True:
        below = {pid for pid, (parent, _) in stats.items() if parent in counted} - counted
        if not below:
            return {pid: stats[pid][1] for pid in counted if pid in stats}
        counted |= below


def cpu_seconds(*roots: int) -> float:
    """Return the CPU seconds of these processes and all their descendants."""
    return sum(_tree(roots).values())


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):  # it has ended
        return 0


def peak_bytes(process: subprocess.Popen[bytes]) -> int:
    """Return the peak memory of a process and all its descendants, sampled until it ends.

    It is resident memory: what several of them share is counted in each.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_resident, _tree([process.pid]))))
        time.sleep(_LOOK_SECONDS)
    return peak


def free_port() -> int:
    """Return a port below the kernel's range of ephemeral ports."""
    for port in range(18_000, 30_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError


@contextlib.contextmanager
def serving(
    target: str, env: dict[str, str], *, workers: int = 2, threads: int = 3
) -> Iterator[tuple[int, int]]:
    """Run Granian with a WSGI target, as ``lapor serve`` does; yield its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += [
        "--workers",
        str(workers),
        "--blocking-threads",
        str(threads),
        "--log-level",
        "warning",
        target,
    ]
    process = subprocess.Popen(command, env={**os.environ, **env})
    try:
        deadline = time.monotonic() + 20
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(15)
