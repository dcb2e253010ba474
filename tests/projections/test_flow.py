"""The figures of flow are those that a walk through all events counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.aggregate import Event
from lapor.domain.complaint import events as kinds_of_events
from lapor.domain.complaint.state import ENDED
from lapor.domain.vocabulary import Kind
from projections.engine.period import PeriodScope
from projections.flow.dashboard import FlowDay, days_of

from .conftest import GivenEvents
from .histories import AGENCIES, BEGINNING, events_of, history
from .scopes import EVER, MANY, SCOPES, local
from .test_folds import BINA_MARGA, on_day, routed


def state_at(events: list[Event], end: date) -> dict[UUID, tuple[bool, UUID | None, Kind | None]]:
    """Return the state of each complaint at the end of a local day, folded by the aggregate itself."""
    found: dict[UUID, Any] = {}
    for event in events:
        if local(event.at) <= end:
            found[event.originator_id] = event.mutate(found.get(event.originator_id))
    return {stream: (it.stage not in ENDED, it.lead, it.kind) for stream, it in found.items()}


def one_day(events: list[Event], day: date, scope: PeriodScope) -> FlowDay:
    """Return the counts of a day from a walk through all events."""
    counts = dict.fromkeys(("filed", "responded", "closed", "reopened"), 0)
    known: dict[UUID, Any] = {}
    for event in events:
        before = known.get(event.originator_id)
        was = before.lead if before else None
        after = known[event.originator_id] = event.mutate(before)
        if local(event.at) != day or scope.kind not in {None, after.kind}:
            continue
        for name in ("responded", "closed", "reopened"):
            if type(event) is getattr(kinds_of_events, name.capitalize()):
                counts[name] += scope.agencies is None or after.lead in scope.agencies
        if scope.agencies is None:
            counts["filed"] += isinstance(event, kinds_of_events.Filed)
        elif isinstance(event, kinds_of_events.Routed):
            counts["filed"] += after.lead in scope.agencies and was not in scope.agencies
    standing = state_at(events, day).values()
    open_ = sum(
        is_open
        and (scope.agencies is None or agency in scope.agencies)
        and (scope.kind is None or kind is scope.kind)
        for is_open, agency, kind in standing
    )
    return FlowDay(day, **counts, open=open_)


@MANY
@given(
    seed=st.integers(0, 2**32),
    scopes=st.lists(SCOPES, min_size=3, max_size=3),
    after=st.integers(0, 120 * 24),
)
def test_each_day_is_counted_as_a_walk_counts_it_at_any_moment(
    given_events: GivenEvents, seed: int, scopes: list[PeriodScope], after: int
) -> None:
    events = history(seed, 15, steps=9)
    now = BEGINNING + timedelta(hours=after)
    known = [event for event in events if event.at <= now]
    database = given_events(known if after % 2 else events)
    events = known
    for scope in scopes:
        days = days_of(database, scope, now)
        if after % 2:
            assert days_of(database, scope, now, present=True) == days
        check_days(days, events, scope, now)


def check_days(days: list[FlowDay], events: list[Event], scope: PeriodScope, now: datetime) -> None:
    last = min(scope.last, local(now))
    assert [day.day for day in days] == [
        scope.first + timedelta(n) for n in range((last - scope.first).days + 1)
    ]
    for day in days[:: max(1, len(days) // 4)]:
        assert day == one_day(events, day.day, scope)


def test_a_rerouted_complaint_arrives_at_each_of_two_agencies_but_not_at_both_together(
    given_events: GivenEvents,
) -> None:
    other = AGENCIES[0]
    it = routed()
    it.route(on_day(9), agency=other)
    database = given_events(events_of(it))

    def came(*agencies: UUID) -> tuple[int, int]:
        days = days_of(database, replace(EVER, agencies=agencies), datetime(2031, 1, 1, tzinfo=UTC))
        return sum(day.filed for day in days), days[-1].open

    assert (came(BINA_MARGA), came(other), came(BINA_MARGA, other)) == ((1, 0), (1, 1), (1, 1))


def test_a_declined_complaint_is_open_with_no_agency(given_events: GivenEvents) -> None:
    it = routed()
    it.decline(on_day(9, BINA_MARGA), suggested_agency=AGENCIES[0])
    database = given_events(events_of(it))

    def open_with(*agencies: UUID, day: int) -> int:
        scope = replace(EVER, agencies=agencies or None)
        return days_of(database, scope, BEGINNING + timedelta(days=day, hours=1))[-1].open

    assert [open_with(BINA_MARGA, day=day) for day in (8, 9)] == [1, 0]
    assert [open_with(day=day) for day in (8, 9)] == [1, 1]
