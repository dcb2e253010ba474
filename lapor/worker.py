"""The worker: feeds the projections, throws away what has had its day. One leader at a time."""

import signal
import threading
from datetime import timedelta

from lapor import logs
from lapor.bootstrap import database_url
from lapor.settings import Settings
from lapor.store.database import Database
from projections.feeder import Feeder

KEPT = timedelta(days=7)
"""How long a request is remembered by its Idempotency-Key."""
_HOUR = 3600.0


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until told to stop."""
    logs.configure()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with database_url(settings) as url:
        database = Database(url, connections=3)
        keeper = threading.Thread(target=_throw_away, args=(database, stop), name="housekeeping", daemon=True)
        keeper.start()
        Feeder(database).run(stop)
        database.close()


def _throw_away(database: Database, stop: threading.Event) -> None:
    """Forget requests older than seven days, a few at a time, at the start and every hour."""
    from lapor.store.housekeeping import forget_requests  # noqa: PLC0415

    while True:
        forget_requests(database, KEPT)
        if stop.wait(_HOUR):
            return
