"""Compliance with promises (kepatuhan janji layanan), by agency and step, now or as of any moment.

Each day has its own counts: the promises made on it, those kept or met late on it, and those that fell due on
it without being kept. A period is the sum of its days, and no later event changes it. A promise is broken
after its deadline; at the very instant of the deadline it is still in time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from lapor.domain.vocabulary import Step
from lapor.store.database import Connection, Database
from projections.engine.period import CELLS, PeriodScope, cell_parameters
from projections.engine.tables import Table
from projections.sla.promises import BOUNDS, COUNTED, MEASURES, MET, NOT_KEPT, PROMISES, TOOK


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
    """Whether median and p90 are from each duration, or, above 300 cases, from buckets a tenth wide. Of an
    anonymous complaint a duration counts in whole working days: its minute would reveal that of filing."""

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
FEW = 300
"""Up to so many durations are read one by one."""
DAY = 450
"""Minutes of a working day, 37.5 hours a week, in which durations of anonymous complaints count."""
_ALL = (*MEASURES, *TOOK)
_FITS = """
    (%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(step)s::text IS NULL OR step = %(step)s)
"""
_CELLS = f"""
    SELECT agency, step, {", ".join(f"sum({measure})" for measure in _ALL)}
      FROM {_TABLE.names[-1]} WHERE {CELLS} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - constants only
_BUCKET = f"CASE WHEN {MET} THEN 'took_' || width_bucket(working_minutes, %(bounds)s::bigint[]) END"


def _counted_by(field: str, bucket: str = "NULL") -> str:
    """Return the query of the counts that are dated by a field, on the day in progress up to now."""
    measures = [f"CASE WHEN {each.sql} THEN '{each.name}' END" for each in COUNTED if each.at == field]
    until = "<" if field == "due_at" else "<="  # at the very deadline a promise is still in time
    return f"""
        SELECT agency, step, kind, unnest(ARRAY[{", ".join(measures)}, {bucket}]) AS measure
          FROM {PROMISES.table} WHERE {field} >= %(since)s AND {field} {until} %(now)s
    """  # noqa: S608 - constants only


_TODAY = f"""
    SELECT agency, step, %(since)s >= %(begin)s, measure, count(*)
      FROM ({
    " UNION ALL ".join(
        (
            _counted_by("made_at"),
            _counted_by("due_at"),
            _counted_by("stopped_at", _BUCKET),
            _counted_by("excused_at"),
        )
    )
}) AS today WHERE measure IS NOT NULL AND {_FITS} GROUP BY agency, step, measure
""".encode()  # noqa: S608 - constants only
# Today's cell counts all that falls due today. This subtracts what is not kept and falls due later today.
_NOT_YET = f"""
    SELECT agency, step, %(until)s > %(begin)s, 'due', -count(*) FROM {PROMISES.table}
     WHERE due_at >= %(now)s AND due_at < %(until)s AND {NOT_KEPT} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - constants only
_EXACTLY, _EXACTLY_OF_NO_AGENCY = (
    f"""
    SELECT p.agency, p.step, CASE WHEN anonymous THEN ceil(working_minutes / {DAY}.0) * {DAY}
                                  ELSE working_minutes END::float8
      FROM {PROMISES.table} p
      JOIN unnest(%(of_agencies)s::uuid[], %(of_steps)s::text[]) AS wanted (agency, step)
        ON p.step = wanted.step AND {same}
     WHERE {MET} AND stopped_at >= %(begin)s AND stopped_at < %(end)s AND stopped_at <= %(now)s
       AND (%(kind)s::text IS NULL OR kind = %(kind)s)
