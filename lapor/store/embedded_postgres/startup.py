"""The start of a server: find or start its process, wait until it answers, create the database."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import psycopg

from lapor.store.embedded_postgres.account import Account
from lapor.store.embedded_postgres.address import PORT, SOCKET, make_socket_folder, url
from lapor.store.embedded_postgres.data_folder import DataFolder
from lapor.store.embedded_postgres.errors import StillStartingError, failure
from lapor.store.embedded_postgres.process import (
    PATIENCE,
    find_postmaster,
    halt,
    is_postmaster,
    read_pid_file,
)

_KILLS = 5


class Startup:
    """Finds or starts the postmaster of a data folder, and remembers it, even if it never answered."""

    def __init__(self, data: DataFolder, settings: Mapping[str, str]) -> None:
        self.pid: int | None = None
        self.socket_folder: Path | None = None
        self._data = data
        self._settings = settings

    def bring_up(self, bin_folder: Path, account: Account) -> bool:
        """Find or start the server and make sure that it has the database; True if it was started."""
        deadline = time.monotonic() + PATIENCE
        pid = find_postmaster(self._data.cluster)
        started = pid is None or not self._wait(pid, deadline)
        if started:
            self._start(bin_folder, account, deadline)
        return started

    def _start(self, bin_folder: Path, account: Account, deadline: float) -> None:
        cluster, log_file = self._data.cluster, self._data.log
        account.take(cluster)
        socket_folder = make_socket_folder(self._data, account)
        kills_left = _KILLS
        while True:
            # The server that wrote these is dead, but its pid may be another program's by now (in a container
            # pids are small and the same each time) or a zombie's, and PostgreSQL would take that for a
            # server. Children that a killed postmaster left alive are found all the same: by the shared
            # memory, whose key comes from the folder's inode.
            (cluster / "postmaster.pid").unlink(missing_ok=True)
            (socket_folder / f"{SOCKET}.lock").unlink(missing_ok=True)
            with _open_log(log_file) as log:
                before = log.seek(0, os.SEEK_END)
                pid = self.pid = self._spawn(bin_folder, account, socket_folder, log)
            if self._wait(pid, deadline):
                return
            output = _read_from(log_file, before)
            # The orphans of a killed postmaster keep its shared memory until they notice. A postmaster that
            # logs no error was killed itself, so it gets a few more tries.
            killed = "FATAL" not in output
            kills_left -= killed
            passing = "pre-existing shared memory block" in output or (killed and kills_left > 0)
            if not passing or time.monotonic() > deadline:
                raise failure(self._data.path, "could not be started", output)
            time.sleep(0.1)

    def _spawn(self, bin_folder: Path, account: Account, socket_folder: Path, log: IO[bytes]) -> int:
        """Start a postmaster that outlives this process and gets none of its signals; return its pid."""
        quoted = str(socket_folder).replace('"', '""')
        settings = {
            **self._settings,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{quoted}"',
            "unix_socket_permissions": "0700",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # Through a shell that ends at once: if the server were our child, we would have to wait for its end.
        # By the working folder `is_postmaster` knows from the first moment to which cluster it belongs.
        detached = ("/bin/sh", "-c", '"$@" >&2 & echo $!', "sh")
        cluster = self._data.cluster
        postgres = (str(bin_folder / "postgres"), "-D", str(cluster), *words)
        return int(account.run(*detached, *postgres, log=log, cwd=cluster).stdout)

    def _wait(self, pid: int, deadline: float) -> bool:
        """Wait until the server answers (True) or has ended (False)."""
        cluster = self._data.cluster
        while is_postmaster(pid, cluster):
            status = read_pid_file(cluster)
            if len(status) > 7 and status[7].startswith("ready"):  # noqa: PLR2004 - the file's eighth line
                folder = Path(status[4])
                if not (folder / SOCKET).exists():
                    halt(pid, cluster)  # alive, but its socket was deleted: nobody can reach it any more
                    return False
                self.socket_folder = folder
                if self._answers(folder):
                    self.pid = pid
                    return True
            if time.monotonic() > deadline:
                raise StillStartingError(
                    f"The private PostgreSQL in {self._data.path} did not answer within {PATIENCE:.0f} "
                    f"seconds and may still be recovering; look into {self._data.log} and try again in a "
                    "minute."
                )
            time.sleep(0.02)
        return False

    def _answers(self, socket_folder: Path) -> bool:
        try:
            connection = psycopg.connect(url(socket_folder, "postgres"), autocommit=True, connect_timeout=5)
        except psycopg.OperationalError:
            return False
        try:
            with connection:
                if connection.execute("SELECT FROM pg_database WHERE datname = 'lapor'").fetchone() is None:
                    connection.execute("CREATE DATABASE lapor OWNER postgres TEMPLATE template0")
        except psycopg.Error as error:
            raise failure(self._data.path, "could not create its database", str(error)) from error
        return True


def _open_log(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def _read_from(path: Path, offset: int) -> str:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")
