"""Connections to PostgreSQL, each call with a deadline that holds even against a silent server."""

import contextlib
import math
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from lapor.domain.errors import BusyError, UnreachableError
from lapor.store.migrate import APP

CALL_SECONDS = 4.0
_SILENCE = CALL_SECONDS + 1  # seconds: by then the server itself would have ended a statement
_PATIENCE = 2.0  # seconds to wait for a connection that others use
_TICK = 0.1


_all_over_at: ContextVar[float] = ContextVar("all_over_at", default=math.inf)


def all_within(seconds: float) -> None:
    """Let all calls of this thread's current task together take no longer: a request makes several."""
    _all_over_at.set(time.monotonic() + seconds)


class _Keeper:
    """Ends calls that outlive their deadline by shutting their socket.

    ``statement_timeout`` and ``tcp_user_timeout`` do nothing against a server that acknowledges bytes
    and says nothing; shutting the descriptor from another thread ends the call at once.
    """

    def __init__(self) -> None:
        self._calls: dict[object, tuple[float, psycopg.Connection[Any]]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watch(self, connection: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
        call = object()
        with self._lock:
            self._calls[call] = (time.monotonic() + seconds, connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="database-deadlines", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._calls.pop(call, None)

    def _run(self) -> None:
        while True:
            time.sleep(_TICK)
            now = time.monotonic()
            with self._lock:
                late = [call for call, (deadline, _) in self._calls.items() if deadline < now]
                for call in late:
                    _, connection = self._calls.pop(call)
                    with contextlib.suppress(OSError, psycopg.Error):
                        _shut(connection.fileno())


class _Connection(psycopg.Connection[Any]):
    """Notices a silent server at each statement: a batch of them may rightly take longer."""

    keeper: _Keeper

    def wait(self, *args: Any, **kwargs: Any) -> Any:
        with self.keeper.watch(self, _SILENCE):
            return super().wait(*args, **kwargs)


def _shut(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        copy.shutdown(socket.SHUT_RDWR)


def _still_open(connection: psycopg.Connection[Any]) -> bool:
    """An idle connection has nothing to read; if it has, the server has gone (or said so)."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def connection_string(url: str, *, role: str = APP, seconds: float | None = CALL_SECONDS) -> str:
    """``url`` with what every connection of ours sets: the role, UTC, time-outs."""
    known = conninfo_to_dict(url)
    options = [str(known.get("options") or ""), f"-c role={role}", "-c TimeZone=UTC"]
    if seconds is not None:
        milliseconds = int(seconds * 1000)
        options.append(f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds // 2}")
        # Many ask for little at once: helpers that one query starts are taken from the others.
        options.append("-c max_parallel_workers_per_gather=0")
    return make_conninfo(
        url,
        options=" ".join(options).strip(),
        connect_timeout=known.get("connect_timeout") or 2,
        application_name=known.get("application_name") or "lapor",
    )


class Database:
    """At most ``connections`` connections in autocommit, as the service's role.

    Opened by whoever finds none idle: a server that refuses is known at once, and one that is back is
    used at once. (A pool that reconnects in the background waits longer after each failure.)
    """

    def __init__(self, url: str, *, connections: int = 8, role: str = APP) -> None:
        self.url = url
        self._keeper = _Keeper()
        self._conninfo = connection_string(url, role=role)
        self._places = threading.BoundedSemaphore(connections)
        self._idle: list[_Connection] = []  # what was used last is taken first
        self._closed = False

    @contextlib.contextmanager
    def connection(self, seconds: float = CALL_SECONDS) -> Iterator[psycopg.Connection[Any]]:
        """A connection for one call of at most ``seconds``, the wait for it included.

        Raises ``BusyError`` (nothing stored) or ``UnreachableError`` (not known) in place of the
        driver's errors of those kinds.
        """
        now = time.monotonic()
        deadline = min(now + seconds, _all_over_at.get())
        if deadline <= now:
            raise BusyError
        with (
            _honest(),
            self._taken() as connection,
            self._keeper.watch(connection, deadline - time.monotonic()),
        ):
            yield connection

    @contextlib.contextmanager
    def _taken(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection whose server is still there."""
        if not self._places.acquire(timeout=_PATIENCE):
            raise BusyError  # others use all of them
        try:
            connection = self._from_idle() or self._new()
            try:
                yield connection
            finally:
                if self._closed or connection.info.transaction_status is not TransactionStatus.IDLE:
                    connection.close()
                else:
                    self._idle.append(connection)
        finally:
            self._places.release()

    def _new(self) -> _Connection:
        connection = _Connection.connect(self._conninfo, autocommit=True, prepare_threshold=2)
        connection.keeper = self._keeper
        return connection

    def _from_idle(self) -> _Connection | None:
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread took the last one
                connection = self._idle.pop()
                if _still_open(connection):
                    return connection
                connection.close()
        return None

    def watch(
        self, connection: psycopg.Connection[Any], seconds: float = CALL_SECONDS
    ) -> contextlib.AbstractContextManager[None]:
        """The same deadline for a call on a connection that is not the pool's."""
        return self._keeper.watch(connection, seconds)

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()


@contextlib.contextmanager
def _honest() -> Iterator[None]:
    """The driver's errors as what they mean for the caller."""
    try:
        yield
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
        raise BusyError from error
    except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise UnreachableError from error
