"""One leader among the processes that could do a work: whoever holds an advisory lock; others stand by."""

import threading
import time
from collections.abc import Callable

import structlog

from lapor.store.database import Connection, Database

_STAND_BY = 1.0  # seconds between tries to become the leader
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_LEAD = "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || %s, 0))"

Work = Callable[[Connection, threading.Event], None]
"""Done on the connection that holds the lock, until the event is set or something fails."""


class Leader:
    """Does a work while it leads. The lock only saves work: two at once must do no harm.

    ``describe`` says of an error what happened, and nothing that an event holds.
    """

    def __init__(
        self, database: Database, name: str, describe: Callable[[BaseException], str], *, of: str = ""
    ) -> None:
        """``of`` tells apart works of one name of which each has a leader of its own."""
        self._database = database
        self._name = name
        self._lock = f".lapor_{name}{of and '.'}{of}"
        self._describe = describe

    def run(self, work: Work, stop: threading.Event) -> None:
        """Work until ``stop`` is set. Whatever fails is logged and tried again after a growing pause."""
        log = structlog.get_logger(f"lapor.{self._name}")
        paused, pause = f"{self._name}.paused", _FIRST_PAUSE
        while not stop.is_set():
            began = time.monotonic()
            try:
                self._lead(work, stop)
            except Exception as error:  # noqa: BLE001 - nothing may end the work but ``stop``
                if time.monotonic() - began > _LONGEST_PAUSE:
                    pause = _FIRST_PAUSE
                cause = self._describe(error.__cause__) if error.__cause__ else None
                why = self._describe(error)
                log.warning(paused, why=why, cause=cause, seconds=pause)
                stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _lead(self, work: Work, stop: threading.Event) -> None:
        """Stand by until nobody else leads, then work until something fails."""
        with self._database.new() as connection:
            while not stop.is_set() and not self._may_lead(connection):
                stop.wait(_STAND_BY)
            if not stop.is_set():
                work(connection, stop)

    def _may_lead(self, connection: Connection) -> bool:
        connection.execute("SET synchronous_commit = off")
        (leads,) = connection.execute(_LEAD, [self._lock]).fetchone() or (False,)
        return bool(leads)
