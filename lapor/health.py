"""Whether people can be served, as one process sees it."""

import math
import time
from dataclasses import asdict
from typing import Any

from lapor.domain.errors import Refusal
from lapor.store import servers
from lapor.store.database import Database
from projections.catalogue import PROJECTIONS, status
from projections.heartbeat import seconds_since_beat
from projections.projection import Projection
from projections.readiness import behind

STALE_SECONDS = 10.0
"""A feeder that has given no sign for so long is gone: readers see an old state, and health says so."""


class Health:
    """Asks the database how things are, and remembers whether the projections have been at the head.

    Until they have, people would read half a table, and wait for the rest. Afterwards lag alone is a figure
    to watch and no reason to serve nobody: an import can bring facts faster than they are folded.
    """

    def __init__(
        self,
        database: Database,
        projections: tuple[Projection, ...] = PROJECTIONS,
        *,
        require_sync: bool = False,
        within: float = math.inf,
    ) -> None:
        """``within``: the seconds that an answer may take."""
        self._database = database
        self._projections = projections
        self._require_sync, self._within = require_sync, within
        self._has_caught_up = False

    def __call__(self) -> dict[str, Any]:
        """What ``/health/ready`` says: ``ready`` is the verdict, the rest tells what is wrong.

        ``behind`` names the projections that must catch up before it is ready; ``lag`` counts facts.
        ``degraded`` says why what is acknowledged may be lost with a server, where that is required not to
        be so, or why commits wait: then nobody can be served either.
        """
        began = time.monotonic()
        try:
            projections = status(self._database, self._projections)
            age = seconds_since_beat(self._database)
            with self._database.connection() as connection:
                server = servers.standing(connection)
        except Refusal:
            in_time = 2 * (time.monotonic() - began) < self._within  # looking again takes as long
            only_read = in_time and servers.only_read(self._database.url)
            return {"ready": False, "database": "takes no writes" if only_read else "does not answer"}
        writable = server.writable and not server.held_up
        fed = age is not None and age < STALE_SECONDS
        sound = all(each.failure is None for each in projections)
        waiting = [] if self._has_caught_up else behind(projections)
        self._has_caught_up = not waiting
        return {
            "ready": fed and sound and writable and not waiting,
            "database": "answers" if writable else "takes no writes",
            "degraded": server.lacks if self._require_sync or server.held_up else None,
            "head": max(each.position + each.lag for each in projections),
            "feeder": {"alive": fed, "seconds_since_beat": age},
            "behind": waiting,
            "projections": [asdict(each) for each in projections],
        }
