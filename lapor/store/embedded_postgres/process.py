"""A cluster's postmaster: how its process is found, by its pid file and /proc, and how it is stopped."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 60.0  # seconds for a start, with crash recovery, and for a stop


def read_pid_file(cluster: Path) -> list[str]:
    """Return postmaster.pid's lines: pid, folder, start, port, socket's folder, address, memory, status."""
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []


def find_postmaster(cluster: Path) -> int | None:
    """Return the process id of this cluster's living postmaster, whichever process started it."""
    first = read_pid_file(cluster)[:1]
    pid = int(first[0]) if first and first[0].isdecimal() else None
    return pid if pid is not None and is_postmaster(pid, cluster) else None


def is_postmaster(pid: int, cluster: Path) -> bool:
    """Whether `pid` lives and is the postmaster of `cluster`, not a zombie or another program."""
    with suppress(ChildProcessError):  # as PID 1 this process inherits orphans and has to reap them
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/cwd").samefile(cluster)  # a postmaster stays in its cluster
    except FileNotFoundError:
        return cluster.exists() and not Path("/proc/self").exists()  # no /proc on macOS; else a zombie
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's: root without the right to trace sees only its name
        with suppress(OSError):
            return os.geteuid() == 0 and b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
        return False


def halt(pid: int, cluster: Path) -> None:
    """Stop the server fast, which ends its connections; at once, if that takes too long."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        deadline = time.monotonic() + PATIENCE
        if is_postmaster(pid, cluster):
            os.kill(pid, number)
        while is_postmaster(pid, cluster) and time.monotonic() < deadline:
            time.sleep(0.01)
