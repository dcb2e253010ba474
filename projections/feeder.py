"""The one feeder of a release: whoever holds the advisory lock polls the log; other workers stand by.

It polls and does not LISTEN: a silent network stalls a listener for ever. The lock only saves work;
two feeders at once do no harm. So workers of two releases lead side by side, each for its own tables:
the newer one's can come to the head of the log, and it get ready, before the older one is stopped.
"""

import threading
import time
from collections.abc import Sequence

import psycopg
import structlog

from lapor.store.database import Database, connection_string
from projections.bookmarks import Connection
from projections.catalogue import PROJECTIONS
from projections.engine import BATCH, Engine
from projections.failures import describe
from projections.horizon import go_on
from projections.projection import Projection

IDLE = 0.02  # seconds between looks at a log that had no more than a batch
_STAND_BY = 1.0  # seconds between tries to become the one feeder
_BEAT = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0

_LEAD = "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || '.lapor_feeder.' || %s::text, 0))"
_SIGN_OF_LIFE = """
    INSERT INTO feeder (beat_at, position) SELECT now(), coalesce(max(position), 0) FROM projection
    ON CONFLICT (sole) DO UPDATE SET beat_at = EXCLUDED.beat_at, position = EXCLUDED.position
"""


class Feeder:
    """Keeps the projections at the head of the log. ``database`` should be its own."""

    def __init__(
        self, database: Database, projections: Sequence[Projection] = PROJECTIONS, *, batch: int = BATCH
    ) -> None:
        self._database = database
        self._projections = tuple(projections)
        self._tables = " ".join(sorted(projection.table for projection in projections))
        self._batch = batch
        self._engine = self._new_engine()
        self._beaten = float("-inf")

    def _new_engine(self) -> Engine:
        return Engine(self._database, self._projections, batch=self._batch)

    def step(self) -> int:
        """Apply one batch, as ``Engine.step`` does."""
        return self._engine.step()

    def run(self, stop: threading.Event) -> None:
        """Feed until ``stop`` is set. Whatever fails is logged and tried again after a growing pause.

        After each failure all bookmarks are held against the log anew: another server may have taken over.
        """
        log = structlog.get_logger("projections.feeder")
        pause = _FIRST_PAUSE
        while not stop.is_set():
            began = time.monotonic()
            try:
                self._lead(stop)
            except Exception as error:  # noqa: BLE001 - nothing may end the feeder but ``stop``
                if time.monotonic() - began > _LONGEST_PAUSE:
                    pause = _FIRST_PAUSE
                log.warning("feeder.paused", why=describe(error), cause=_cause(error), seconds=pause)
                stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _lead(self, stop: threading.Event) -> None:
        """Stand by until no other feeder leads, then feed until something fails."""
        options = connection_string(self._database.url)
        with psycopg.connect(options, autocommit=True, prepare_threshold=2) as connection:
            while not stop.is_set() and not self._may_lead(connection):
                stop.wait(_STAND_BY)
            self._engine = self._new_engine()
            while not stop.is_set():
                behind = self._beat(connection)
                if self.step() < self._batch and not behind:  # a few facts together cost hardly more than one
                    stop.wait(IDLE)

    def _may_lead(self, connection: Connection) -> bool:
        with self._database.watch(connection):
            connection.execute("SET synchronous_commit = off")
            (leads,) = connection.execute(_LEAD, [self._tables]).fetchone() or (False,)
        return bool(leads)

    def _beat(self, connection: Connection) -> bool:
        """Give a sign of life, at most once a second, on the connection that holds the lock.

        With it the horizon goes on; whether it has to at once.
        """
        now = time.monotonic()
        if now - self._beaten < _BEAT:
            return False
        with self._database.watch(connection):
            connection.execute(_SIGN_OF_LIFE)
            behind = go_on(connection)
        if not behind:
            self._beaten = now
        return behind


def _cause(error: Exception) -> str | None:
    return describe(error.__cause__) if error.__cause__ else None
