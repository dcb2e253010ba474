"""Compliance with promises (kepatuhan janji layanan), by agency and step, now or as of any moment.

Each day has its own counts: the promises made on it, those kept or met late on it, and those that fell due on
it without being kept. A period is the sum of its days, and no later event changes it. A promise is broken
after its deadline; at the very instant of the deadline it is still in time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.vocabulary import Step
from lapor.store.database import Database
from projections.engine.period import CELLS, PeriodScope, cell_parameters
from projections.engine.tables import Table
from projections.sla.promises import BOUNDS, MEASURES, NOT_KEPT, PROMISES, TOOK


@dataclass(frozen=True, slots=True)
class SlaFigures:
    """Counts of promises. Durations are working hours until a promise was met, without pauses."""

    agency: UUID | None
    """The agency that made them; None: the coordinating office or the reporter, and in totals."""
    step: Step | None
    made: int
    kept: int
    """Met in time."""
    late: int
    """Met after the deadline."""
    missed: int
    """Fell due without having been met, even if they were met later."""
    lapsed: int
    """Missed, and voided later."""
    released: int
    """Voided or replaced by another promise in time: neither kept nor broken."""
    excused: int
    """Missed, and excused in the period. They still count as missed."""
    open: int
    """Not yet met and not yet due, at the end of the period."""
    overdue: int
    """Due and still not met, at the end of the period."""
    median_working_hours: float | None
    """Estimated from buckets of durations, each 1.6 times the one before: accurate to about a tenth."""
    p90_working_hours: float | None

    @property
    def compliance(self) -> float | None:
        """The share of kept promises among those kept or missed; None if there are none."""
        decided = self.kept + self.missed
        return self.kept / decided if decided else None


@dataclass(frozen=True, slots=True)
class SlaReport:
    """The figures of each agency and step, of each step, and of everything."""

    rows: list[SlaFigures]
    steps: list[SlaFigures]
    total: SlaFigures


_TABLE = Table(PROMISES)
_ALL = (*MEASURES, *TOOK)
_FITS = """
    (%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(step)s::text IS NULL OR step = %(step)s)
"""
_CELLS = f"""
    SELECT agency, step, {", ".join(f"sum({measure})" for measure in _ALL)}
      FROM {_TABLE.names[-1]} WHERE {CELLS} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - constants only
_IN_TIME, _MET = "stopped_at <= due_at", f"outcome = '{StopOutcome.MET}'"
_ENDED = f"""
    CASE WHEN {_MET} THEN CASE WHEN {_IN_TIME} THEN 'kept' ELSE 'late' END
         ELSE CASE WHEN {_IN_TIME} THEN 'released' ELSE 'lapsed' END END
"""
_BUCKET = f"CASE WHEN {_MET} THEN width_bucket(working_minutes, %(bounds)s::bigint[]) END"
# `projections.sla.promises.counts` in SQL, for the present day up to now, without spared promises.
_TODAY = f"""
    SELECT agency, step, %(since)s >= %(begin)s, measure, count(*) FROM (
        SELECT agency, step, kind, 'made' AS measure
          FROM {PROMISES.table} WHERE made_at >= %(since)s AND made_at <= %(now)s
        UNION ALL
        SELECT agency, step, kind, 'due'
          FROM {PROMISES.table} WHERE due_at >= %(since)s AND due_at < %(now)s AND {NOT_KEPT}
        UNION ALL
        SELECT agency, step, kind, unnest(ARRAY[{_ENDED}, 'took_' || {_BUCKET}])
          FROM {PROMISES.table} WHERE stopped_at >= %(since)s AND stopped_at <= %(now)s
        UNION ALL
        SELECT agency, step, kind, 'excused'
          FROM {PROMISES.table} WHERE excused_at >= %(since)s AND excused_at <= %(now)s
    ) AS today WHERE measure IS NOT NULL AND {_FITS} GROUP BY agency, step, measure
""".encode()  # noqa: S608 - constants only

