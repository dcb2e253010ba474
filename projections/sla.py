"""How promises are kept (kepatuhan janji layanan): those made in a period, by agency and step.

Of the promises made in the period each is in one of six counts: kept, late, open, overdue, lapsed or
released. A promise is broken when its moment has passed: at that very moment it is still in time.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lapor.domain.clocks import StopOutcome
from lapor.domain.terms import Step
from lapor.store.database import Database
from projections.columns import row_factory
from projections.promises import PROMISES
from projections.scope import END, FIRST, Scope


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of promises; the times are working hours that met ones took, pauses not counted."""

    agency: UUID | None
    """Who made them; None: the coordinating office, or the reporter. In totals it is None too."""
    step: Step | None
    summed: int
    made: int
    kept: int
    """Met, and in time."""
    late: int
    """Met, after the moment."""
    open: int
    """Neither met nor due."""
    overdue: int
    """Due and still owed."""
    lapsed: int
    """Broken, and then no longer owed: breaking it counts as much as being late."""
    released: int
    """In time no longer owed, or carried on by another promise: neither kept nor broken."""
    median_working_hours: float | None
    p90_working_hours: float | None

    @property
    def decided(self) -> int:
        """Those of which it is known whether they were kept."""
        return self.kept + self.late + self.overdue + self.lapsed

    @property
    def compliance(self) -> float | None:
        """The share of the decided ones that were kept; None where there are none."""
        return self.kept / self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class Sla:
    """The figures of each agency and step, of each step, and of everything."""

    rows: list[Figures]
    steps: list[Figures]
    total: Figures


_MET, _NO_LONGER = f"outcome = '{StopOutcome.MET}'", f"outcome <> '{StopOutcome.MET}'"
_HOURS = f"WITHIN GROUP (ORDER BY working_minutes) FILTER (WHERE {_MET}) / 60"
_ROW, _STEP, _TOTAL = 0, 2, 3  # what GROUPING says: a bit for each column that was summed over
_COUNT = f"""
    SELECT agency, step, grouping(agency, step) AS summed,
           count(*),
           count(*) FILTER (WHERE {_MET} AND stopped_at <= due_at),
           count(*) FILTER (WHERE {_MET} AND stopped_at > due_at),
           count(*) FILTER (WHERE outcome IS NULL AND due_at >= %(now)s),
           count(*) FILTER (WHERE outcome IS NULL AND due_at < %(now)s),
           count(*) FILTER (WHERE {_NO_LONGER} AND stopped_at > due_at),
           count(*) FILTER (WHERE {_NO_LONGER} AND stopped_at <= due_at),
           percentile_cont(0.5) {_HOURS}, percentile_cont(0.9) {_HOURS}
      FROM {PROMISES.table}
     WHERE made_at >= {FIRST} AND made_at < {END}
       AND (%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))
       AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(step)s::text IS NULL OR step = %(step)s)
     GROUP BY GROUPING SETS ((agency, step), (step), ())
""".encode()  # noqa: S608 - names of our own
_FIGURES = row_factory(Figures)


def figures(database: Database, scope: Scope, now: datetime, *, step: Step | None = None) -> Sla:
    """Count the promises made in the scope, as they stand at ``now``."""
    asked = {**scope.asked, "now": now, "step": step}
    with database.connection() as connection, connection.cursor(row_factory=_FIGURES) as cursor:
        found = cursor.execute(_COUNT, asked, binary=True).fetchall()
    (total,) = (each for each in found if each.summed == _TOTAL)
    return Sla(
        rows=[each for each in found if each.summed == _ROW],
        steps=[each for each in found if each.summed == _STEP],
        total=total,
    )
