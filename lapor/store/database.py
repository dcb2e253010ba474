"""Connections to PostgreSQL, each call with a deadline that holds even against a silent server."""

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
_INTERVAL = 0.1  # seconds between the driver's looks at the clock
_PATIENCE = 2.0  # seconds to wait for a connection that others use

_all_over_at: ContextVar[float] = ContextVar("all_over_at", default=math.inf)


def all_within(seconds: float) -> None:
    """Let all calls of this thread's current task together take no longer: a request makes several."""
    _all_over_at.set(time.monotonic() + seconds)


class Connection(psycopg.Connection[Any]):
    """Gives up on a server that says nothing: after ``silence`` at a statement, and when the call is over.

    ``statement_timeout`` and ``tcp_user_timeout`` do nothing against one that acknowledges bytes and says
    nothing. What was given up is closed: it is not known what the server did.
    """

    over_at = math.inf
    """When the call is over, by the monotonic clock."""
    silence = math.inf
    """Seconds; those of a pool give up, who opens one himself may have work that takes its time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cursors: dict[str, psycopg.Cursor[Any]] = {}

    def rows(self, query: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> list[Any]:
        """All rows that one of the fixed statements tells, each a tuple.

        Its cursor is kept: one that does the same again knows how to send and read it already, which is a
        third of what a short statement costs here.
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
        self._conninfo = connection_string(url, role=role)
        self._places = SimpleQueue[None]()
        for _ in range(connections):
            self._places.put(None)
        self._idle: list[Connection] = []  # what was used last is taken first
        self._closed = False

    def connection(self, seconds: float = CALL_SECONDS) -> contextlib.AbstractContextManager[Connection]:
        """A connection for one call of at most ``seconds``, the wait for it included.

        Raises ``BusyError`` (nothing stored) or ``UnreachableError`` (not known) in place of the
        driver's errors of those kinds.
        """
        return _Call(self, seconds)

    def take(self) -> Connection:
        """A connection whose server is still there, to be given back. Raises ``BusyError``."""
        try:
            self._places.get(timeout=_PATIENCE)
        except Empty:
            raise BusyError from None  # others use all of them
        try:
            return self._from_idle() or self.new()
        except BaseException:
            self._places.put(None)
            raise

    def give_back(self, connection: Connection) -> None:
        """Let others have it, if it is still good."""
        if self._closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
            connection.close()
        else:
            self._idle.append(connection)
        self._places.put(None)

    def new(self) -> Connection:
        """A connection that is nobody else's; whoever asked for it closes it."""
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
    """One call on a connection of the pool: written out, as every request makes several."""

    __slots__ = ("_connection", "_database", "_seconds")

    def __init__(self, database: Database, seconds: float) -> None:
        self._database, self._seconds = database, seconds

    def __enter__(self) -> Connection:
        now = time.monotonic()
        over_at = min(now + self._seconds, _all_over_at.get())
        if over_at <= now:
            raise BusyError
        try:
            self._connection = self._database.take()
        except psycopg.Error as error:
            raise _meant(error) or error from error
        self._connection.over_at = over_at
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._connection.over_at = math.inf
        self._database.give_back(self._connection)
        if error is not None and (meant := _meant(error)):
            raise meant from error


def _meant(error: BaseException) -> Refusal | None:
    """What an error of the driver means for the caller; None where it is not of the database's state."""
    if isinstance(error, psycopg.errors.LockNotAvailable | psycopg.errors.QueryCanceled):
        return BusyError()
    if isinstance(error, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction):
        return UnreachableError()
    return None