# Today's cell counts all that falls due today. This subtracts what is not kept and falls due later today.
_NOT_YET = f"""
    SELECT agency, step, %(until)s > %(begin)s, 'due', -count(*) FROM {PROMISES.table}
     WHERE due_at >= %(now)s AND due_at < %(until)s AND {NOT_KEPT} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - constants only
_Counts = dict[tuple[UUID | None, Step], list[int]]
"""By agency and step: a number for each of ``_ALL``."""


def figures(
    database: Database,
    scope: PeriodScope,
    now: datetime,
    *,
    step: Step | None = None,
    present: bool = False,
) -> SlaReport:
    """Count the promises of the scope's days as of ``now``.

    ``present``: ``now`` is the present, so all events of that day have happened.
    """
    day = scope.day_in_progress(now)
    last = day if day and present else scope.last_whole_day(now)
    parameters = {
        **scope.parameters,
        "step": step,
        "now": now,
        "bounds": list(BOUNDS),
        **scope.instants(day or last),
    }
    period: _Counts = defaultdict(_none)
    ever: _Counts = defaultdict(_none)  # open promises may have been made at any time before
    if day:
        parameters |= scope.midnights(day)
    with database.connection() as connection:
        for days in (
            cell_parameters(scope.first, last),
            cell_parameters(date.min, min(scope.day_before, last)),
        ):
            for agency, of, *sums in connection.execute(_CELLS, {**parameters, **days}, binary=True):
                key = agency, Step(of)
                if days["first"] == scope.first:
                    period[key] = list(sums)
                ever[key] = _sum([ever[key], sums]) if key in ever else sums
        if day:
            in_progress = _NOT_YET if present else _TODAY
            for agency, of, in_period, measure, count in connection.execute(
                in_progress, parameters, binary=True
            ):
                for counts in (period, ever) if in_period else (ever,):
                    counts[agency, Step(of)][_ALL.index(measure)] += count
    rows = [_figures(agency, of, [period[agency, of]], [ever[agency, of]]) for agency, of in ever]
    steps = [_of_step(each, period, ever) for each in dict.fromkeys(of for _, of in ever)]
    return SlaReport(
        rows=[each for each in rows if _any(each)],
        steps=[each for each in steps if _any(each)],
        total=_figures(None, None, period.values(), ever.values()),
    )


def _none() -> list[int]:
    return [0] * len(_ALL)


def _any(each: SlaFigures) -> bool:
    """Return whether any promise was counted in the period, or owed at its end."""
    happened = each.made + each.kept + each.late + each.missed + each.lapsed + each.released + each.excused
    return bool(happened + each.open + each.overdue)


def _of_step(step: Step, period: _Counts, ever: _Counts) -> SlaFigures:
    def of(counts: _Counts) -> list[list[int]]:
        return [sums for (_, each), sums in counts.items() if each is step]

    return _figures(None, step, of(period), of(ever))


def _figures(
    agency: UUID | None, step: Step | None, period: Iterable[list[int]], ever: Iterable[list[int]]
) -> SlaFigures:
    made, kept, late, due, spared, lapsed, released, excused, *took = _sum(period)
    all_made, all_kept, all_late, all_due, all_spared, all_lapsed, all_released, *_ = _sum(ever)
    all_missed = all_due - all_spared
    return SlaFigures(
        agency,
        step,
        made,
        kept,
        late,
        due - spared,
        lapsed,
        released,
        excused,
        open=all_made - all_kept - all_released - all_missed,
        overdue=all_missed - all_late - all_lapsed,
        median_working_hours=_hours(took, 0.5),
        p90_working_hours=_hours(took, 0.9),
    )


def _sum(counts: Iterable[list[int]]) -> list[int]:
    first, *others = (*counts,) or (_none(),)
    return [sum(column) for column in zip(first, *others, strict=True)] if others else first


def _hours(took: Sequence[int], share: float) -> float | None:
    """Return the quantile of the durations in working hours, interpolated within its bucket."""
    wanted = share * sum(took)
    for bucket, count in enumerate(took):
        if count and wanted <= count:
            low = BOUNDS[bucket - 1] if bucket else 0
            high = BOUNDS[bucket] if bucket < len(BOUNDS) else low
            return round((low + (high - low) * wanted / count) / 60, 1)
        wanted -= count
    return None
