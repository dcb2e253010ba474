"""How well complaints are handled (mutu penanganan), by agency, now or as of any moment.

Refusals, reroutings, reopenings, objections, ratings, commitments: each counts on its own day, so that a
period is the sum of its days and nothing that comes later changes it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lapor.store.database import Database
from projections.bookmarks import Connection
from projections.scope import CELLS, Scope, cells
from projections.tables import Table
from projections.turns import COUNTED, FINAL_BEFORE, STARS, TURNS, Turn, counts

_TABLE = Table(TURNS)
_FITS = """
    (%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
"""
_CELLS = f"""
    SELECT agency, {", ".join(f"sum({measure})" for measure in COUNTED)}
      FROM {_TABLE.names[-1]} WHERE {CELLS} AND {_FITS} GROUP BY agency
""".encode()  # noqa: S608 - names of our own
_TODAY = f"SELECT {_TABLE.selected} FROM {TURNS.table} WHERE at >= %(since)s AND at <= %(now)s".encode()  # noqa: S608


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts of turns that are about one agency, or all; shares are None where there is nothing to share."""

    agency: UUID | None
    """None: no agency had it yet, or (in totals) whichever."""
    counted: Mapping[str, int]

    @property
    def ratings(self) -> int:
        """Ratings that stand: a later one takes the place of an earlier."""
        return sum(self._stars().values())

    @property
    def mean_rating(self) -> float | None:
        stars = self._stars()
        return round(sum(n * count for n, count in stars.items()) / self.ratings, 2) if self.ratings else None

    @property
    def commitments_broken(self) -> int:
        """Whose day was over before they were kept, whatever became of them later."""
        return self.counted["commitments_due"] - self.counted["commitments_spared"]

    def _stars(self) -> dict[int, int]:
        return {n: self.counted[each] - self.counted[f"{each}_replaced"] for n, each in enumerate(STARS, 1)}

    def share(self, part: str, whole: str) -> float | None:
        """One count as a share of another."""
        return round(self.counted[part] / self.counted[whole], 4) if self.counted[whole] else None


def quality(
    database: Database, scope: Scope, now: datetime, *, present: bool = False
) -> tuple[list[Quality], Quality]:
    """What happened in the scope's days, as it stood at ``now``: of each agency, and of all.

    ``present``: that is the present, and whatever the log says of the day has happened.
    """
    day = scope.unfinished(now)
    asked = {**scope.asked, "now": now}
    last = day if day and present else scope.over(now)
    with database.connection() as connection:
        found = _cells(connection, {**asked, **cells(scope.first, last)})
        if day and not present and day >= scope.first:
            today = _cells(connection, {**asked, **cells(day, day)})
            for agency, counted in today.items():
                for name in FINAL_BEFORE:
                    found[agency][name] += counted[name]
            rows = connection.execute(_TODAY, {**asked, **scope.midnights(day)}, binary=True)
            for agency, name in _happened(map(_TABLE.row, rows), scope):
                found[agency][name] += 1
    each = [Quality(agency, counted) for agency, counted in found.items() if any(counted.values())]
    total = {name: sum(one.counted[name] for one in each) for name in COUNTED}
    return each, Quality(None, total)


def _none() -> dict[str, int]:
    return dict.fromkeys(COUNTED, 0)


def _cells(connection: Connection, asked: dict[str, Any]) -> dict[UUID | None, dict[str, int]]:
    found: dict[UUID | None, dict[str, int]] = defaultdict(_none)
    for agency, *sums in connection.execute(_CELLS, asked, binary=True):
        found[agency] = dict(zip(COUNTED, map(int, sums), strict=True))
    return found


def _happened(turns: Iterable[Turn], scope: Scope) -> Iterator[tuple[UUID | None, str]]:
    """What these turns count as on their own day, of whom the scope asks for."""
    for turn in turns:
        for at, (agency, kind), name in counts(turn):
            wanted = scope.agencies is None or agency in scope.agencies
            if isinstance(at, datetime) and wanted and scope.kind in {None, kind}:
                yield agency, name
