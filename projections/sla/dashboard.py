"""How promises are kept (kepatuhan janji layanan), by agency and step, now or as of any moment.

Each day has its own counts: the promises made on it, those kept or met late on it, and those that fell due
on it without having been kept. A period is the sum of its days, and nothing that comes later changes it. A
promise is broken when its moment has passed: at that very moment it is still in time.

What the log's first events tell is counted by blocks of positions: those that are whole from their sums, the
one that is not from its rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.vocabulary import Step
from lapor.store.database import Database
from projections.engine.period import CELLS, CELLS_OF_BLOCKS, PeriodScope, cells, parts
from projections.engine.tables import Table
from projections.sla.promises import BOUNDS, MEASURES, NOT_KEPT, PROMISES, TOOK


@dataclass(frozen=True, slots=True)
class SlaFigures:
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
    excused: int
    """Missed, and excused in the period: they stay missed."""
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
_CELLS, _CELLS_OF_BLOCKS = (
    f"""
    SELECT agency, step, {", ".join(f"sum({measure})" for measure in _ALL)}
      FROM {_TABLE.names[-1]} WHERE {cells_} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - names of our own
    for cells_ in (CELLS, CELLS_OF_BLOCKS)
)
_IN_TIME, _MET = "stopped_at <= due_at", f"outcome = '{StopOutcome.MET}'"
_ENDED = f"""
    CASE WHEN {_MET} THEN CASE WHEN {_IN_TIME} THEN 'kept' ELSE 'late' END
         ELSE CASE WHEN {_IN_TIME} THEN 'released' ELSE 'lapsed' END END
"""
_BUCKET = f"CASE WHEN {_MET} THEN width_bucket(working_minutes, %(bounds)s::bigint[]) END"
# `projections.promises.counts` in SQL, of a day that is not over, as far as it has gone: what is spared on it
# is left out of what is due.
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
""".encode()  # noqa: S608 - names of our own


def _when(at: str) -> str:
    """Whether something counts in the period, or before it; NULL where it does after it."""
    return f"CASE WHEN {at} < %(end)s THEN {at} >= %(begin)s END"


# The same of a block of positions that is not whole, as far as the log is asked for. Its rows are grouped
# before each is counted in several measures: they are many.
_BLOCK = f"""
    WITH made AS (
        SELECT agency, step, {_when("made_at")} AS made, {_when("due_at")} AS due, count(*) AS n
          FROM {PROMISES.table}
         WHERE made_position >= %(block_begin)s AND made_position <= %(position)s AND {_FITS}
         GROUP BY 1, 2, 3, 4
    ), stopped AS (
        SELECT agency, step, {_ENDED} AS ended, {_BUCKET} AS bucket, {_when("stopped_at")} AS stopped,
               CASE WHEN {_IN_TIME} THEN {_when("due_at")} END AS spared, count(*) AS n
          FROM {PROMISES.table}
         WHERE stopped_position >= %(block_begin)s AND stopped_position <= %(position)s AND {_FITS}
         GROUP BY 1, 2, 3, 4, 5, 6
    )
    SELECT agency, step, lately, measure, n
      FROM made, LATERAL (VALUES (made, 'made'), (due, 'due')) AS v (lately, measure)
     WHERE lately IS NOT NULL
    UNION ALL
    SELECT agency, step, lately, measure, n
      FROM stopped, LATERAL (VALUES (stopped, ended), (stopped, 'took_' || bucket), (spared, 'spared'))
                         AS v (lately, measure)
     WHERE lately IS NOT NULL AND measure IS NOT NULL
    UNION ALL
    SELECT agency, step, {_when("excused_at")}, 'excused', count(*)
      FROM {PROMISES.table}
     WHERE excused_position >= %(block_begin)s AND excused_position <= %(position)s
       AND excused_at < %(end)s AND {_FITS}
     GROUP BY 1, 2, 3
""".encode()  # noqa: S608 - names of our own
# Of today's cell of what is due and was not spared, what falls due only later today.
_NOT_YET, _NOT_YET_KNOWN = (
    f"""
    SELECT agency, step, %(until)s > %(begin)s, 'due', -count(*) FROM {PROMISES.table}
     WHERE due_at >= %(now)s AND due_at < %(until)s AND {unkept} AND {_FITS} GROUP BY agency, step
""".encode()  # noqa: S608 - names of our own
    for unkept in (
        NOT_KEPT,
        f"made_position <= %(position)s AND (stopped_position <= %(position)s AND {_IN_TIME}) IS NOT TRUE",
    )
)
_Of = tuple[UUID | None, Step]
_Counts = dict[_Of, list[int]]


def figures(
    database: Database,
    scope: PeriodScope,
    now: datetime,
    *,
    step: Step | None = None,
    present: bool = False,
    position: int | None = None,
) -> SlaReport:
    """Count the promises of the scope's days, as they stood at ``now``.

    ``present``: that is the present, and whatever the log says of the day has happened. ``position``: the
    log's first events alone count, and ``now`` is their horizon.
    """
    day = scope.unfinished(now)
    last = day if day and (present or position is not None) else scope.over(now)
    asked = {**scope.asked, "step": step, "now": now, "bounds": list(BOUNDS), **scope.instants(day or last)}
    period: _Counts = defaultdict(_none)
    ever: _Counts = defaultdict(_none)  # whatever is owed was promised at some time
    query, further = (_CELLS, []) if position is None else (_CELLS_OF_BLOCKS, [_BLOCK])
    if position is not None:
        asked |= parts(position)
    if day:
        asked |= scope.midnights(day)
        further.append(_NOT_YET_KNOWN if position is not None else _NOT_YET if present else _TODAY)
    with database.connection() as connection:
        for days in (cells(scope.first, last), cells(date.min, min(scope.before, last))):
            for agency, of, *sums in connection.execute(query, {**asked, **days}, binary=True):
                each_of = agency, Step(of)
                if days["first"] == scope.first:
                    period[each_of] = list(sums)
                ever[each_of] = _sum([ever[each_of], sums]) if each_of in ever else sums
        for each in further:
            for agency, of, lately, measure, count in connection.execute(each, asked, binary=True):
                for counts in (period, ever) if lately else (ever,):
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
    """Whether anything is to be said: something happened in the period, or was owed at its end."""
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
    """Working hours within which this share of the durations lies, by where it falls in its bucket."""
    wanted = share * sum(took)
    for bucket, count in enumerate(took):
        if count and wanted <= count:
            low = BOUNDS[bucket - 1] if bucket else 0
            high = BOUNDS[bucket] if bucket < len(BOUNDS) else low
            return round((low + (high - low) * wanted / count) / 60, 1)
        wanted -= count
    return None
