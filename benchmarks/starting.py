"""``lapor up`` on a folder that was prepared before: the time until the first answer."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.processes import cpu_seconds, free_port

ROUNDS = 5
_LAPOR = [sys.executable, "-m", "lapor"]
_PATIENCE = 60.0  # seconds


def measure() -> list[Figure]:
    """Measure the seconds from the command to its first 200, and until it is ready."""
    with tempfile.TemporaryDirectory(prefix="lapor-start-") as folder:
        Path(folder).chmod(0o711)
        env = {name: value for name, value in os.environ.items() if not name.startswith("LAPOR_")}
        env["LAPOR_DATA"] = f"{folder}/data"
        subprocess.run([*_LAPOR, "migrate"], env=env, check=True, capture_output=True)
        rounds = [_start(env) for _ in range(ROUNDS)]
    lives, readies, cpu = ([each[place] for each in rounds] for place in range(3))
    note = f"best of {ROUNDS}, median {median(lives):.2f}, worst {max(lives):.2f}; CPU {min(cpu):.1f} s"
    return [
        Figure("up: first 200", min(lives), "s", goal="≤ 5 s", met=min(lives) <= 5, note=note),
        Figure(
            "up: ready",
            min(readies),
            "s",
            goal="≤ 5 s",
            met=min(readies) <= 5,
            note=f"/health/ready; median {median(readies):.2f}, worst {max(readies):.2f}",
        ),
    ]


def _start(env: dict[str, str]) -> tuple[float, float, float]:
    """Return the seconds until it is alive, until it is ready, and its CPU seconds until then."""
    port, began = free_port(), time.monotonic()
    with _up(env, port) as process:
        live = _seconds_until(f"http://127.0.0.1:{port}/health/live", began)
        ready = _seconds_until(f"http://127.0.0.1:{port}/health/ready", began)
        return live, ready, cpu_seconds(process.pid)


@contextlib.contextmanager
def _up(env: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [*_LAPOR, "up", "--port", str(port)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _seconds_until(url: str, began: float) -> float:
    """Wait until this address answers 200. Raises ``TimeoutError``."""
    while (seconds := time.monotonic() - began) < _PATIENCE:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return time.monotonic() - began
        time.sleep(0.01)
    raise TimeoutError(f"{url} did not answer 200 within {seconds:.0f} s.")
