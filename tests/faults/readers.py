"""Those who look at the database itself while others use the service: at its log, and at its tables."""

import threading
import time

from lapor.domain.errors import Refusal
from lapor.store.database import Database
from lapor.store.event_log import RecordedEvent
from lapor.store.postgres_event_log import PostgresEventLog
from projections.catalogue import PROJECTIONS, status
from projections.engine.tables import Table

from .service import BACK
from .slack import slack


class Tail:
    """A reader that follows the log all the time, through every crash."""

    def __init__(self, url: str) -> None:
        self.rows: list[RecordedEvent] = []
        self._database, self._stop = Database(url, connections=1), threading.Event()
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self) -> None:
        log = PostgresEventLog(self._database)
        while not self._stop.wait(0.01):
            try:
                self.rows += log.page(self.rows[-1].position if self.rows else 0, 1000)
            except Refusal:
                continue

    def stop_at(self, head: int) -> list[RecordedEvent]:
        until = time.monotonic() + BACK * slack()
        while len(self.rows) < head and time.monotonic() < until:
            time.sleep(0.01)
        self._stop.set()
        self._thread.join()
        self._database.close()
        return self.rows


def held(database: Database) -> dict[str, dict[object, object]]:
    """All rows of the live tables, by key."""
    tables = {}
    for projection in PROJECTIONS:
        table = Table(projection)
        query = f"SELECT {table.selected} FROM {table.name}".encode()
        with database.connection() as connection:
            rows = map(table.row, connection.execute(query, binary=True))
            tables[projection.name] = {projection.key_of(row): row for row in rows}
    return tables


def await_fed(database: Database) -> None:
    until = time.monotonic() + BACK * slack()
    while any(each.lag or each.failure for each in status(database)):
        assert time.monotonic() < until, status(database)
        time.sleep(0.05)
