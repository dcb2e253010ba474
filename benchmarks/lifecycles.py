"""The load of DIGIT's published test: file, route, respond, search; steady and in spikes, with a worker.

DIGIT (eGov, PGR load test) reports 6.3 lifecycles a second and 57 % errors on 16 vCPU.
"""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks import load
from benchmarks.figures import Figure
from benchmarks.processes import cpu_seconds, serving
from lapor.domain.vocabulary import Role

CLIENTS, SECONDS = 8, 15.0
SPIKES, SPIKE_SECONDS = (1, 15, 1, 25, 2, 35, 10, 0), 5.0
_WRITES, _WRITE_SECONDS = 200, 15.0
_QUIET, _PATIENCE = 4.0, 900.0  # seconds
_POSITIONS = """
    SELECT (SELECT max(position) FROM event), (SELECT min(position) FROM projection),
           (SELECT position FROM reactor), (SELECT max(size) FROM ledger_checkpoint)
"""
_FILING = {"text": "Lampu jalan di depan pasar padam.", "consent": True, "kind": "complaint"}


@dataclass(frozen=True)
class LifecycleClients:
    """The users and the address of the service."""

    port: int
    agency: str
    coordinator: str
    liaison: str


@dataclass
class Lives:
    """Results of lifecycles: the seconds of each, and the number with an error."""

    times: list[float] = field(default_factory=list)
    errors: int = 0

    def p99(self) -> float:
        return sorted(self.times)[int(0.99 * len(self.times))] if self.times else 0.0


