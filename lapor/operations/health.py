"""Whether people can be served, as one process sees it."""

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
"""A reminder that is so late is worth a warning."""
UNSEALED_SECONDS = 60.0
"""No event may wait longer for its seal."""
STALE_SECONDS = 10.0
"""A feeder that has given no sign for so long is gone: readers see an old state, and health says so."""


class Health:
    """Asks the database how things are, and remembers whether the projections have been at the head.

    Until they have, people would read half a table, and wait for the rest. Afterwards lag alone is a figure
    to watch and no reason to serve nobody: an import can bring events faster than they are folded.
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
        """``within``: the seconds that an answer may take. ``clock``: the service's own."""
        self._database = database
        self._projections = projections
        self._require_sync, self._within, self._clock = require_sync, within, clock
        self._has_caught_up = False

    def __call__(self) -> dict[str, Any]:
        """What ``/health/ready`` says: ``ready`` is the verdict, the rest tells what is wrong.

        ``behind`` names the projections that must catch up before it is ready; ``lag`` counts events.
        ``degraded`` says why what is acknowledged may be lost with a server, where that is required not to
        be so, or why commits wait: then nobody can be served either.
        """
        began = time.monotonic()
        try:
            projections = status(self._database, self._projections)
            age, reactions = seconds_since_beat(self._database), Timers(self._database).state(self._clock())
            with self._database.connection() as connection:
                server = replication.read_state(connection)
                sealed = tiles.state(connection)
        except Refusal:
            in_time = 2 * (time.monotonic() - began) < self._within  # looking again takes as long
            only_read = in_time and replication.is_read_only(self._database.url)
            return {"ready": False, "database": "takes no writes" if only_read else "does not answer"}
        writable = server.writable and not server.stalled
        fed = age is not None and age < STALE_SECONDS
        sound = all(each.failure is None for each in projections)
        waiting = [] if self._has_caught_up else behind(projections)
        self._has_caught_up = not waiting
        return {
            "ready": fed and sound and writable and not waiting,
            "database": "answers" if writable else "takes no writes",
            "degraded": server.problem if self._require_sync or server.stalled else None,
            "head": max(each.position + each.lag for each in projections),
            "feeder": {"alive": fed, "seconds_since_beat": age},
            "behind": waiting,
            "projections": [asdict(each) for each in projections],
            "reactions": asdict(reactions) if reactions else None,
            "ledger": asdict(sealed) if sealed else None,
            "warnings": [*reactions_warnings(reactions), *ledger_warnings(sealed)],
        }


def reactions_warnings(state: SchedulerState | None) -> list[str]:
    """What is wrong with the reactions, in sentences that say what to do."""
    if state is None or state.seconds_since_beat > STALE_SECONDS:
        return ["Nobody is reminded, and nothing is escalated or closed by silence: start `lapor work`."]
    found = []
    if state.late_seconds > LATE_SECONDS:
        found.append(f"Reminders are {state.late_seconds:.0f} s late; they are being caught up with.")
    if state.failed:
        found.append(
            f"Of {state.failed} complaints it is not known what is to be done: table timer_failure says why."
        )
    return found


def ledger_warnings(state: tiles.LedgerState | None) -> list[str]:
    """What is wrong with the ledger, in sentences that say what to do."""
    if state is None:
        return ["The log is not sealed: start `lapor work`."]
    if state.failure:
        return [f"The log is not sealed since {state.age_seconds:.0f} s. {state.failure}"]
    if state.age_seconds > UNSEALED_SECONDS:
        return [
            f"{state.unsealed} events wait for a seal since {state.age_seconds:.0f} s: start `lapor work`."
        ]
    return []
