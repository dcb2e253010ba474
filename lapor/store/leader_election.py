"""Leader election among processes with the same task: the holder of an advisory lock leads, others wait."""

import threading
import time
from collections.abc import Callable

import structlog

from lapor.store.database import Connection, Database

_STAND_BY = 1.0  # seconds between tries to become the leader
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_LEAD = "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || %s, 0))"

Work = Callable[[Connection, threading.Event], None]
"""A task. It runs on the connection that has the lock, until the event is set or something fails."""


class Leader:
    """Runs a task while this process leads. The lock only saves work: two leaders at once must do no harm.

    ``describe`` puts an error into words without the content of any event.
    """

    def __init__(
        self, database: Database, name: str, describe: Callable[[BaseException], str], *, of: str = ""
    ) -> None:
        """Prepare a leader of task ``name``; each value of ``of`` has a leader of its own."""
        self._database = database
        self._name = name
        self._lock = f".lapor_{name}{of and '.'}{of}"
        self._describe = describe

    def run(self, work: Work, stop: threading.Event) -> None:
        """Work until ``stop`` is set. A failure is logged, and the task restarts after a growing pause."""
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
        """Wait until no other process leads, then work until something fails."""
        with self._database.new() as connection:
            while not stop.is_set() and not self._may_lead(connection):
                stop.wait(_STAND_BY)
            if not stop.is_set():
                work(connection, stop)

    def _may_lead(self, connection: Connection) -> bool:
        connection.execute("SET synchronous_commit = off")
        (leads,) = connection.execute(_LEAD, [self._lock]).fetchone() or (False,)
        return bool(leads)
