"""Connections to PostgreSQL; every call has a deadline that works even against a silent server."""

import contextlib
import math
import select
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from lapor.domain.errors import BusyError, Refusal, UnreachableError
from lapor.store.migrate import APP

CALL_SECONDS = 4.0
_SILENCE = CALL_SECONDS + 1  # seconds: by then the server itself would have ended a statement
_INTERVAL = 0.1  # seconds between the driver's checks of the clock
_WAIT_FOR_CONNECTION = 2.0  # seconds, while other threads use all of them

_task_over_at: ContextVar[float] = ContextVar("task_over_at", default=math.inf)


def set_task_limit(seconds: float) -> None:
    """Limit the time of all calls of the current context together, from now on: a request makes several."""
    _task_over_at.set(time.monotonic() + seconds)


class Connection(psycopg.Connection[Any]):
    """A connection that gives up on a silent server: ``silence`` seconds into a statement, or at ``over_at``.

    ``statement_timeout`` and ``tcp_user_timeout`` do nothing against a server that acknowledges bytes and
    sends none. A connection that gave up is closed, because nobody knows what the server did.
    """

    over_at = math.inf
    """The end of the current call, by the monotonic clock."""
    silence = math.inf
    """Seconds. ``Database`` sets a limit; a connection opened directly has none, as its work may be long."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cursors: dict[str, psycopg.Cursor[Any]] = {}

    def rows(self, query: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> list[Any]:
        """Return all rows of a fixed statement, as tuples.

        The cursor of each statement is kept. It already knows how to send the parameters and read the rows,
        which is a third of the cost of a short statement here.
        """
        cursor = self._cursors.get(query)
        if cursor is None:
            cursor = self._cursors[query] = self.cursor(binary=True)
        return cursor.execute(query, params).fetchall()

    def wait(self, gen: Any, interval: float = _INTERVAL, timeout: float | None = None) -> Any:
        left = min(self.over_at - time.monotonic(), timeout or self.silence)
        try:
            return super().wait(gen, interval, max(left, 0.0) if left < math.inf else None)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


def _still_open(connection: psycopg.Connection[Any]) -> bool:
    """Whether an idle connection is usable: it has nothing to read unless the server closed it."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def connection_string(url: str, *, role: str = APP, seconds: float | None = CALL_SECONDS) -> str:
    """Return ``url`` with the settings of every connection of the service: the role, UTC, time-outs.

    ``seconds`` limits a statement, half of it the wait for a lock; None sets no limits.
    """
    given = conninfo_to_dict(url)
    options = [str(given.get("options") or ""), f"-c role={role}", "-c TimeZone=UTC"]
    if seconds is not None:
        milliseconds = int(seconds * 1000)
        options.append(f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds // 2}")
        # Many small queries run at once: parallel workers of one query would be taken from the others.
        options.append("-c max_parallel_workers_per_gather=0")
    return make_conninfo(
        url,
        options=" ".join(options).strip(),
        connect_timeout=given.get("connect_timeout") or 2,
        application_name=given.get("application_name") or "lapor",
    )


class Database:
    """A pool of at most ``connections`` connections in autocommit, in the service's role.

    A call that finds no idle connection opens one itself, so that it notices at once whether the server
    refuses or is back. (A pool that reconnects in the background waits longer after each failure.)
    """

    def __init__(self, url: str, *, connections: int = 8, role: str = APP) -> None:
        self.url = url
        self._conninfo = connection_string(url, role=role)
        self._places = SimpleQueue[None]()
        for _ in range(connections):
            self._places.put(None)
        self._idle: list[Connection] = []  # the one used last is taken first
        self._closed = False

    def connection(self, seconds: float = CALL_SECONDS) -> contextlib.AbstractContextManager[Connection]:
        """Return a context with a connection for one call of at most ``seconds``, the wait for it included.

        Raises ``BusyError`` (nothing was stored) or ``UnreachableError`` (it is not known whether anything
        was) in place of the driver's errors of those kinds.
        """
        return _Call(self, seconds)

    def take(self) -> Connection:
        """Return a connection whose server is still there; pass it to ``give_back``. Raises ``BusyError``."""
        try:
            self._places.get(timeout=_WAIT_FOR_CONNECTION)
        except Empty:
            raise BusyError from None  # other threads use all of them
        try:
            return self._from_idle() or self.new()
        except BaseException:
            self._places.put(None)
            raise

    def give_back(self, connection: Connection) -> None:
        """Return a connection to the pool, or close it if it is in a transaction or broken."""
        if self._closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
            connection.close()
        else:
            self._idle.append(connection)
        self._places.put(None)

    def new(self) -> Connection:
        """Return a new connection outside the pool; the caller closes it."""
        connection = Connection.connect(self._conninfo, autocommit=True, prepare_threshold=2)
        connection.silence = _SILENCE
        return connection

    def _from_idle(self) -> Connection | None:
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread took the last one
                connection = self._idle.pop()
                if _still_open(connection):
                    return connection
                connection.close()
        return None

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()


class _Call(contextlib.AbstractContextManager[Connection]):
    """One call on a connection of the pool. A class, because it costs less than a generator's context."""

    __slots__ = ("_connection", "_database", "_seconds")

    def __init__(self, database: Database, seconds: float) -> None:
        self._database, self._seconds = database, seconds

    def __enter__(self) -> Connection:
        now = time.monotonic()
        over_at = min(now + self._seconds, _task_over_at.get())
        if over_at <= now:
            raise BusyError
        try:
            self._connection = self._database.take()
        except psycopg.Error as error:
            raise _refusal_for(error) or error from error
        self._connection.over_at = over_at
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._connection.over_at = math.inf
        self._database.give_back(self._connection)
        if error is not None and (refusal := _refusal_for(error)):
            raise refusal from error


def _refusal_for(error: BaseException) -> Refusal | None:
    """Return the refusal for a driver's error; None if the error does not come from the database's state."""
    if isinstance(error, psycopg.errors.LockNotAvailable | psycopg.errors.QueryCanceled):
        return BusyError()
    if isinstance(error, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction):
        return UnreachableError()
    return None
