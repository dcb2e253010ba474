"""Compliance with promises (kepatuhan janji layanan), by agency and step, now or as of any moment.

Each day has its own counts: the promises made on it, those kept or met late on it, and those that fell due on
it without being kept. A period is the sum of its days, and no later event changes it. A promise is broken
after its deadline; at the very instant of the deadline it is still in time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from lapor.domain.vocabulary import Step
from lapor.store.database import Database
from projections.engine.period import CELLS, PeriodScope, cell_parameters
from projections.engine.tables import Table
from projections.sla.durations import AgencyStep, Durations, durations
from projections.sla.promises import COUNTED, MEASURES, NOT_KEPT, PROMISES


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
    p90_working_hours: float | None
    exact: bool
    """Whether median and p90 follow from each duration. Where an agency met more than 300 promises of a step,
    they are estimated from buckets a tenth wide."""

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
_KEPT, _LATE = MEASURES.index("kept"), MEASURES.index("late")
_FITS = """
    (%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(step)s::text IS NULL OR step = %(step)s)
"""
_CELLS = f"""
    SELECT agency, step, {", ".join(f"sum({measure})" for measure in MEASURES)}
      FROM {_TABLE.names[-1]} WHERE {CELLS} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - constants only


def _counted_by(field: str) -> str:
    """Return the query of the counts that are dated by a field, on the day in progress up to now."""
    measures = [f"CASE WHEN {each.sql} THEN '{each.name}' END" for each in COUNTED if each.at == field]
    until = "<" if field == "due_at" else "<="  # at the very deadline a promise is still in time
    return f"""
        SELECT agency, step, kind, unnest(ARRAY[{", ".join(measures)}]) AS measure
          FROM {PROMISES.table} WHERE {field} >= %(since)s AND {field} {until} %(now)s
    """  # noqa: S608 - constants only


_OF_TODAY = " UNION ALL ".join(map(_counted_by, dict.fromkeys(measure.at for measure in COUNTED)))
_TODAY = f"""
    SELECT agency, step, %(since)s >= %(begin)s, measure, count(*) FROM ({_OF_TODAY}) AS today
     WHERE measure IS NOT NULL AND {_FITS} GROUP BY agency, step, measure
""".encode()  # noqa: S608 - constants only
# Today's cell counts all that falls due today. This subtracts what is not kept and falls due later today.
_NOT_YET = f"""
    SELECT agency, step, %(until)s > %(begin)s, 'due', -count(*) FROM {PROMISES.table}
     WHERE due_at >= %(now)s AND due_at < %(until)s AND {NOT_KEPT} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - constants only
_Counts = dict[AgencyStep, list[int]]
"""By agency and step: a number for each of ``MEASURES``."""


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
    counted_days = scope.days_as_of(now, present=present)
    parameters = {
        **scope.parameters,
        "step": step,
        "now": now,
        **scope.instants(counted_days.last),
    }
    period: _Counts = defaultdict(_none)
    ever: _Counts = defaultdict(_none)  # open promises may have been made at any time before
    if counted_days.today:
        parameters |= scope.midnights(counted_days.today)
    days_of_period = cell_parameters(scope.first, counted_days.cells)
    with database.connection() as connection:
        for days in (
            days_of_period,
            cell_parameters(date.min, min(scope.day_before, counted_days.cells)),
        ):
            for agency, of, *sums in connection.execute(_CELLS, {**parameters, **days}, binary=True):
                key = agency, Step(of)
                if days is days_of_period:
                    period[key] = list(sums)
                ever[key] = _sum([ever[key], sums]) if key in ever else sums
        if counted_days.today:
            in_progress = _TODAY if counted_days.rows else _NOT_YET
            for agency, of, in_period, measure, count in connection.execute(
                in_progress, parameters, binary=True
            ):
                for counts in (period, ever) if in_period else (ever,):
                    counts[agency, Step(of)][MEASURES.index(measure)] += count
        took = durations(
            connection,
            {key: sums[_KEPT] + sums[_LATE] for key, sums in period.items()},
            parameters,
            days=days_of_period,
            rows_of_today=counted_days.rows is not None,
        )
    counted = _Counted(period, ever, took)
    keys = list(ever)
    rows = [_figures(*key, [key], counted) for key in keys]
    steps = [
        _figures(None, step, [key for key in keys if key[1] is step], counted)
        for step in dict.fromkeys(of for _, of in keys)
    ]
    return SlaReport(
        rows=[each for each in rows if _any(each)],
        steps=[each for each in steps if _any(each)],
        total=_figures(None, None, keys, counted),
    )


def _none() -> list[int]:
    return [0] * len(MEASURES)


def _any(each: SlaFigures) -> bool:
    """Return whether any promise was counted in the period, or owed at its end."""
    happened = each.made + each.kept + each.late + each.missed + each.lapsed + each.released + each.excused
    return bool(happened + each.open + each.overdue)


class _Counted(NamedTuple):
    """Counts of the period and of all time, and the durations of the promises met in the period."""

    period: _Counts
    ever: _Counts
    took: Mapping[AgencyStep, Durations]


def _figures(
    agency: UUID | None, step: Step | None, keys: Sequence[AgencyStep], counted: _Counted
) -> SlaFigures:
    """Return the figures of these agencies and steps together."""
    period, ever, took = counted
    made, kept, late, due, spared, lapsed, released, excused = _sum([period[key] for key in keys])
    all_made, all_kept, all_late, all_due, all_spared, all_lapsed, all_released, _ = _sum(
        [ever[key] for key in keys]
    )
    all_missed = all_due - all_spared
    together = Durations.together(took[key] for key in keys if key in took)
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
        median_working_hours=together.hours(0.5),
        p90_working_hours=together.hours(0.9),
        exact=together.exact,
    )


def _sum(counts: Iterable[list[int]]) -> list[int]:
    first, *others = (*counts,) or (_none(),)
    return [sum(column) for column in zip(first, *others, strict=True)] if others else first
