"""Dashboards on promises, flow and quality; the public gets only a coarse part of them.

The public sees totals over all agencies, without counts so small that they might reveal a single complaint.
Officers see agencies: an agency's officers their own, the others all.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.application.application import LaporApplication
from lapor.application.queries.as_of import instant_for
from lapor.application.queries.disclosure_control import coarse, coarse_quality
from lapor.application.result import Result
from lapor.domain.access import VIEW_SLA, Caller, agencies_of
from lapor.domain.errors import InvalidFieldError
from lapor.domain.vocabulary import Kind, Step
from lapor.store.database import Database
from projections.engine.period import PeriodScope
from projections.engine.projection import Projection
from projections.engine.read_your_writes import wait_for
from projections.flow.dashboard import days_of
from projections.flow.milestones import MILESTONES
from projections.quality.dashboard import QualityFigures, quality
from projections.quality.handling_events import EVENT_MEASURES, HANDLING_EVENTS
from projections.sla.dashboard import SlaFigures, figures
from projections.sla.promises import PROMISES

_USUAL, _LONGEST = 365, 1_830  # days
_FLOWING = ("filed", "responded", "closed", "reopened")
QUALITIES = (*EVENT_MEASURES, "commitments_broken", "ratings")
"""Counts of the quality dashboard."""
SHARES = {
    "refusal_rate": ("declined", "routed"),
    "reroute_rate": ("rerouted", "routed"),
    "reopen_rate": ("reopened", "closed"),
    "objection_rate": ("objected", "closed"),
}
_COUNTS = ("made", "kept", "late", "missed", "lapsed", "released", "excused", "open", "overdue")


@dataclass(frozen=True)
class DashboardPeriod:
    """A period of local days, both included, by default the last year; ``agency`` is an id or code.

    ``at`` is the instant as of which figures are counted; without it that is now.
    """

    first: date | None = None
    last: date | None = None
    agency: str | None = None
    kind: Kind | None = None
    at: datetime | None = None


class DashboardQueries:
    """Questions about promises, flow and quality."""

    def __init__(self, application: LaporApplication, database: Database) -> None:
        self._application = application
        self._database = database

    def sla(
        self,
        caller: Caller,
        period: DashboardPeriod,
        *,
        step: Step | None = None,
        position: int | None = None,
    ) -> Result:
        """Return how promises were kept in a period, from events up to ``position`` of the log at least.

        Raises ``InvalidFieldError``, ``NotAllowedError`` and ``BeyondHeadError``.
        """
        reached, past, now = self._as_of(caller, period, PROMISES, position)
        scope, public = self._scope(caller, period, now)
        found = figures(self._database, scope, now, step=step, present=past is None)
        steps = sorted(found.steps, key=_order)
        by_step = {str(each.step): _figures(each) for each in steps}
        totals = {**_figures(found.total), "by_step": by_step}
        rows = [] if public else sorted(map(self._row, found.rows), key=_place)
        body = {
            "as_of": now,
            "position": reached,
            "from": scope.first,
            "to": scope.last,
            "rows": rows,
            "totals": coarse(totals) if public else totals,
        }
        return Result(body, 0, reached)

    def flow(self, caller: Caller, period: DashboardPeriod, *, position: int | None = None) -> Result:
        """Return how many complaints were filed, answered, closed and reopened on each day, and then open.

        Raises as ``sla``. Days in the future are left out.
        """
        reached, past, now = self._as_of(caller, period, MILESTONES, position)
        scope, public = self._scope(caller, period, now, longest=_LONGEST)
        days = days_of(self._database, scope, now, present=past is None)
        totals = {name: sum(getattr(day, name) for day in days) for name in _FLOWING}
        totals["open"] = days[-1].open if days else 0
        body = {
            "as_of": now,
            "position": reached,
            "from": scope.first,
            "to": scope.last,
            "rows": [] if public else days,
            "totals": coarse(totals) if public else totals,
        }
        return Result(body, 0, reached)

    def quality(self, caller: Caller, period: DashboardPeriod, *, position: int | None = None) -> Result:
        """Return how well complaints were handled in a period, by agency. Raises as ``sla``."""
        reached, past, now = self._as_of(caller, period, HANDLING_EVENTS, position)
        scope, public = self._scope(caller, period, now)
        found, total = quality(self._database, scope, now, present=past is None)
        totals = _qualities(total)
        body = {
            "as_of": now,
            "position": reached,
            "from": scope.first,
            "to": scope.last,
            "rows": [] if public else sorted(map(self._quality_of, found), key=_code),
            "totals": coarse_quality(totals) if public else totals,
        }
        return Result(body, 0, reached)

    def _quality_of(self, each: QualityFigures) -> dict[str, Any]:
        return {**self._named(each.agency), **_qualities(each)}

    def _named(self, agency: UUID | None) -> dict[str, Any]:
        registered = self._application.reference_data.agencies.get(agency) if agency else None
        return {"agency": agency, "code": registered.code if registered else None}

    def _as_of(
        self, caller: Caller, period: DashboardPeriod, projection: Projection, position: int | None
    ) -> tuple[int, datetime | None, datetime]:
        """Return the projection's position, the caller's past instant, and the one that judges deadlines."""
        past = instant_for(self._application, caller, period.at)
        reached = wait_for(self._database, position or 0, [projection])
        return reached, past, past or self._application.clock()

    def _scope(
        self, caller: Caller, period: DashboardPeriod, now: datetime, *, longest: int | None = None
    ) -> tuple[PeriodScope, bool]:
        """Return what is counted, and whether it is for the public."""
        last = period.last or now.astimezone(ZoneInfo(self._application.zone)).date()
        first = period.first or date.fromordinal(max(1, last.toordinal() - _USUAL + 1))
        if first > last:
            raise InvalidFieldError(
                "from", f"The period would end before it begins, on {last}. Choose an earlier day."
            )
        if longest is not None and last - first >= timedelta(days=longest):
            raise InvalidFieldError("from", f"Ask for {longest} days at most; {last} is the last of these.")
        own = agencies_of(caller, VIEW_SLA)
        public = own == ()
        if public and period.kind is not None:
            raise InvalidFieldError(
                "kind", "Public figures are of all kinds together; sign in to choose one."
            )
        agencies = own or None if period.agency is None else (self._agency(period.agency, own),)
        return PeriodScope(first, last, self._application.zone, agencies, period.kind), public

    def _agency(self, named: str, own: tuple[UUID, ...] | None) -> UUID:
        """Return the agency's id. An unknown one and one that the caller may not see are refused alike."""
        agency = self._application.reference_data.agency(named)
        if agency is None or (own is not None and agency.id not in own):
            raise InvalidFieldError(
                "agency", f"There is no agency '{named}', or its figures are not yours to see."
            )
        return agency.id

    def _row(self, each: SlaFigures) -> dict[str, Any]:
        return {**self._named(each.agency), "step": each.step, **_figures(each)}


def _figures(each: SlaFigures) -> dict[str, Any]:
    return {
        **{name: getattr(each, name) for name in _COUNTS},
        "compliance": each.compliance,
        "median_working_hours": each.median_working_hours,
        "p90_working_hours": each.p90_working_hours,
        "hours_exact": each.exact,
    }


def _qualities(each: QualityFigures) -> dict[str, Any]:
    """Return the counts and shares of the quality dashboard."""
    counted = {name: each.counted[name] for name in EVENT_MEASURES}
    return {
        **counted,
        "commitments_broken": each.commitments_broken,
        "ratings": each.ratings,
        "mean_rating": each.mean_rating,
        **{share: each.share(*of) for share, of in SHARES.items()},
    }


def _code(row: dict[str, Any]) -> tuple[bool, str]:
    """Return the sort key: agencies by code, rows without an agency last."""
    return row["agency"] is None, row["code"] or ""


def _order(each: SlaFigures) -> int:
    return list(Step).index(each.step) if each.step else -1


def _place(row: dict[str, Any]) -> tuple[bool, str, int]:
    """Return the sort key: agencies by code, rows without an agency last; then steps in their order."""
    return row["agency"] is None, row["code"] or "", list(Step).index(row["step"])
