"""The worker: feeds the projections, fires timers, seals the log, and moves deadlines after decrees.

It also deletes expired idempotency keys, and erases personal data past their retention. Feeding, firing,
sealing and erasing have one leader each among the workers.
"""

import signal
import threading
from datetime import timedelta

import psycopg
import structlog

from lapor import logs
from lapor.application.commands.deadline_moves import DeadlineMoves
from lapor.application.commands.retention import BATCH, RetentionCommands
from lapor.bootstrap import database_url, make_application, make_scheduler, make_sealer
from lapor.domain.errors import Refusal
from lapor.logs import describe, fault
from lapor.settings import Settings
from lapor.store.codec import UnknownTopicError
from lapor.store.database import Connection, Database
from lapor.store.leader_election import Leader
from lapor.store.postgres_event_log import PostgresEventLog
from projections.running.feeder import Feeder

KEPT = timedelta(days=7)
"""How long a request is remembered by its Idempotency-Key."""
_HOUR = 3600.0
_DECREE_SECONDS = 5.0  # between checks for new decrees, and between batches of erasures
_RETENTION_SECONDS = 60.0  # between checks for data past their retention


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until ``stop`` is set, or until SIGTERM or SIGINT."""
    logs.configure()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with database_url(settings) as url:
        database, for_reactions = Database(url, connections=4), Database(url, connections=2)
        application = make_application(settings, PostgresEventLog(database))
        moving, retention = DeadlineMoves(application, database), RetentionCommands(application, database)
        scheduler, sealer = make_scheduler(settings, for_reactions), make_sealer(settings, database)
        tasks = (
            (_delete_requests, database),
            (_move_deadlines, moving),
            (_erase, database, retention),
            (scheduler.run,),
            (sealer.run,),
        )
        for task, *given in tasks:
            threading.Thread(target=task, args=(*given, stop), name=task.__name__, daemon=True).start()
        Feeder(database).run(stop)
        database.close()
        for_reactions.close()


def _delete_requests(database: Database, stop: threading.Event) -> None:
    """Delete requests older than seven days, a batch at a time, at the start and every hour."""
    from lapor.store.idempotency_keys import delete_old_requests  # noqa: PLC0415

    while True:
        delete_old_requests(database, KEPT)
        if stop.wait(_HOUR):
            return


def _move_deadlines(moving: DeadlineMoves, stop: threading.Event) -> None:
    """Move open deadlines after a change of calendars or policies.

    Several workers may do so at once: a deadline moves once, and the second worker finds nothing to do.
    """
    log = structlog.get_logger("lapor.worker")
    while not stop.wait(_DECREE_SECONDS):
        try:
            if moved := moving.follow():
                log.info("deadlines.moved", deadlines=moved)
        except (Refusal, UnknownTopicError, psycopg.Error) as error:
            log.warning("deadlines.paused", **fault(error))


def _erase(database: Database, retention: RetentionCommands, stop: threading.Event) -> None:
    """Erase data past their retention whose erasure is automatic, a batch at a time."""
    log = structlog.get_logger("lapor.worker")

    def work(_: Connection, stop: threading.Event) -> None:
        while not stop.is_set():
            if erased := retention.erase_due():
                log.info("retention.erased", complaints=erased)
            stop.wait(_DECREE_SECONDS if erased == BATCH else _RETENTION_SECONDS)

    Leader(database, "retention", describe).run(work, stop)
