"""The one feeder of a release: whoever holds the advisory lock polls the log; other workers stand by.

It polls and does not LISTEN: a silent network stalls a listener for ever. The lock only saves work;
two feeders at once do no harm. So workers of two releases lead side by side, each for its own tables:
the newer one's can come to the head of the log, and it get ready, before the older one is stopped.
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
from projections.engine.watermark import go_on

IDLE = 0.03  # seconds between looks at a log that had no more than a batch; a page waits about so long
_BEAT = 1.0
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
        Leader(self._database, "feeder", describe, of=self._tables).run(self._feed, stop)

    def _feed(self, connection: Connection, stop: threading.Event) -> None:
        """Feed until something fails."""
        self._engine = self._new_engine()
        while not stop.is_set():
            behind = self._beat(connection)
            if self.step() < self._batch and not behind:  # a few events together cost hardly more than one
                stop.wait(IDLE)

    def _beat(self, connection: Connection) -> bool:
        """Give a sign of life, at most once a second, on the connection that holds the lock.

        With it the horizon goes on; whether it has to at once.
        """
        now = time.monotonic()
        if now - self._beaten < _BEAT:
            return False
        connection.execute(_SIGN_OF_LIFE)
        behind = go_on(connection)
        if not behind:
            self._beaten = now
        return behind
