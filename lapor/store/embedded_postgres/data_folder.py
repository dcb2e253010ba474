"""The data folder, its layout and its locks.

Layout of the folder::

    postgres/       the cluster
    postgres.log    the server's log
    run/            its socket, guarded by the folder's mode, 0700
    socket          names another folder with the socket, if the path of run/ is too long for one
    start.lock      held while a process starts or stops the server
    users.lock      held, shared, by every process that uses it; the last one out stops the server

The locks are ``flock``s: they vanish with their holder, also after ``kill -9``. A server left running by a
killed user is found and used by the next; one that was killed itself recovers when it is started again.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class DataFolder:
    """The paths of one embedded PostgreSQL, and its locks."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.cluster = self.path / "postgres"
        self.log = self.path / "postgres.log"
        self.run = self.path / "run"
        self.socket = self.path / "socket"
        self._start_lock = self.path / "start.lock"
        self._users_lock = self.path / "users.lock"

    def make(self) -> None:
        with suppress(FileExistsError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700)

    def has_cluster(self) -> bool:
        return (self.cluster / "PG_VERSION").exists()

    @contextmanager
    def start_lock(self) -> Iterator[None]:
        """Hold the right to start and stop the server; waits while another process has it."""
        lock = _open_lock(self._start_lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def open_users_lock(self) -> int:
        """Return a descriptor of users.lock, not yet locked."""
        return _open_lock(self._users_lock)


def _open_lock(path: Path) -> int:
    """Open a lock file; its descriptor is not inherited by any program (PEP 446)."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
