"""POST /complaints over HTTP: requests a second, compared with its peers, and CPU time per request."""

import contextlib
import json
from collections.abc import Iterator
from statistics import median

import psycopg

from benchmarks import load
from benchmarks.figures import Figure
from benchmarks.peers import PEER_TABLES
from benchmarks.processes import cpu_seconds, serving

ROUNDS, SECONDS, CONNECTIONS = 5, 4.0, 8
BODY = json.dumps(
    {
        "text": "Lampu jalan di depan pasar padam sudah dua minggu, gelap dan rawan kecelakaan.",
        "title": "Lampu jalan padam",
        "consent": True,
        "kind": "complaint",
        "category": "infrastructure",
        "reporter": {"name": "Siti Aminah", "phone": "081234567890"},
        "place": {"village": "32.16.09.2001", "lat": -6.2613, "lon": 107.1528},
    }
).encode()


def measure(url: str, postmaster: int, data: str) -> list[Figure]:
    """Measure Lapor and its peers in alternating rounds, so that a slow phase of the machine hits all."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PEER_TABLES.encode())
    env = {"LAPOR_DATABASE_URL": url, "LAPOR_DATA": data, "LAPOR_LIMITS": "off"}
    targets = {
        "ours": ("lapor.wsgi:app", env),
        "same door": ("benchmarks.peers:app", {**env, "LAPOR_PEER": "same_door"}),
        "CRUD": ("benchmarks.peers:app", {**env, "LAPOR_PEER": "crud"}),
        "bare": ("benchmarks.peers:app", {**env, "LAPOR_PEER": "bare"}),
    }
    runs: dict[str, list[load.Run]] = {name: [] for name in targets}
    cpu: dict[str, list[float]] = {name: [] for name in targets}
    with _all(targets) as servers:
        for round_number in range(ROUNDS + 1):
            for name, (port, pid) in servers.items():
                request = load.post("/api/v1/complaints", BODY, port)
                before = cpu_seconds(pid, postmaster)
                run = load.drive(port, request, connections=CONNECTIONS, seconds=SECONDS)
                spent = cpu_seconds(pid, postmaster) - before
                if round_number:  # the first round warms up
                    runs[name].append(run)
                    cpu[name].append(spent / len(run.times))
    return _figures(runs, cpu)


@contextlib.contextmanager
def _all(targets: dict[str, tuple[str, dict[str, str]]]) -> Iterator[dict[str, tuple[int, int]]]:
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(serving(*target)) for name, target in targets.items()}


def _figures(runs: dict[str, list[load.Run]], cpu: dict[str, list[float]]) -> list[Figure]:
    rate = {name: median(run.rate for run in each) for name, each in runs.items()}
    milliseconds = {name: median(each) * 1000 for name, each in cpu.items()}
    errors = sum(run.errors for each in runs.values() for run in each)
    note = f"{CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:.0f} s by turns, {errors} errors"
    found = [
        _ratio("create", rate, "same door", goal="≥ 0.5 of the same door", least=0.5, note=note),
        _ratio("create", rate, "CRUD", goal="≥ 0.6 of CRUD", least=0.6),
        _ratio("create", rate, "bare"),
        Figure(
            "create: CPU, service and database",
            milliseconds["ours"],
            "ms/request",
            goal="≤ 1.5 ms",
            met=milliseconds["ours"] <= 1.5,
            note=f"same door {milliseconds['same door']:.2f}, bare {milliseconds['bare']:.2f}",
        ),
        Figure("create: p99", median(run.percentile(0.99) for run in runs["ours"]) * 1000, "ms"),
    ]
    return found + [
        Figure(f"create, {name}", rate[name], "requests/s") for name in ("same door", "CRUD", "bare")
    ]


def _ratio(
    name: str, rate: dict[str, float], peer: str, *, goal: str = "", least: float = 0.0, note: str = ""
) -> Figure:
    ratio = rate["ours"] / rate[peer]
    met: bool | None = ratio >= least if goal else None
    return Figure(
        f"{name} ÷ {peer}", rate["ours"], "requests/s", f"create, {peer}", ratio, goal or None, met, note
    )
