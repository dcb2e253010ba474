"""Health: whether this process can serve people, and which warnings operators should see."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from lapor.domain.errors import Refusal
from lapor.ledger import tiles
from lapor.reactions.timers import SchedulerState, Timers
from lapor.store import replication
from lapor.store.database import Database
from projections.catalogue import PROJECTIONS, status
from projections.engine.projection import Projection
from projections.running.backfill import behind
from projections.running.heartbeat import seconds_since_beat

LATE_SECONDS = 60.0
"""Reminders that are later than this lead to a warning."""
UNSEALED_SECONDS = 60.0
"""Events that wait longer than this for their seal lead to a warning."""
STALE_SECONDS = 10.0
"""A feeder without a heartbeat for this long has ended: readers see an old state."""


class Health:
    """Reads the state of the database, and remembers whether the projections have been at the head.

    Until they have been, people would read half a table, and wait for the rest. Afterwards lag alone does not
    make a process unready: an import can add events faster than they are folded.
    """

    def __init__(
        self,
        database: Database,
        projections: tuple[Projection, ...] = PROJECTIONS,
        *,
        require_sync: bool = False,
        within: float = math.inf,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take ``within``, the seconds that an answer may take, and the service's ``clock``."""
        self._database = database
        self._projections = projections
        self._require_sync, self._within, self._clock = require_sync, within, clock
        self._has_caught_up = False

    def __call__(self) -> dict[str, Any]:
        """Return the answer of ``/health/ready``: ``ready`` is the verdict, the rest gives the reasons.

        ``behind`` names the projections that must catch up before it is ready; ``lag`` counts events.
        ``degraded`` says why acknowledged events may be lost with a server although a standby is required,
        or why commits wait: in the second case people cannot be served.
        """
        began = time.monotonic()
        try:
            projections = status(self._database, self._projections)
            age, reactions = seconds_since_beat(self._database), Timers(self._database).state(self._clock())
            with self._database.connection() as connection:
                server = replication.read_state(connection)
                sealed = tiles.state(connection)
        except Refusal:
            in_time = 2 * (time.monotonic() - began) < self._within  # a second query takes as long
            read_only = in_time and replication.is_read_only(self._database.url)
            return {"ready": False, "database": "takes no writes" if read_only else "does not answer"}
        writable = server.writable and not server.stalled
        fed = age is not None and age < STALE_SECONDS
        sound = all(projection.failure is None for projection in projections)
        waiting = [] if self._has_caught_up else behind(projections)
        self._has_caught_up = not waiting
        return {
            "ready": fed and sound and writable and not waiting,
            "database": "answers" if writable else "takes no writes",
            "degraded": server.problem if self._require_sync or server.stalled else None,
            "head": max(projection.position + projection.lag for projection in projections),
            "feeder": {"alive": fed, "seconds_since_beat": age},
            "behind": waiting,
            "projections": [asdict(projection) for projection in projections],
            "reactions": asdict(reactions) if reactions else None,
            "ledger": asdict(sealed) if sealed else None,
            "warnings": [*reactions_warnings(reactions), *ledger_warnings(sealed)],
        }


def reactions_warnings(state: SchedulerState | None) -> list[str]:
    """Return what is wrong with the reactions, in sentences that say what to do."""
    if state is None or state.seconds_since_beat > STALE_SECONDS:
        return ["Nobody is reminded, and nothing is escalated or closed by silence: start `lapor work`."]
    warnings = []
    if state.late_seconds > LATE_SECONDS:
        warnings.append(f"Reminders are {state.late_seconds:.0f} s late; the worker is catching up.")
    if state.failed:
        warnings.append(
            f"The reminders of {state.failed} complaints cannot be computed: table timer_failure says why."
        )
    return warnings


def ledger_warnings(state: tiles.LedgerState | None) -> list[str]:
    """Return what is wrong with the ledger, in sentences that say what to do."""
    if state is None:
        return ["The log is not sealed: start `lapor work`."]
    if state.failure:
        return [f"The log has not been sealed for {state.age_seconds:.0f} s. {state.failure}"]
    if state.age_seconds > UNSEALED_SECONDS:
        return [
            f"{state.unsealed} events have waited {state.age_seconds:.0f} s for a seal: start `lapor work`."
        ]
    return []
