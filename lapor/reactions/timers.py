"""Timers of complaints: an index over the log, and the position up to which the log was followed."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from lapor.domain.complaint import ScheduledAction
from lapor.domain.vocabulary import Step
from lapor.store.database import Connection, Database
from lapor.store.pg_arrays import IntArray, TextArray, UuidArray

_SECONDS = 30.0  # for a batch; its statements have the time-out of all others

# An index that is lost in a crash is computed again from the log, so commits need not wait for the disk.
_LOCK = """
    SELECT set_config('synchronous_commit', 'off', true),
           pg_advisory_xact_lock(hashtextextended(current_schema() || '.lapor_timers', 0))
"""
_DELETE = """
    WITH mended AS (DELETE FROM timer_failure WHERE stream = ANY(%(streams)s))
    DELETE FROM timer WHERE stream = ANY(%(streams)s)
"""
_ADD = """
    INSERT INTO timer (stream, step, n, share, agency, fire_at)
    SELECT * FROM unnest(%b::uuid[], %b::text[], %b::int[], %b::int[], %b::uuid[], %b::timestamptz[])
"""
_FAILED = "INSERT INTO timer_failure (stream, failure) SELECT * FROM unnest(%b::uuid[], %b::text[])"
_DUE = """
    SELECT stream, step, n, share, agency, fire_at FROM timer
     WHERE fire_at <= %(now)s AND (agency = ANY(%(agencies)s) OR (agency IS NULL AND %(office)s))
     ORDER BY fire_at, share, stream, step, n LIMIT %(limit)s
"""
_PLACE = "SELECT position, leaf FROM reactor"
_AT_HEAD = "SELECT position = (SELECT coalesce(max(position), 0) FROM event) FROM reactor"
_MOVE = """
    INSERT INTO reactor (position, leaf) VALUES (%s, %s)
    ON CONFLICT (sole) DO UPDATE SET position = EXCLUDED.position, leaf = EXCLUDED.leaf
"""
_BEAT = """
    UPDATE reactor SET beat_at = now(), late = %s, fired_at = coalesce(%s, fired_at)
"""
_STATE = """
    SELECT extract(epoch FROM now() - beat_at)::float, extract(epoch FROM late)::float, fired_at,
           (SELECT count(*) FROM timer WHERE fire_at <= %(now)s),
           (SELECT min(fire_at) FROM timer WHERE fire_at > %(now)s),
           (SELECT count(*) FROM timer_failure),
           (SELECT coalesce(max(position), 0) FROM event) - position
      FROM reactor
"""


class Timer(NamedTuple):
    """A complaint's scheduled action, which has a time."""

    stream: UUID
    action: ScheduledAction


@dataclass(frozen=True, slots=True)
class LogPlace:
    """The position up to which the log was followed, and the leaf of the event there."""

    position: int
    leaf: bytes | None


@dataclass(frozen=True, slots=True)
class SchedulerState:
    """The scheduler's state for operators; instants in UTC by the service's clock.

    ``late_seconds``: how long the oldest timer waits that could be fired; ``due`` also counts those that wait
    for an agency to open. ``failed`` counts complaints, ``lag`` events that were not followed yet.
    """

    seconds_since_beat: float
    late_seconds: float
    fired_at: datetime | None
    due: int
    next_at: datetime | None
    failed: int
    lag: int


class Timers:
    """The index in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextlib.contextmanager
    def transaction(self) -> Iterator["TimerTransaction"]:
        """Yield a transaction during which no other process changes timers."""
        with self._database.connection(_SECONDS) as connection, connection.transaction():
            connection.execute(_LOCK)
            yield TimerTransaction(connection)

    def due(self, now: datetime, *, agencies: Sequence[UUID], office: bool, limit: int) -> list[Timer]:
        """Return the due timers of these agencies and, if ``office``, the coordinating office, in order."""
        params = {"now": now, "agencies": UuidArray(agencies), "office": office, "limit": limit}
        with self._database.connection() as connection:
            rows = connection.execute(_DUE, params, binary=True).fetchall()
        return [Timer(stream, ScheduledAction(Step(step), *rest)) for stream, step, *rest in rows]

    def behind(self) -> bool:
        """Whether the log has not been followed up to its head, or never was."""
        with self._database.connection() as connection:
            row = connection.execute(_AT_HEAD).fetchone()
        return row is None or not row[0]

    def beat(self, late: timedelta, fired_at: datetime | None) -> None:
        """Record a heartbeat; ``fired_at`` None: nothing was fired since the last one."""
        with self._database.connection() as connection:
            connection.execute(_BEAT, [late, fired_at])

    def failed(self) -> list[UUID]:
        """Return the complaints whose timers could not be computed or fired."""
        with self._database.connection() as connection:
            return [stream for (stream,) in connection.execute("SELECT stream FROM timer_failure")]

    def state(self, now: datetime) -> SchedulerState | None:
        """Return the scheduler's state; None if it never ran."""
        with self._database.connection() as connection:
            row = connection.execute(_STATE, {"now": now}).fetchone()
        if row is None:
            return None
        return SchedulerState(*row)


class TimerTransaction:
    """The changes to timers within a transaction that excludes other processes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def place(self) -> LogPlace | None:
        """Return how far the log was followed; None if it never was."""
        row = self.connection.execute(_PLACE, binary=True).fetchone()
        return LogPlace(*row) if row else None

    def replace(self, streams: Iterable[UUID], timers: Sequence[Timer], failures: Mapping[UUID, str]) -> None:
        """Replace all timers of these complaints by ``timers``, or store the failures that prevent them."""
        self.connection.execute(_DELETE, {"streams": UuidArray(list(streams))})
        if timers:
            actions = [timer.action for timer in timers]
            values: list[Any] = [
                UuidArray([timer.stream for timer in timers]),
                TextArray([action.step for action in actions]),
                IntArray([action.n for action in actions]),
                IntArray([action.share for action in actions]),
                UuidArray([action.agency for action in actions]),
                [action.at for action in actions],
            ]
            self.connection.execute(_ADD, values)
        if failures:
            self.connection.execute(_FAILED, [UuidArray(list(failures)), TextArray(list(failures.values()))])

    def move(self, place: LogPlace) -> None:
        """Record that the log was followed up to here."""
        self.connection.execute(_MOVE, [place.position, place.leaf])
