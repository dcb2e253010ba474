"""A primary and its streaming standby, from the binaries of the private PostgreSQL, and their fail-over."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict

from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.embedded_postgres.binaries import find_binaries
from lapor.store.embedded_postgres.process import find_postmaster

from .service import command_line, descendants
from .slack import slack

SETTINGS = {
    "fsync": "off",  # processes are killed here, not machines
    "shared_buffers": "32MB",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "500ms",
}
PATIENCE = 20.0


class Node:
    """One server of the pair; it keeps its place, and so its address, however often it is made again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: EmbeddedPostgres | None = None

    def start(self) -> None:
        self._running = EmbeddedPostgres(self.folder, settings=SETTINGS)
        self._running.__enter__()

    def stop(self) -> None:
        if self._running is not None:
            self._running.__exit__()
            self._running = None

    def follow(self, primary: "Node") -> None:
        """Become a standby of another, which loses all that was here."""
        self.die()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        copy: list[str | Path] = [
            find_binaries() / "pg_basebackup",
            "-D",
            self.folder / "postgres",
            "-d",
            primary.url,
        ]
        copy += ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        subprocess.run(copy, check=True, capture_output=True, timeout=60)
        self.start()

    @property
    def url(self) -> str:
        """The address of this server, whether it is primary or standby."""
        assert self._running is not None
        return self._running.url

    def command(self, question: LiteralString, *values: Any) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(question, values).fetchone()
        return found[0] if found else None

    def do(self, *statements: LiteralString) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def processes(self) -> list[int]:
        """Its living processes, the postmaster first."""
        postmaster = find_postmaster(self.folder / "postgres")
        return [postmaster, *descendants(postmaster)] if postmaster else []

    def be_silent(self) -> None:
        """Take what is sent, and neither answer nor do anything, as when its machine hangs."""
        for most in (1, None):  # the first starts no more of the others
            for pid in self.processes()[:most]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)

    def die(self) -> None:
        """Kill -9 of all its processes at one moment, as when its machine loses its power."""
        self.be_silent()
        victims = self.processes()
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        eventually(lambda: not any(command_line(pid) for pid in victims), "all of it is gone")

    def be_deaf(self) -> None:
        """Receive nothing more, as a standby: what is committed from now on is not here."""
        self.do("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        eventually(
            lambda: not self.command("SELECT count(*) FROM pg_stat_wal_receiver"), "it receives nothing"
        )


class Pair:
    """Two servers, one of which leads. The same URL finds whichever that is."""

    def __init__(self, folder: Path) -> None:
        self.primary, self.standby = Node(folder / "a"), Node(folder / "b")
        self.primary.start()
        self.url = two_hosts(self.primary)
        self.standby.follow(self.primary)

    def be_synchronous(self) -> None:
        """Let commits wait for the standby, once it is there."""
        self.primary.do("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        eventually(self.is_synchronous, "the standby is synchronous")

    def be_asynchronous(self) -> None:
        self.primary.do("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")

    def is_synchronous(self) -> bool:
        return bool(
            self.primary.command("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
        )

    def promote(self) -> None:
        """Let the standby lead, and commit alone: what Patroni does while there is no other."""
        self.primary, self.standby = self.standby, self.primary
        self.primary.do("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_promote()")

    def mend(self) -> None:
        """Make the server that was lost the standby of the one that leads."""
        self.standby.follow(self.primary)

    def stop(self) -> None:
        for node in (self.primary, self.standby):
            node.die()
            node.stop()


def two_hosts(first: Node) -> str:
    """A URL of libpq's that names both servers and asks for the one that takes writes."""
    host = Path(str(conninfo_to_dict(first.url)["host"]))
    hosts = f"{host},{host.parent.parent / 'b' / host.name}"
    return f"postgresql://postgres@/lapor?host={hosts}&port=5432,5432&target_session_attrs=read-write"


def eventually(command: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE * slack()
    while not command():
        assert time.monotonic() < until, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.02)