"""  # noqa: S608 - constants only
    for same in ("p.agency = wanted.agency", "p.agency IS NULL AND wanted.agency IS NULL")
)
_EXACT = f"{_EXACTLY} UNION ALL {_EXACTLY_OF_NO_AGENCY}".encode()
_Key = tuple[UUID | None, Step]
_Counts = dict[_Key, list[int]]
"""By agency and step: a number for each of ``_ALL``."""
_Took = dict[_Key, list[float]]
"""By agency and step: durations in working minutes."""


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
        "bounds": list(BOUNDS),
        **scope.instants(counted_days.last),
    }
    period: _Counts = defaultdict(_none)
    ever: _Counts = defaultdict(_none)  # open promises may have been made at any time before
    if counted_days.today:
        parameters |= scope.midnights(counted_days.today)
    with database.connection() as connection:
        for days in (
            cell_parameters(scope.first, counted_days.cells),
            cell_parameters(date.min, min(scope.day_before, counted_days.cells)),
        ):
            for agency, of, *sums in connection.execute(_CELLS, {**parameters, **days}, binary=True):
                key = agency, Step(of)
                if days["first"] == scope.first:
                    period[key] = list(sums)
                ever[key] = _sum([ever[key], sums]) if key in ever else sums
        if counted_days.today:
            in_progress = _TODAY if counted_days.rows else _NOT_YET
            for agency, of, in_period, measure, count in connection.execute(
                in_progress, parameters, binary=True
            ):
                for counts in (period, ever) if in_period else (ever,):
                    counts[agency, Step(of)][_ALL.index(measure)] += count
        counted = _Counted(period, ever, _took(connection, parameters, period))
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


def _took(connection: Connection, parameters: Mapping[str, Any], period: _Counts) -> _Took:
    """Return the durations of the promises met in the period, where an agency met few of a step."""
    few = [key for key, sums in period.items() if 0 < sum(sums[len(MEASURES) :]) <= FEW]
    took: _Took = {key: [] for key in few}
    if few:
        agencies, of_steps = [agency for agency, _ in few], [str(step) for _, step in few]
        given = {**parameters, "of_agencies": agencies, "of_steps": of_steps}
        for agency, step, minutes in connection.execute(_EXACT, given, binary=True):
            took[agency, Step(step)].append(minutes)
    return took


def _none() -> list[int]:
    return [0] * len(_ALL)


def _any(each: SlaFigures) -> bool:
    """Return whether any promise was counted in the period, or owed at its end."""
    happened = each.made + each.kept + each.late + each.missed + each.lapsed + each.released + each.excused
    return bool(happened + each.open + each.overdue)


class _Counted(NamedTuple):
    """What was counted in the period and ever, and the durations where they are few."""

    period: _Counts
    ever: _Counts
    took: _Took


def _figures(agency: UUID | None, step: Step | None, keys: Sequence[_Key], counted: _Counted) -> SlaFigures:
    """Return the figures of these agencies and steps together."""
    period, ever, took = counted
    made, kept, late, due, spared, lapsed, released, excused, *buckets = _sum([period[key] for key in keys])
    all_made, all_kept, all_late, all_due, all_spared, all_lapsed, all_released, *_ = _sum(
        [ever[key] for key in keys]
    )
    all_missed = all_due - all_spared
    exact = sum(buckets) <= FEW
    minutes = sorted(each for key in keys for each in took.get(key, ())) if exact else []
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
        median_working_hours=_exactly(minutes, 0.5) if exact else _about(buckets, 0.5),
        p90_working_hours=_exactly(minutes, 0.9) if exact else _about(buckets, 0.9),
        exact=exact,
    )


def _sum(counts: Iterable[list[int]]) -> list[int]:
    first, *others = (*counts,) or (_none(),)
    return [sum(column) for column in zip(first, *others, strict=True)] if others else first


def _exactly(minutes: Sequence[float], share: float) -> float | None:
    """Return the quantile of sorted durations in working hours, between the two that are next to it."""
    if not minutes:
        return None
    place = share * (len(minutes) - 1)
    below, above = minutes[int(place)], minutes[ceil(place)]
    return round((below + (above - below) * (place % 1)) / 60, 1)


def _about(buckets: Sequence[int], share: float) -> float | None:
    """Return the quantile of many durations in working hours, interpolated within its bucket."""
    wanted = share * sum(buckets)
    for bucket, count in enumerate(buckets):
        if count and wanted <= count:
            low = BOUNDS[bucket - 1] if bucket else 0
            high = BOUNDS[bucket] if bucket < len(BOUNDS) else low
            return round((low + (high - low) * wanted / count) / 60, 1)
        wanted -= count
    return None
