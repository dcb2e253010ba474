"""Which open promises a change of rules concerns: those that name an earlier calendar or policy."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from lapor.domain.vocabulary import MoveGround, Step
from lapor.store.database import Database
from projections.sla.promises import PROMISES

Place = tuple[datetime, UUID]
"""The moment and the complaint of a promise."""
_EASTERNMOST = timedelta(hours=14)
_COLUMN = {MoveGround.CALENDAR: "calendar", MoveGround.POLICY: "policy"}
_CONCERNED = f"""
      FROM {PROMISES.table}
     WHERE stopped_at IS NULL AND due_at > %(now)s AND due_at >= %(since)s AND {{column}} = ANY(%(ids)s)
       AND policy || ' ' || step <> ALL(%(but)s)
"""
_PAGE = "SELECT DISTINCT due_at, stream {concerned} AND (due_at, stream) > (%(due_at)s, %(stream)s)"
_BEFORE_ALL: Place = (datetime.min.replace(tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True)
class AffectedPromises:
    """Open promises by one of these calendars or policies that are due after ``now``, on a day or later."""

    ground: MoveGround
    ids: tuple[str, ...]
    since: date | None
    but: frozenset[tuple[str, Step]] = frozenset()
    """Not those of these policies' steps."""

    def count(self, database: Database, now: datetime) -> int:
        """How many there are."""
        with database.connection() as connection:
            row = connection.execute(f"SELECT count(*) {self._where}".encode(), self._asked(now)).fetchone()
        return int(row[0]) if row else 0

    def page(
        self, database: Database, now: datetime, *, after: Place | None = None, limit: int
    ) -> list[Place]:
        """The next of them, each moment of a complaint once, the earliest first."""
        query = f"{_PAGE.format(concerned=self._where)} ORDER BY due_at, stream LIMIT %(limit)s"
        due_at, stream = after or _BEFORE_ALL
        asked = {**self._asked(now), "due_at": due_at, "stream": stream, "limit": limit}
        with database.connection() as connection:
            return connection.execute(query.encode(), asked, binary=True).fetchall()

    @property
    def _where(self) -> str:
        return _CONCERNED.format(column=_COLUMN[self.ground])

    def _asked(self, now: datetime) -> dict[str, object]:
        since = datetime.combine(self.since or date(1, 1, 2), time.min, UTC) - _EASTERNMOST
        but = [f"{policy} {step}" for policy, step in self.but]
        return {"now": now, "since": since, "ids": list(self.ids), "but": but}
