"""Quality of handling (mutu penanganan): declined, reopened, objected to; ratings, commitments. By agency.

Each counts on its own day. So a period is the sum of its days, and no later event changes it. The figures can
be as of any moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lapor.store.database import Connection, Database
from projections.engine.period import CELLS, PeriodScope, cell_parameters
from projections.engine.rollups import local_day
from projections.engine.tables import Table
from projections.quality.handling_events import (
    FINAL_BEFORE,
    HANDLING_EVENTS,
    MEASURES,
    STARS,
    HandlingEvent,
    counts,
)

_TABLE = Table(HANDLING_EVENTS)
_FITS = """
    (%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
"""
_TOTALS = f"""
    SELECT agency, {", ".join(f"sum({measure})" for measure in MEASURES)}
      FROM {_TABLE.names[-1]} WHERE {CELLS} AND {_FITS} GROUP BY agency
""".encode()  # noqa: S608 - constants only
_TODAY = f"""
    SELECT {_TABLE.selected} FROM {HANDLING_EVENTS.table} WHERE at >= %(since)s AND at <= %(now)s
""".encode()  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class QualityFigures:
    """The counts of one agency, or of all. Shares are None if the whole is zero."""

    agency: UUID | None
    """None: no agency had the complaint yet; in totals: all agencies."""
    counted: Mapping[str, int]

    @property
    def ratings(self) -> int:
        """The number of ratings, without those that were replaced by later ones."""
        return sum(self._stars().values())

    @property
    def mean_rating(self) -> float | None:
        stars = self._stars()
        return round(sum(n * count for n, count in stars.items()) / self.ratings, 2) if self.ratings else None

    @property
    def commitments_broken(self) -> int:
        """Commitments that were not kept by the end of the promised day, even if they were kept later."""
        return self.counted["commitments_due"] - self.counted["commitments_spared"]

    def _stars(self) -> dict[int, int]:
        return {n: self.counted[each] - self.counted[f"{each}_replaced"] for n, each in enumerate(STARS, 1)}

    def share(self, part: str, whole: str) -> float | None:
        """Return one count as a share of another; None if that is zero."""
        return round(self.counted[part] / self.counted[whole], 4) if self.counted[whole] else None


def quality(
    database: Database, scope: PeriodScope, now: datetime, *, present: bool = False
) -> tuple[list[QualityFigures], QualityFigures]:
    """Return the figures of the scope's days as of ``now``: of each agency, in no order, and the totals.

    ``present``: ``now`` is the present, so all events of that day have happened.
    """
    counted_days = scope.days_as_of(now, present=present)
    day, parameters = counted_days.rows, {**scope.parameters, "now": now}
    with database.connection() as connection:
        cells = cell_parameters(scope.first, counted_days.cells)
        totals = _cells(connection, _TOTALS, {**parameters, **cells})
        if day and day >= scope.first:
            today = _cells(connection, _TOTALS, {**parameters, **cell_parameters(day, day)})
            _add(totals, ((agency, name, n[name]) for agency, n in today.items() for name in FINAL_BEFORE))
            rows = connection.execute(_TODAY, {**parameters, **scope.midnights(day)}, binary=True)
            _add(totals, _counts(map(_TABLE.row, rows), replace(scope, first=day), day))
    agencies = [
        QualityFigures(agency, counted) for agency, counted in totals.items() if any(counted.values())
    ]
    total = {name: sum(one.counted[name] for one in agencies) for name in MEASURES}
    return agencies, QualityFigures(None, total)


def _none() -> dict[str, int]:
    return dict.fromkeys(MEASURES, 0)


_Totals = dict[UUID | None, dict[str, int]]


def _cells(connection: Connection, query: bytes, parameters: dict[str, Any]) -> _Totals:
    totals: _Totals = defaultdict(_none)
    for agency, *sums in connection.execute(query, parameters, binary=True):
        totals[agency] = dict(zip(MEASURES, map(int, sums), strict=True))
    return totals


def _add(totals: _Totals, more: Iterable[tuple[UUID | None, str, int]]) -> None:
    for agency, name, count in more:
        totals[agency][name] += count


def _counts(
    rows: Iterable[HandlingEvent], scope: PeriodScope, last: date
) -> Iterator[tuple[UUID | None, str, int]]:
    """Yield the counts of these rows within the scope, up to the day ``last``: agency, measure and number."""
    day_of = local_day(scope.zone)
    for row in rows:
        for at, (agency, kind), name in counts(row):
            wanted = scope.agencies is None or agency in scope.agencies
            in_time = scope.first <= day_of(at) <= min(last, scope.last)
            if wanted and in_time and scope.kind in {None, kind}:
                yield agency, name, 1
