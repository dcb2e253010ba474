"""The figures of promises are those that a scan of all promises counts."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.aggregate import Event
from lapor.domain.complaint import events as kinds_of_events
from lapor.domain.complaint.complaint import Complaint
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.vocabulary import Kind, Outcome, Privacy, Sealed, Step
from lapor.store.database import Database
from projections.engine.period import PeriodScope
from projections.flow.dashboard import days_of
from projections.sla import durations as module
from projections.sla.dashboard import SlaFigures, figures
from projections.sla.promises import BOUNDS, PROMISES

from .conftest import GivenEvents
from .histories import AGENCIES, BEGINNING, TIMING, events_of, history
from .scopes import EVER, MANY, SCOPES, ZONE, local
from .stores import folded
from .test_folds import BINA_MARGA, STREAM, on_day, routed

NAMES = ("made", "kept", "late", "missed", "lapsed", "released", "excused", "open", "overdue")


def brute(rows: Iterable[Any], scope: PeriodScope, now: datetime) -> tuple[object, ...]:
    """Return the figures of these promises, counted one by one; ``rows`` are of the events up to ``now``."""
    counts: Counter[str] = Counter()
    hours = []
    end = min(now, datetime.combine(scope.last, time.max, ZoneInfo(ZONE)))

    def happened(at: datetime | None) -> bool:
        return at is not None and scope.first <= local(at) <= scope.last

    for row in rows:
        met, stopped = row.outcome is StopOutcome.MET, row.stopped_at
        in_time = stopped is not None and stopped <= row.due_at
        counts["made"] += happened(row.made_at)
        counts["missed"] += happened(row.due_at) and row.due_at < now and not in_time
        counts["excused"] += happened(row.excused_at)
        if happened(stopped):
            counts[{True: ["late", "kept"], False: ["lapsed", "released"]}[met][in_time]] += 1
            if met:
                days = -(-row.working_minutes // 450)
                hours.append(days * 7.5 if row.anonymous else row.working_minutes / 60)
        if row.made_at <= end and (stopped is None or stopped > end):
            counts["overdue" if row.due_at < end else "open"] += 1
    return (*(counts[name] for name in NAMES), quantile(hours, 5), quantile(hours, 9), True)


def quantile(hours: list[float], tenths: int) -> object:
    """Return the quantile between the two durations next to it, but for the rounding to a tenth."""
    if not hours:
        return None
    ranked = sorted(hours)
    whole, part = divmod(tenths * (len(ranked) - 1), 10)
    following = ranked[min(whole + 1, len(ranked) - 1)]
    return pytest.approx(ranked[whole] + (following - ranked[whole]) * part / 10, abs=0.0501)


def shown(each: SlaFigures) -> tuple[object, ...]:
    counts = tuple(getattr(each, name) for name in NAMES)
    return (*counts, each.median_working_hours, each.p90_working_hours, each.exact)


@MANY
@given(
    seed=st.integers(0, 2**32),
    scopes=st.lists(SCOPES, min_size=4, max_size=4),
    step=st.none() | st.sampled_from(list(Step)),
    after=st.integers(0, 90 * 24),
)
def test_promises_are_counted_as_a_scan_counts_them_at_any_moment(
    given_events: GivenEvents, seed: int, scopes: list[PeriodScope], step: Step | None, after: int
) -> None:
    events = history(seed, 25, steps=9)
    now = BEGINNING + timedelta(hours=after)
    events = (
        [event for event in events if event.at <= now] if after % 2 else events
    )  # else some are yet to come
    database = given_events(events)
    known, told = folded(PROMISES, [event for event in events if event.at <= now]), folded(PROMISES, events)
    for key, row in known.items():
        row.anonymous = told[key].anonymous  # the present privacy holds for the past too
    for scope in (EVER, *scopes):
        rows = [row for row in known.values() if fits(row, scope, step)]
        found = figures(database, scope, now, step=step)
        assert {(each.agency, each.step): shown(each) for each in found.rows} == counted_by(
            rows, lambda row: (row.agency, row.step), scope, now
        )
        assert {each.step: shown(each) for each in found.steps} == counted_by(
            rows, lambda row: row.step, scope, now
        )
        assert shown(found.total) == brute(rows, scope, now)
        if all(event.at <= now for event in events):
            present = figures(database, scope, now, step=step, present=True)
            assert (set(present.rows), set(present.steps), present.total) == (
                set(found.rows),
                set(found.steps),
                found.total,
            )


def fits(row: Any, scope: PeriodScope, step: Step | None) -> bool:
    return (
        (scope.agencies is None or row.agency in scope.agencies)
        and (scope.kind is None or row.kind is scope.kind)
        and (step is None or row.step is step)
    )


def counted_by(
    rows: list[Any], key: Callable[[Any], object], scope: PeriodScope, now: datetime
) -> dict[object, tuple[object, ...]]:
    keys = {key(row) for row in rows}
    counted = {each: brute([row for row in rows if key(row) == each], scope, now) for each in keys}
    return {each: figures for each, figures in counted.items() if any(figures[: len(NAMES)])}


def resolve(database: Database, now: datetime) -> SlaFigures:
    (found,) = figures(database, EVER, now, step=Step.RESOLVE).steps
    return found


def test_a_promise_is_open_up_to_its_very_moment_and_overdue_after_it(given_events: GivenEvents) -> None:
    it = routed()
    due_at = it.promises.running[Step.RESOLVE, 1].clock.due_at
    database = given_events(events_of(it))
    found = resolve(database, due_at)
    assert (found.open, found.overdue, found.compliance) == (1, 0, None)
    found = resolve(database, due_at + timedelta(microseconds=1))
    assert (found.open, found.overdue, found.compliance) == (0, 1, 0.0)


@pytest.mark.parametrize(("day", "count", "compliance"), [(2, "kept", 1.0), (40, "late", 0.0)])
def test_an_answer_keeps_a_promise_or_is_late(
    given_events: GivenEvents, day: int, count: str, compliance: float
) -> None:
    it = routed()
    it.respond(on_day(day, BINA_MARGA), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    found = resolve(given_events(events_of(it)), BEGINNING + timedelta(days=50))
    assert (found.made, getattr(found, count), found.compliance) == (1, 1, compliance)


@pytest.mark.parametrize(
    ("day", "count", "compliance"), [(2, "released", None), (40, "lapsed", 0.0)], ids=["in time", "too late"]
)
def test_a_withdrawal_releases_a_promise_but_does_not_mend_a_broken_one(
    given_events: GivenEvents, day: int, count: str, compliance: float | None
) -> None:
    it = routed()
    it.withdraw(on_day(day))
    found = resolve(given_events(events_of(it)), BEGINNING + timedelta(days=50))
    assert (found.made, getattr(found, count), found.compliance) == (1, 1, compliance)
    assert found.median_working_hours is None


def test_a_pause_makes_of_one_promise_a_released_one_and_a_later_one(given_events: GivenEvents) -> None:
    it = routed()
    it.accept(on_day(2, BINA_MARGA))
    it.ask_reporter(on_day(3, BINA_MARGA), questions=(Sealed("s1.question"),))
    it.complete(on_day(8), text=Sealed("s1.completed"))
    it.respond(on_day(9, BINA_MARGA), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    events = events_of(it)
    found = resolve(given_events(events), BEGINNING + timedelta(days=50))
    assert (found.made, found.released, found.kept, found.compliance) == (2, 1, 1, 1.0)
    (minutes,) = (
        stop.working_minutes
        for event in events
        if isinstance(event, kinds_of_events.Responded)
        for stop in event.stops
        if stop.step is Step.RESOLVE
    )
    assert found.median_working_hours == found.p90_working_hours == round(minutes / 60, 1)


def test_a_rerouted_complaint_is_counted_with_each_agency_once(given_events: GivenEvents) -> None:
    other = AGENCIES[0]
    it = routed()
    it.route(on_day(9), agency=other)
    it.respond(on_day(10, other), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    rows = figures(given_events(events_of(it)), EVER, BEGINNING + timedelta(days=50)).rows
    found = {(each.agency, each.step): each for each in rows}
    assert found[BINA_MARGA, Step.RESOLVE].released == found[other, Step.RESOLVE].kept == 1
    assert found[BINA_MARGA, Step.FOLLOW_UP].lapsed == found[other, Step.FOLLOW_UP].kept == 1


def test_an_answer_at_the_very_moment_is_in_time(given_events: GivenEvents) -> None:
    it = routed()
    moment = it.promises.running[Step.RESOLVE, 1].clock.due_at
    context = replace(on_day(0, BINA_MARGA), at=moment)
    it.respond(context, text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    found = resolve(given_events(events_of(it)), moment + timedelta(days=1))
    assert (found.kept, found.late) == (1, 0)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2025-03-03T14:59:59.999999+00:00", date(2025, 3, 3)),
        ("2025-03-03T15:00:00+00:00", date(2025, 3, 4)),  # midnight in Jayapura
        ("2025-03-04T00:00:00+00:00", date(2025, 3, 4)),
    ],
)
def test_a_promise_and_a_milestone_count_on_their_local_day(
    given_events: GivenEvents, at: str, day: date
) -> None:
    instant = datetime.fromisoformat(at)
    it = Complaint.file(
        replace(on_day(0), at=instant), stream=STREAM, code="LP-1", text=Sealed("s1.text"), consent=True
    )
    database = given_events(events_of(it))
    for shift, count in ((-1, 0), (0, 1), (1, 0)):
        of = day + timedelta(shift)
        assert figures(database, PeriodScope(of, of, ZONE), instant + timedelta(days=2)).total.made == count
        (found,) = days_of(database, PeriodScope(of, of, ZONE), instant + timedelta(days=2))
        assert (found.filed, found.open) == (count, int(shift >= 0))


def test_without_promises_there_is_no_compliance(given_events: GivenEvents) -> None:
    found = figures(
        given_events(events_of(routed())), PeriodScope(date(1, 1, 1), date(1, 1, 1), ZONE), BEGINNING
    )
    assert (found.rows, found.steps, found.total.made, found.total.compliance) == ([], [], 0, None)
    whole = figures(
        given_events(events_of(routed())),
        PeriodScope(date.min, date.max, ZONE),
        BEGINNING + timedelta(days=50),
    )
    assert whole.total.made == 5


def answered_after(minutes: int, number: int, privacy: Privacy = Privacy.OPEN) -> list[Event]:
    """Return the events of a complaint whose only resolved promise took so many working minutes."""
    it = Complaint.file(
        replace(on_day(0), at=BEGINNING),
        stream=UUID(int=number),
        code=f"LP-{number}",
        text=Sealed("s1.text"),
        consent=True,
        privacy=privacy,
    )
    it.route(on_day(0), agency=BINA_MARGA, kind=Kind.COMPLAINT, category="roads", title=Sealed("s1.title"))
    at = TIMING.working_time(BINA_MARGA).add_minutes(BEGINNING, minutes)
    it.respond(replace(on_day(0, BINA_MARGA), at=at), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    return events_of(it)


def resolved_in(given_events: GivenEvents, *minutes: int, privacy: Privacy = Privacy.OPEN) -> SlaFigures:
    events = [
        event for number, each in enumerate(minutes, 1) for event in answered_after(each, number, privacy)
    ]
    return resolve(given_events(events), BEGINNING + timedelta(days=200))


def test_one_promise_of_forty_five_and_a_half_hours_shows_as_that(given_events: GivenEvents) -> None:
    found = resolved_in(given_events, 2_730)

    assert (found.median_working_hours, found.p90_working_hours, found.exact) == (45.5, 45.5, True)


def test_a_few_durations_are_read_one_by_one(given_events: GivenEvents) -> None:
    found = resolved_in(given_events, 60, 120, 300, 900)

    assert (found.median_working_hours, found.p90_working_hours, found.exact) == (3.5, 12.0, True)


def test_a_duration_of_an_anonymous_complaint_counts_in_whole_working_days(given_events: GivenEvents) -> None:
    found = resolved_in(given_events, 451, privacy=Privacy.ANONYMOUS)

    assert (found.median_working_hours, found.exact) == (15.0, True)


def test_many_durations_are_estimated_to_a_tenth(
    given_events: GivenEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW", 3)
    minutes = [20, 75, 190, 640, 1_300, 2_730, 5_000]
    found = resolved_in(given_events, *minutes)

    assert not found.exact
    assert found.median_working_hours == pytest.approx(640 / 60, rel=0.1)
    assert found.p90_working_hours == pytest.approx(5_000 / 60, rel=0.11)


def test_no_bucket_of_durations_is_wider_than_a_tenth() -> None:
    assert all(high <= low * 1.1 + 1 for low, high in pairwise(BOUNDS))  # in whole minutes
    assert BOUNDS[-1] > 900 * 60


def test_durations_of_the_day_in_progress_are_estimated_too(
    given_events: GivenEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW", 1)
    events = [*answered_after(1_300, 1), *answered_after(1_301, 2)]
    answered = max(event.at for event in events)
    database = given_events(events)

    before, after = (resolve(database, answered + timedelta(minutes=each)) for each in (-5, 5))

    assert (before.kept, before.median_working_hours) == (0, None)
    assert (after.kept, after.exact) == (2, False)
    assert after.median_working_hours == pytest.approx(1_300 / 60, rel=0.1)


def test_a_group_of_few_durations_is_exact_where_all_together_are_estimated(
    given_events: GivenEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = [event for event in answered_after(700, 9) if not isinstance(event, kinds_of_events.Responded)]
    minutes = (600, 900, 1_300)
    events = [event for number, each in enumerate(minutes, 1) for event in answered_after(each, number)]
    database, now = given_events([*events, *other]), BEGINNING + timedelta(days=200)
    exact = figures(database, EVER, now)
    monkeypatch.setattr(module, "FEW", 3)

    found = figures(database, EVER, now)

    told = {row.step: row.exact for row in found.rows if row.kept + row.late}
    assert told[Step.RESOLVE]
    assert not told[Step.VERIFY]  # of four complaints
    assert (exact.total.exact, found.total.exact) == (True, False)
    assert found.total.p90_working_hours == pytest.approx(exact.total.p90_working_hours, rel=0.12)
