"""The feeder: the worker that holds the advisory lock polls the log and applies it; the others are spares.

It polls instead of using LISTEN, because a listener on a dead network connection waits for ever. The lock
only saves work; two feeders at once do no harm. The lock is by tables: workers of two releases may feed at
the same time, so the newer one's tables reach the head, and it gets ready, before the older one is stopped.
"""

import threading
import time
from collections.abc import Sequence

from lapor.logs import describe
from lapor.store.database import Connection, Database
from lapor.store.leader_election import Leader
from projections.catalogue import PROJECTIONS
from projections.engine.engine import BATCH, Engine
from projections.engine.projection import Projection

IDLE = 0.03  # seconds between polls after less than a full batch; a reader waits about as long for a write
_BEAT = 1.0
_BEAT_SQL = """
    INSERT INTO feeder (beat_at, position) SELECT now(), coalesce(max(position), 0) FROM projection
    ON CONFLICT (sole) DO UPDATE SET beat_at = EXCLUDED.beat_at, position = EXCLUDED.position
"""


class Feeder:
    """Keeps the projections at the head of the log. ``database`` should be a pool of its own."""

    def __init__(
        self, database: Database, projections: Sequence[Projection] = PROJECTIONS, *, batch: int = BATCH
    ) -> None:
        self._database = database
        self._projections = tuple(projections)
        self._tables = " ".join(sorted(projection.table for projection in projections))
        self._batch = batch
        self._engine = self._new_engine()
        self._last_beat = float("-inf")

    def _new_engine(self) -> Engine:
        return Engine(self._database, self._projections, batch=self._batch)

    def step(self) -> int:
        """Apply one batch and return how many events that were, like ``Engine.step``."""
        return self._engine.step()

    def run(self, stop: threading.Event) -> None:
        """Feed until ``stop`` is set. A failure is logged, and retried after a growing pause.

        After a failure all bookmarks are checked against the log again: another server may have taken over.
        """
        Leader(self._database, "feeder", describe, of=self._tables).run(self._feed, stop)

    def _feed(self, connection: Connection, stop: threading.Event) -> None:
        """Feed until ``stop`` is set, or an error is raised."""
        self._engine = self._new_engine()
        while not stop.is_set():
            self._beat(connection)
            if self.step() < self._engine.batch:  # a few events cost hardly more than one
                stop.wait(IDLE)

    def _beat(self, connection: Connection) -> None:
        """Store a heartbeat, at most once a second, on the connection that holds the lock."""
        now = time.monotonic()
        if now - self._last_beat >= _BEAT:
            connection.execute(_BEAT_SQL)
            self._last_beat = now
