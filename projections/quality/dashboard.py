"""How well complaints are handled (mutu penanganan), by agency, now or as of any moment.

Refusals, reroutings, reopenings, objections, ratings, commitments: each counts on its own day, so that a
period is the sum of its days and nothing that comes later changes it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lapor.store.database import Connection, Database
from projections.engine.period import CELLS, CELLS_OF_BLOCKS, PeriodScope, cells, parts
from projections.engine.rollups import local_day
from projections.engine.tables import Table
from projections.quality.handling_events import COUNTED, FINAL_BEFORE, STARS, TURNS, HandlingEvent, counts

_TABLE = Table(TURNS)
_FITS = """
    (%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
"""
_SUMS, _SUMS_OF_BLOCKS = (
    f"""
    SELECT agency, {", ".join(f"sum({measure})" for measure in COUNTED)}
      FROM {_TABLE.names[-1]} WHERE {each} AND {_FITS} GROUP BY agency
""".encode()  # noqa: S608 - names of our own
    for each in (CELLS, CELLS_OF_BLOCKS)
)
_TODAY, _BLOCK = (
    f"SELECT {_TABLE.selected} FROM {TURNS.table} WHERE {these}".encode()  # noqa: S608 - names of our own
    for these in (
        "at >= %(since)s AND at <= %(now)s",
        "position >= %(block_begin)s AND position <= %(position)s",
    )
)


@dataclass(frozen=True, slots=True)
class QualityFigures:
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
    database: Database,
    scope: PeriodScope,
    now: datetime,
    *,
    present: bool = False,
    position: int | None = None,
) -> tuple[list[QualityFigures], QualityFigures]:
    """What happened in the scope's days, as it stood at ``now``: of each agency, in no order, and of all.

    ``present``: that is the present, and whatever the log says of the day has happened. ``position``: the
    log's first events alone count, and ``now`` is their horizon.
    """
    day, over = scope.unfinished(now), scope.over(now)
    asked = {**scope.asked, "now": now}
    with database.connection() as connection:
        if position is not None:
            asked |= parts(position)
            last = day or over
            found = _cells(connection, _SUMS_OF_BLOCKS, {**asked, **cells(scope.first, last)})
            rows = connection.execute(_BLOCK, asked, binary=True)
            _add(found, _counts(map(_TABLE.row, rows), scope, last))
        elif day and not present and day >= scope.first:
            found = _cells(connection, _SUMS, {**asked, **cells(scope.first, over)})
            today = _cells(connection, _SUMS, {**asked, **cells(day, day)})
            _add(found, ((of, name, n[name]) for of, n in today.items() for name in FINAL_BEFORE))
            rows = connection.execute(_TODAY, {**asked, **scope.midnights(day)}, binary=True)
            _add(found, _counts(map(_TABLE.row, rows), replace(scope, first=day), day))
        else:
            found = _cells(connection, _SUMS, {**asked, **cells(scope.first, day or over)})
    each = [QualityFigures(agency, counted) for agency, counted in found.items() if any(counted.values())]
    total = {name: sum(one.counted[name] for one in each) for name in COUNTED}
    return each, QualityFigures(None, total)


def _none() -> dict[str, int]:
    return dict.fromkeys(COUNTED, 0)


_Found = dict[UUID | None, dict[str, int]]


def _cells(connection: Connection, query: bytes, asked: dict[str, Any]) -> _Found:
    found: _Found = defaultdict(_none)
    for agency, *sums in connection.execute(query, asked, binary=True):
        found[agency] = dict(zip(COUNTED, map(int, sums), strict=True))
    return found


def _add(found: _Found, more: Iterable[tuple[UUID | None, str, int]]) -> None:
    for agency, name, count in more:
        found[agency][name] += count


def _counts(
    turns: Iterable[HandlingEvent], scope: PeriodScope, last: date
) -> Iterator[tuple[UUID | None, str, int]]:
    """What these turns count as in the scope's days up to ``last``, of whom it asks for."""
    day_of = local_day(scope.zone)
    for turn in turns:
        for at, (agency, kind), name, _ in counts(turn):
            wanted = scope.agencies is None or agency in scope.agencies
            in_time = scope.first <= day_of(at) <= min(last, scope.last)
            if wanted and in_time and scope.kind in {None, kind}:
                yield agency, name, 1
