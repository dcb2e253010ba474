"""How promises are kept (kepatuhan janji layanan), by agency and step, now or as of any moment.

Each day has its own counts: the promises made on it, those kept or met late on it, and those that fell due
on it without having been kept. A period is the sum of its days, and nothing that comes later changes it. A
promise is broken when its moment has passed: at that very moment it is still in time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lapor.domain.clocks import StopOutcome
from lapor.domain.terms import Step
from lapor.store.database import Database
from projections.promises import BOUNDS, MEASURES, NOT_KEPT, PROMISES, TOOK
from projections.scope import CELLS, Scope, cells
from projections.tables import Table


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of promises; the times are working hours that met ones took, pauses not counted."""

    agency: UUID | None
    """Who made them; None: the coordinating office, or the reporter. In totals it is None too."""
    step: Step | None
    made: int
    kept: int
    """Met, and in time."""
    late: int
    """Met, after the moment."""
    missed: int
    """Fell due and were not met by then, whatever became of them afterwards."""
    lapsed: int
    """Missed, and later no longer owed."""
    released: int
    """In time no longer owed, or carried on by another promise: neither kept nor broken."""
    open: int
    """Neither met nor due, when the period was over."""
    overdue: int
    """Due and still owed, when the period was over."""
    median_working_hours: float | None
    """From buckets of durations, each 1.6 times as long as the one before: right to about a tenth."""
    p90_working_hours: float | None

    @property
    def compliance(self) -> float | None:
        """The share kept of those that were kept or missed; None where there are none."""
        decided = self.kept + self.missed
        return self.kept / decided if decided else None


@dataclass(frozen=True, slots=True)
class Sla:
    """The figures of each agency and step, of each step, and of everything."""

    rows: list[Figures]
    steps: list[Figures]
    total: Figures


_TABLE = Table(PROMISES)
_ALL = (*MEASURES, *TOOK)
_FITS = """
    (%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(step)s::text IS NULL OR step = %(step)s)
"""
_CELLS = f"""
    SELECT agency, step, {", ".join(f"sum({measure})" for measure in _ALL)}
      FROM {_TABLE.names[-1]} WHERE {CELLS} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - names of our own
_MET = f"outcome = '{StopOutcome.MET}'"
# A day that is not over: `projections.promises.counts` in SQL, of what has happened on it so far.
_ROWS = f"""
    SELECT agency, step, measure, count(*) FROM (
        SELECT agency, step, kind, 'made' AS measure
          FROM {PROMISES.table} WHERE made_at >= %(since)s AND made_at <= %(now)s
        UNION ALL
        SELECT agency, step, kind, 'missed'
          FROM {PROMISES.table} WHERE due_at >= %(since)s AND due_at < %(now)s
           AND {NOT_KEPT}
        UNION ALL
        SELECT agency, step, kind,
               CASE WHEN {_MET} THEN CASE WHEN stopped_at <= due_at THEN 'kept' ELSE 'late' END
                    ELSE CASE WHEN stopped_at <= due_at THEN 'released' ELSE 'lapsed' END END
          FROM {PROMISES.table} WHERE stopped_at >= %(since)s AND stopped_at <= %(now)s
        UNION ALL
        SELECT agency, step, kind, 'took_' || width_bucket(working_minutes::numeric, %(bounds)s::numeric[])
          FROM {PROMISES.table} WHERE stopped_at >= %(since)s AND stopped_at <= %(now)s AND {_MET}
    ) AS today WHERE {_FITS} GROUP BY agency, step, measure
""".encode()  # noqa: S608 - names of our own
# Of today's cell of what is missed, what falls due only later today.
_NOT_YET = f"""
    SELECT agency, step, 'missed', -count(*) FROM {PROMISES.table}
     WHERE due_at >= %(now)s AND due_at < %(until)s AND {NOT_KEPT} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - names of our own
_Of = tuple[UUID | None, Step]
_Counts = dict[_Of, list[int]]


def figures(
    database: Database, scope: Scope, now: datetime, *, step: Step | None = None, present: bool = False
) -> Sla:
    """Count the promises of the scope's days, as they stood at ``now``.

    ``present``: that is the present, and whatever the log says of the day has happened.
    """
    day = scope.unfinished(now)
    last = day if day and present else scope.over(now)
    asked = {**scope.asked, "step": step, "now": now, "bounds": list(BOUNDS)}
    period: _Counts = defaultdict(_none)
    ever: _Counts = defaultdict(_none)  # whatever is owed was promised at some time
    with database.connection() as connection:
        for days in (cells(scope.first, last), cells(date.min, min(scope.before, last))):
            for agency, of, *sums in connection.execute(_CELLS, {**asked, **days}, binary=True):
                if days["first"] == scope.first:
                    period[agency, Step(of)] = list(sums)
                ever[agency, Step(of)] = [a + b for a, b in zip(ever[agency, Step(of)], sums, strict=True)]
        if day:
            query = _NOT_YET if present else _ROWS
            for agency, of, measure, count in connection.execute(
                query, {**asked, **scope.midnights(day)}, binary=True
            ):
                for counts in (period, ever) if scope.first <= day else (ever,):
                    counts[agency, Step(of)][_ALL.index(measure)] += count
    rows = [_figures(agency, of, [period[agency, of]], [ever[agency, of]]) for agency, of in ever]
    steps = [_of_step(each, period, ever) for each in dict.fromkeys(of for _, of in ever)]
    return Sla(
        rows=[each for each in rows if _any(each)],
        steps=[each for each in steps if _any(each)],
        total=_figures(None, None, period.values(), ever.values()),
    )


def _none() -> list[int]:
    return [0] * len(_ALL)


def _any(each: Figures) -> bool:
    """Whether anything is to be said: something happened in the period, or was owed at its end."""
    happened = each.made + each.kept + each.late + each.missed + each.lapsed + each.released
    return bool(happened + each.open + each.overdue)


def _of_step(step: Step, period: _Counts, ever: _Counts) -> Figures:
    def of(counts: _Counts) -> list[list[int]]:
        return [sums for (_, each), sums in counts.items() if each is step]

    return _figures(None, step, of(period), of(ever))


def _figures(
    agency: UUID | None, step: Step | None, period: Iterable[list[int]], ever: Iterable[list[int]]
) -> Figures:
    made, kept, late, missed, lapsed, released, *took = _sum(period)
    all_made, all_kept, all_late, all_missed, all_lapsed, all_released, *_ = _sum(ever)
    overdue = all_missed - all_late - all_lapsed
    return Figures(
        agency,
        step,
        made,
        kept,
        late,
        missed,
        lapsed,
        released,
        open=all_made - all_kept - all_released - all_missed,
        overdue=overdue,
        median_working_hours=_hours(took, 0.5),
        p90_working_hours=_hours(took, 0.9),
    )


def _sum(counts: Iterable[list[int]]) -> list[int]:
    return [sum(column) for column in zip(_none(), *counts, strict=True)]


def _hours(took: Sequence[int], share: float) -> float | None:
    """Working hours within which this share of the durations lies, by where it falls in its bucket."""
    wanted = share * sum(took)
    for bucket, count in enumerate(took):
        if count and wanted <= count:
            low = BOUNDS[bucket - 1] if bucket else 0
            high = BOUNDS[bucket] if bucket < len(BOUNDS) else low
            return round((low + (high - low) * wanted / count) / 60, 1)
        wanted -= count
    return None
