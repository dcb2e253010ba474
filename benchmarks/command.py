"""A command on a complaint of ten events, compared with an UPDATE of a row; and the cost of loading a stream.

Each request adds a note to another complaint: it is loaded and checked, and its new event is appended.
"""

import itertools
import json
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from operator import truediv
from pathlib import Path
from statistics import median
from uuid import UUID

import psycopg

from benchmarks import load
from benchmarks.figures import Figure
from benchmarks.peers import PEER_TABLES
from benchmarks.processes import cpu_seconds, serving
from benchmarks.scale import fill
from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.domain.vocabulary import Role
from lapor.store.event_log import RecordedEvent

COMPLAINTS, ROUNDS, SECONDS, CONNECTIONS = 60_000, 10, 1.0, 8
_WARMING = 2  # rounds before those that count
_LENGTH = 10
_STREAMS = "SELECT stream FROM event GROUP BY stream HAVING max(version) BETWEEN %s AND %s"
_READ_ALL = "SELECT sum(length(state)) FROM event"
_NOTED = "lapor.complaint.noted"
_NOTE = json.dumps({"text": "Dicek di lapangan, menunggu suku cadang dari gudang."}).encode()
_PEERS = {"same door, UPDATE": "same_door", "CRUD": "crud", "CRUD that asks whose token it is": "asking"}
_GOALS = {5: 0.2, 50: 0.6, 500: 4.0}


def measure(url: str, postmaster: int) -> list[Figure]:
    """Measure Lapor and its peers in short alternating rounds: a slow phase of the machine hits all."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        running, tokens = fill(url, Path(folder), COMPLAINTS)
        token = tokens[Role.COORDINATOR]
        running.database.close()
        with psycopg.connect(url, autocommit=True) as connection:
            streams = [row[0] for row in connection.execute(_STREAMS, [_LENGTH - 1, _LENGTH + 1])]
            connection.execute(PEER_TABLES.encode())
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO peer VALUES (%s, %s)", [(each, b"x" * 700) for each in streams]
                )
            connection.execute(
                _READ_ALL
            )  # warm the cache: the peers' rows were just written, and are in memory too
        env = {"LAPOR_DATABASE_URL": url, "LAPOR_DATA": folder, "LAPOR_LIMITS": "off"}
        ports = {"ours": servers.enter_context(serving("lapor.wsgi:app", env))}
        env["LAPOR_PEER_ANSWER"] = _complaint(streams[0], token, ports["ours"][0])
        with psycopg.connect(url, autocommit=True) as connection:
            answer = env["LAPOR_PEER_ANSWER"].encode()
            connection.execute("INSERT INTO peer_complaint SELECT id, %s FROM peer", [answer])
        for name, peer in _PEERS.items():
            ports[name] = servers.enter_context(serving("benchmarks.peers:app", {**env, "LAPOR_PEER": peer}))
        rates: dict[str, list[float]] = {name: [] for name in ports}
        milliseconds: list[float] = []
        once = iter(streams)  # each complaint gets one note, so that its length stays the same
        for number in range(_WARMING + ROUNDS):
            for name, (port, pid) in ports.items():
                asked = once if name == "ours" else itertools.cycle(streams)
                before = cpu_seconds(pid, postmaster)
                run = load.drive_each(
                    port, _requests(asked, token, port), connections=CONNECTIONS, seconds=SECONDS
                )
                spent = cpu_seconds(pid, postmaster) - before
                assert run.errors == 0, f"{name}: {run.errors} errors"
                if number >= _WARMING:
                    rates[name].append(run.rate)
                    if name == "ours":
                        milliseconds.append(spent / len(run.times) * 1000)
        return [*_figures(rates, milliseconds), *_loading(url)]


def _complaint(stream: UUID, token: str, port: int) -> str:
    """Return Lapor's answer about a complaint, which the peers answer with."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(load.get(f"/api/v1/complaints/{stream}", token, port))
        return load.exchange(connection)[1].decode()


def _requests(streams: Iterator[UUID], token: str, port: int) -> Iterator[bytes]:
    for stream in streams:
        path = f"/api/v1/complaints/{stream}/note"
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(_NOTE)}\r\n\r\n"
        yield head.encode() + _NOTE


def _figures(rates: dict[str, list[float]], milliseconds: list[float]) -> list[Figure]:
    rate = {name: median(each) for name, each in rates.items()}
    ratios = {name: median(map(truediv, rates["ours"], each)) for name, each in rates.items()}
    note = f"{CONNECTIONS} connections; CPU {median(milliseconds):.2f} ms/request, database included"
    found = []
    for peer, least in zip(_PEERS, (0.4, 0.6, None), strict=True):
        ratio = ratios[peer]
        found.append(
            Figure(
                f"command on {_LENGTH} events ÷ {peer}",
                rate["ours"],
                "requests/s",
                peer,
                ratio,
                f"≥ {least}" if least else None,
                ratio >= least if least else None,
                note,
            )
        )
    return found + [Figure(f"command, {name}", rate[name], "requests/s") for name in rate if name != "ours"]


def _loading(url: str) -> list[Figure]:
    """Return milliseconds to fold a stream that has been read. Long ones are a short one with notes."""
    with psycopg.connect(url) as connection:
        query = f"{_STREAMS} AND bool_or(topic = %s) LIMIT 1"
        asked = [_LENGTH - 1, _LENGTH + 2, _NOTED]
        (stream,) = connection.execute(query.encode(), asked).fetchone() or (None,)
        found_rows = connection.execute(
            "SELECT position, stream, version, topic, state FROM event WHERE stream = %s ORDER BY version",
            [stream],
        )
        rows = [RecordedEvent(*row) for row in found_rows]
    noted = next(row for row in rows if row.topic == _NOTED)
    found = []
    for length, goal in _GOALS.items():
        stored = rows[:length]
        stored += [
            RecordedEvent(noted.position, noted.stream, version, noted.topic, noted.state)
            for version in range(len(stored) + 1, length + 1)
        ]
        times = []
        for _ in range(50):
            began = time.perf_counter()
            ComplaintDetails.of(row.event() for row in stored)
            times.append((time.perf_counter() - began) * 1000)
        found.append(
            Figure(
                f"loading a stream of {length}",
                median(times),
                "ms",
                goal=f"≤ {goal} ms",
                met=median(times) <= goal,
            )
        )
    return found
