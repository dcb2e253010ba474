"""Two PostgreSQL servers: one follows the other, and takes its place when that dies."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psycopg

from lapor.store.private_server.account import choose_account
from lapor.store.private_server.binaries import find_binaries
from lapor.store.private_server.cluster import create_cluster
from lapor.store.private_server.folder import DataFolder

SETTINGS = {"shared_buffers": "32MB", "listen_addresses": "", "hot_standby_feedback": "on"}
PATIENCE = 30.0


class Server:
    """One cluster in a folder of its own, on a Unix socket there."""

    def __init__(self, folder: Path) -> None:
        self.data = DataFolder(folder)
        self.data.make()
        self.data.run.mkdir(mode=0o700, exist_ok=True)
        self._bin = find_binaries()
        self._account = choose_account(self.data, self._bin)
        self._account.take(self.data.run)
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "lapor") -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.data.run), safe='')}&port=5432"

    def make(self) -> None:
        """A new cluster with an empty database."""
        create_cluster(self.data, self._bin, self._account, {})
        self.start()
        self.ask("CREATE DATABASE lapor OWNER postgres TEMPLATE template0", database="postgres")

    def follow(self, other: "Server") -> None:
        """A copy of another server, which follows it from then on; in place of what was here."""
        self.kill()
        shutil.rmtree(self.data.cluster, ignore_errors=True)
        copied = self._account.run(
            str(self._bin / "pg_basebackup"),
            *("-D", str(self.data.cluster), "-d", f"{other.url('postgres')}&application_name=standby"),
            *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
        )
        assert copied.returncode == 0, copied.stderr
        self.start()

    def start(self) -> None:
        words = {**SETTINGS, "unix_socket_directories": str(self.data.run)}
        options = [word for name, value in words.items() for word in ("-c", f"{name}={value}")]
        with self.data.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._account.prefix, str(self._bin / "postgres"), "-D", str(self.data.cluster), *options],
                user=self._account.uid,
                group=self._account.gid,
                cwd="/",
                env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.OperationalError):
                self.ask("SELECT 1", database="postgres")
                return
            time.sleep(0.02)
        raise AssertionError(self.data.log.read_text()[-2000:])

    def ask(self, statement: str, *, database: str = "lapor") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        """Kill -9 all of it, as a machine dies."""
        if self._process is None:
            return
        for pid in (*self.processes(""), self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        self._process = None

    def processes(self, doing: str) -> list[int]:
        """The server's own processes whose title names what they are doing."""
        if self._process is None:
            return []
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [int(pid) for pid in listed if doing in Path(f"/proc/{pid}/cmdline").read_text()]


class Pair:
    """A primary and a standby; with ``sync`` no commit is acknowledged that the standby does not have."""

    def __init__(self, folder: Path, *, sync: bool) -> None:
        folder.chmod(0o711)
        self.primary, self.standby = Server(folder / "a"), Server(folder / "b")
        self._sync = sync
        hosts = ",".join(str(each.data.run) for each in (self.primary, self.standby))
        self.url = (
            f"postgresql://postgres@/lapor?host={quote(hosts, safe='')}&port=5432,5432"
            "&target_session_attrs=read-write"
        )

    def __enter__(self) -> Self:
        try:
            self.primary.make()
            self._attach()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        for each in (self.primary, self.standby):
            each.kill()

    def _attach(self) -> None:
        """Let the standby follow the primary, and the primary wait for it, where that was asked for."""
        self.standby.follow(self.primary)
        until = time.monotonic() + PATIENCE
        while not self.primary.ask("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"):
            assert time.monotonic() < until, "the standby does not stream"
            time.sleep(0.02)
        if self._sync:
            self.primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.primary.ask("SELECT pg_reload_conf()")
            while not self.primary.ask("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
                assert time.monotonic() < until, "the standby is not synchronous"
                time.sleep(0.02)

    def fail_over(self) -> None:
        """Kill the primary and promote the standby; the roles are exchanged."""
        self.primary.kill()
        self.primary, self.standby = self.standby, self.primary
        self.primary.ask("SELECT pg_promote(wait => true)")

    def replace(self) -> None:
        """Let what is left of the old primary become a standby of the new one."""
        self._attach()
