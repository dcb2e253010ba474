"""The worker: feeds the projections, reacts to passing time, seals the log, lets deadlines follow decrees.

It also throws away what has had its day, and erases personal data that are kept no longer. Of feeding, of
reacting, of sealing and of erasing one worker is the leader.
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
_LOOK = 5.0  # seconds between looks at what was decreed
_SELDOM = 60.0  # seconds between looks at what is kept no longer


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until told to stop."""
    logs.configure()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with database_url(settings) as url:
        database, for_reactions = Database(url, connections=4), Database(url, connections=2)
        application = make_application(settings, PostgresEventLog(database))
        moving, retention = DeadlineMoves(application, database), RetentionCommands(application, database)
        scheduler, sealer = make_scheduler(settings, for_reactions), make_sealer(settings, database)
        tasks = (
            (_throw_away, database),
            (_move, moving),
            (_erase, database, retention),
            (scheduler.run,),
            (sealer.run,),
        )
        for task, *given in tasks:
            threading.Thread(target=task, args=(*given, stop), name=task.__name__, daemon=True).start()
        Feeder(database).run(stop)
        database.close()
        for_reactions.close()


def _throw_away(database: Database, stop: threading.Event) -> None:
    """Forget requests older than seven days, a few at a time, at the start and every hour."""
    from lapor.store.idempotency_keys import delete_old_requests  # noqa: PLC0415

    while True:
        delete_old_requests(database, KEPT)
        if stop.wait(_HOUR):
            return


def _move(moving: DeadlineMoves, stop: threading.Event) -> None:
    """Let open deadlines follow what was decreed.

    Workers that do it at once do no harm: a promise moves once, and who comes second finds nothing to do.
    """
    log = structlog.get_logger("lapor.worker")
    while not stop.wait(_LOOK):
        try:
            if moved := moving.follow():
                log.info("deadlines.moved", deadlines=moved)
        except (Refusal, UnknownTopicError, psycopg.Error) as error:
            log.warning("deadlines.paused", **fault(error))


def _erase(database: Database, retention: RetentionCommands, stop: threading.Event) -> None:
    """Erase what is kept no longer and goes by itself, a batch at a time."""
    log = structlog.get_logger("lapor.worker")

    def work(_: Connection, stop: threading.Event) -> None:
        while not stop.is_set():
            if erased := retention.erase_due():
                log.info("retention.erased", complaints=erased)
            stop.wait(_LOOK if erased == BATCH else _SELDOM)

    Leader(database, "retention", describe).run(work, stop)
