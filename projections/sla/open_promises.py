"""The open promises that a change of rules affects: those made by an earlier calendar or policy."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from lapor.domain.vocabulary import MoveGround, Step
from lapor.store.database import Database
from projections.sla.promises import PROMISES

PromiseKey = tuple[datetime, UUID]
"""The deadline and the complaint of a promise."""
_EASTERNMOST = timedelta(hours=14)  # ahead of UTC: where a day begins first
_COLUMN = {MoveGround.CALENDAR: "calendar", MoveGround.POLICY: "policy"}
_AFFECTED = f"""
      FROM {PROMISES.table}
     WHERE stopped_at IS NULL AND due_at > %(now)s AND due_at >= %(since)s AND {{column}} = ANY(%(ids)s)
       AND policy || ' ' || step <> ALL(%(but)s)
"""
_PAGE = "SELECT DISTINCT due_at, stream {affected} AND (due_at, stream) > (%(due_at)s, %(stream)s)"
_BEFORE_ALL: PromiseKey = (datetime.min.replace(tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True)
class AffectedPromises:
    """Open promises made by these calendars or policies, due after now, on the day ``since`` or later."""

    ground: MoveGround
    ids: tuple[str, ...]
    since: date | None
    but: frozenset[tuple[str, Step]] = frozenset()
    """Steps of policies that are left out."""

    def count(self, database: Database, now: datetime) -> int:
        """Return how many there are."""
        with database.connection() as connection:
            row = connection.execute(
                f"SELECT count(*) {self._where}".encode(), self._parameters(now)
            ).fetchone()
        return int(row[0]) if row else 0

    def page(
        self, database: Database, now: datetime, *, after: PromiseKey | None = None, limit: int
    ) -> list[PromiseKey]:
        """Return the next ones, the earliest first: each deadline of a complaint once."""
        query = f"{_PAGE.format(affected=self._where)} ORDER BY due_at, stream LIMIT %(limit)s"
        due_at, stream = after or _BEFORE_ALL
        parameters = {**self._parameters(now), "due_at": due_at, "stream": stream, "limit": limit}
        with database.connection() as connection:
            return connection.execute(query.encode(), parameters, binary=True).fetchall()

    @property
    def _where(self) -> str:
        return _AFFECTED.format(column=_COLUMN[self.ground])

    def _parameters(self, now: datetime) -> dict[str, object]:
        since = datetime.combine(self.since or date(1, 1, 2), time.min, UTC) - _EASTERNMOST
        but = [f"{policy} {step}" for policy, step in self.but]
        return {"now": now, "since": since, "ids": list(self.ids), "but": but}
