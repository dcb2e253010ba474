"""Helpers for tests of the embedded PostgreSQL: use it in this or another process, query it, inspect it."""

import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from lapor.store.embedded_postgres import EmbeddedPostgres

from ..faults.slack import slack

Use = Callable[[], tuple[subprocess.Popen[str], int]]

FAST = {"fsync": "off", "shared_buffers": "16MB"}
ENV = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
USER = """
import sys
from pathlib import Path
from lapor.store.embedded_postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off", "shared_buffers": "16MB"}) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


def server(folder: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder, settings=FAST)


def another_user(folder: Path) -> subprocess.Popen[str]:
    """Start another process that uses the server, prints the postmaster's id and ends with its input."""
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        env=ENV,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def eventually(holds: Callable[[], bool], within: float = 5.0) -> bool:
    deadline = time.monotonic() + within * slack()
    while not (answer := holds()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return answer


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {
            "Z",
            "X",
        }  # X: being reaped
    except FileNotFoundError:
        return False


def pid_of(it: EmbeddedPostgres) -> int:
    assert it.pid is not None
    return it.pid


def command(it: EmbeddedPostgres, question: str) -> tuple[object, ...]:
    with psycopg.connect(it.url) as connection:
        answer = connection.execute(question.encode()).fetchone()
    assert answer is not None
    return answer


def do(it: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(it.url) as connection:
        connection.execute(statement.encode())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def open_to_passage() -> Iterator[Path]:
    """Make a folder that the user nobody can enter: root may have to run the server as nobody."""
    with tempfile.TemporaryDirectory(prefix="lapor-test-") as name:
        place = Path(name)
        place.chmod(0o711)
        yield place