class Client:
    """A connection that takes complaints through their lifecycles."""

    def __init__(self, town: LifecycleClients) -> None:
        self._town = town
        self._socket = socket.create_connection(("127.0.0.1", town.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def live(self, lives: Lives) -> None:
        began = time.monotonic()
        try:
            self._life()
        except (OSError, ValueError, KeyError):
            lives.errors += 1
        else:
            lives.times.append(time.monotonic() - began)

    def _life(self) -> None:
        town = self._town
        complaint = f"/api/v1/complaints/{self._command('POST', '/api/v1/complaints', '', _FILING)['id']}"
        route = {"agency": town.agency, "category": "infrastructure", "title": "Lampu jalan padam"}
        self._command("POST", f"{complaint}/route", town.coordinator, route)
        self._command("POST", f"{complaint}/respond", town.liaison, {"text": "Sudah.", "outcome": "fixed"})
        self._command("GET", "/api/v1/complaints?q=lampu+jalan&limit=10", town.coordinator, None)

    def _command(self, method: str, path: str, token: str, body: object) -> dict[str, str]:
        said = json.dumps(body).encode() if body is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(said)}\r\nIf-Match: *\r\n"
        if said:
            head += "Content-Type: application/json\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        self._socket.sendall(head.encode() + b"\r\n" + said)
        status, answer = load.exchange(self._socket)
        if not 200 <= status < 300:
            raise ValueError(status)
        return json.loads(answer)  # type: ignore[no-any-return]

    def close(self) -> None:
        self._socket.close()


def town_of(folder: Path, port: int) -> LifecycleClients:
    """Return the demo's coordinator, and a liaison with an agency."""
    accounts = json.loads((folder / "demo.json").read_text())["accounts"]
    coordinator = next(each for each in accounts if each["role"] == Role.COORDINATOR)
    liaison = next(each for each in accounts if each["role"] == Role.LIAISON)
    return LifecycleClients(port, liaison["agency"], coordinator["token"], liaison["token"])


@contextmanager
def working(env: dict[str, str]) -> Iterator[int]:
    """Run ``lapor work``; yield its process id once it has caught up."""
    process = subprocess.Popen([sys.executable, "-m", "lapor", "work"], env={**os.environ, **env})
    try:
        _caught_up(env["LAPOR_DATABASE_URL"])
        yield process.pid
    finally:
        process.terminate()
        process.wait(15)


def _caught_up(url: str) -> None:
    """Wait until the worker is idle: all that was due is done, folded and sealed."""
    until, seen, since = time.monotonic() + _PATIENCE, None, time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < since + _QUIET:
            assert time.monotonic() < until, "the worker has not caught up"
            positions = connection.execute(_POSITIONS).fetchone() or ()
            if positions != seen or len(set(positions)) > 1:
                seen, since = positions, time.monotonic()
            time.sleep(0.1)


def steady(town: LifecycleClients) -> tuple[Lives, float]:
    """Run as many lifecycles as possible from several clients; return them, and how many a second."""
    lives, until = Lives(), time.monotonic() + SECONDS

    def run() -> None:
        client = Client(town)
        while time.monotonic() < until:
            client.live(lives)
        client.close()

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return lives, len(lives.times) / (time.monotonic() - began)


def spikes(town: LifecycleClients) -> tuple[Lives, int]:
    """Begin lifecycles at the rates of ``SPIKES``, without waiting for earlier ones.

    Return them, and how many were planned.
    """
    lives, due = Lives(), queue.SimpleQueue[bool]()

    def run() -> None:
        client = Client(town)
        while due.get():
            client.live(lives)
        client.close()

    threads = [threading.Thread(target=run) for _ in range(4 * CLIENTS)]
    for thread in threads:
        thread.start()
    planned = 0
    for rate in SPIKES:
        ends = time.monotonic() + SPIKE_SECONDS
        while time.monotonic() < ends:
            if rate:
                due.put(True)  # noqa: FBT003
                planned += 1
            time.sleep(1 / rate if rate else SPIKE_SECONDS)
    for _ in threads:
        due.put(False)  # noqa: FBT003
    for thread in threads:
        thread.join()
    return lives, planned


def lag(url: str, town: LifecycleClients, worker: int) -> tuple[list[float], float]:
    """Return the seconds from each answer until all projections hold it, and the worker's CPU share."""
    seen: list[tuple[float, int]] = []
    filed: list[tuple[float, int]] = []
    stop = threading.Event()

    def watch() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.is_set():
                row = connection.execute("SELECT min(position) FROM projection", prepare=True).fetchone()
                seen.append((time.monotonic(), row[0] if row else 0))
                time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    request = load.post("/api/v1/complaints", json.dumps(_FILING).encode(), town.port)
    before, began = cpu_seconds(worker), time.monotonic()
    with socket.create_connection(("127.0.0.1", town.port), timeout=30) as connection:
        for n in range(int(_WRITES * _WRITE_SECONDS)):
            time.sleep(max(0.0, began + n / _WRITES - time.monotonic()))
            connection.sendall(request)
            _, answer = load.exchange(connection)
            filed.append((time.monotonic(), json.loads(answer)["position"]))
    share = (cpu_seconds(worker) - before) / (time.monotonic() - began)
    time.sleep(1)
    stop.set()
    watcher.join()
    lags, at = [], 0
    for moment, position in filed:
        while at < len(seen) - 1 and seen[at][1] < position:
            at += 1
        lags.append(max(0.0, seen[at][0] - moment))
    return lags, share


def measure(url: str, folder: Path, size: str) -> list[Figure]:
    """Measure on a database with the demo at some size."""
    env = {"LAPOR_DATABASE_URL": url, "LAPOR_DATA": str(folder), "LAPOR_LIMITS": "off"}
    with serving("lapor.wsgi:app", env) as (port, _), working(env) as worker:
        town = town_of(folder, port)
        lags, share = lag(url, town, worker)
        lives, rate = steady(town)
        spiked, planned = spikes(town)
    p99 = sorted(lags)[int(0.99 * len(lags))] * 1000
    return [
        Figure(
            f"live lag at {_WRITES} writes/s, {size}: p99",
            p99,
            "ms",
            goal="≤ 60 ms",
            met=p99 <= 60,
            note=f"the worker takes {share:.0%} of a core (goal 8 %), its database backend not counted",
        ),
        Figure(
            f"file, route, respond, search at {size}",
            rate,
            "lifecycles/s",
            goal="≥ 120",
            met=rate >= 120,
            note=f"{CLIENTS} clients, {lives.errors} errors, p99 of a lifecycle {lives.p99() * 1000:.0f} ms",
        ),
        Figure(
            f"the same in spikes at {size}: errors",
            spiked.errors,
            f"of {planned}",
            goal="0",
            met=not spiked.errors,
            note=f"{'→'.join(map(str, SPIKES))} lifecycles/s, p99 {spiked.p99() * 1000:.0f} ms",
        ),
    ]
