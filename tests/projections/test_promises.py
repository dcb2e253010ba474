"""The promises and milestones that given events make. No database."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from lapor.domain.aggregate import Event
from lapor.domain.complaint.complaint import Complaint
from lapor.domain.complaint.events import ComplaintEvent, DeadlineExcused
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.vocabulary import ArchiveReason, Kind, Outcome, Sealed, Step
from projections.flow.milestones import MILESTONES, Milestone
from projections.sla.promises import PROMISES, Promise

from .histories import BEGINNING, Chance, complaint, events_of
from .stores import folded
from .test_folds import BINA_MARGA, STREAM, filed, on_day, routed

DUKCAPIL = UUID(int=8)
MET, VOID, MOVED = StopOutcome.MET, StopOutcome.VOID, StopOutcome.MOVED
Ends = dict[tuple[Step, int], tuple[UUID | None, StopOutcome | None]]


def promised(it: Complaint) -> dict[tuple[Step, int], Promise]:
    return {(row.step, row.n): row for row in folded(PROMISES, events_of(it)).values()}


def ends(it: Complaint) -> Ends:
    """Return the agency that made each promise, and its outcome."""
    return {key: (row.agency, row.outcome) for key, row in promised(it).items()}


def milestones(it: Complaint) -> list[Milestone]:
    return sorted(folded(MILESTONES, events_of(it)).values(), key=lambda row: row.version)


def test_filing_promises_a_verification() -> None:
    it = filed()
    (row,) = promised(it).values()
    clock = it.promises.running[Step.VERIFY, 1].clock
    assert (row.stream, row.step, row.n, row.agency, row.kind) == (STREAM, Step.VERIFY, 1, None, None)
    assert (row.made_at, row.due_at, row.policy) == (BEGINNING, clock.due_at, clock.policy)
    assert (row.outcome, row.stopped_at, row.working_minutes) == (None, None, None)


def test_routing_keeps_the_verification_and_makes_the_agencys_promises() -> None:
    rows = promised(routed())
    at = BEGINNING + timedelta(days=1)
    verify = rows.pop((Step.VERIFY, 1))
    assert (verify.outcome, verify.stopped_at, verify.kind) == (MET, at, None)
    assert (verify.working_minutes or 0) > 0
    assert set(rows) == {(step, 1) for step in (Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT)}
    for row in rows.values():
        assert (row.agency, row.kind, row.made_at) == (BINA_MARGA, Kind.COMPLAINT, at)
        assert row.outcome is None


def test_an_answer_after_the_moment_is_late_yet_met() -> None:
    it = routed()
    it.respond(on_day(40, BINA_MARGA), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    resolve = promised(it)[Step.RESOLVE, 1]
    assert resolve.outcome is MET
    assert resolve.stopped_at == BEGINNING + timedelta(days=40) > resolve.due_at
    assert ends(it)[Step.REPORTER_REPLY, 1] == (None, None)


def test_a_pause_ends_open_promises_and_the_reply_makes_them_again() -> None:
    it = routed()
    it.accept(on_day(2, BINA_MARGA))
    it.ask_reporter(on_day(3, BINA_MARGA), questions=(Sealed("s1.question"),))
    paused = ends(it)
    it.complete(on_day(8), text=Sealed("s1.completed"))

    assert paused[Step.RESOLVE, 1] == (BINA_MARGA, MOVED)
    assert (Step.RESOLVE, 2) not in paused
    rows = promised(it)
    assert ends(it)[Step.REPORTER_COMPLETION, 1] == (None, MET)
    assert ends(it)[Step.RESOLVE, 2] == (BINA_MARGA, None)
    assert rows[Step.RESOLVE, 2].due_at > rows[Step.RESOLVE, 1].due_at
    assert rows[Step.RESOLVE, 2].made_at == BEGINNING + timedelta(days=8)
    assert rows[Step.RESOLVE, 2].kind is Kind.COMPLAINT


def test_rerouting_moves_a_promise_to_the_other_agency_but_never_a_broken_one() -> None:
    it = routed()
    it.route(on_day(9, BINA_MARGA), agency=DUKCAPIL)
    found, rows = ends(it), promised(it)
    assert rows[Step.FOLLOW_UP, 1].due_at < BEGINNING + timedelta(days=9) < rows[Step.RESOLVE, 1].due_at
    assert found[Step.FOLLOW_UP, 1] == (BINA_MARGA, VOID)
    assert found[Step.FOLLOW_UP, 2] == (DUKCAPIL, None)
    assert found[Step.RESOLVE, 1] == (BINA_MARGA, MOVED)
    assert found[Step.RESOLVE, 2] == (DUKCAPIL, None)
    assert rows[Step.RESOLVE, 2].due_at == rows[Step.RESOLVE, 1].due_at


def test_another_kind_applies_to_later_promises_only() -> None:
    it = routed()
    it.reclassify(on_day(2), kind=Kind.OVERSIGHT, category="roads")
    rows = promised(it)
    assert rows[Step.FOLLOW_UP, 1].kind is rows[Step.RESOLVE, 1].kind is Kind.COMPLAINT
    assert rows[Step.RESOLVE, 1].outcome is MOVED
    assert rows[Step.RESOLVE, 2].kind is Kind.OVERSIGHT
    assert {row.known for row in rows.values()} == {Kind.OVERSIGHT}
    assert [(row.what, row.kind, row.was_kind) for row in milestones(it)[-1:]] == [
        ("reclassified", Kind.OVERSIGHT, Kind.COMPLAINT)
    ]


def test_a_withdrawn_complaint_owes_nothing() -> None:
    it = routed()
    it.withdraw(on_day(2))
    assert {outcome for key, (_, outcome) in ends(it).items() if key != (Step.VERIFY, 1)} == {VOID}


def test_milestones_have_the_state_before_and_after_an_event() -> None:
    it = routed()
    it.decline(on_day(2, BINA_MARGA), suggested_agency=DUKCAPIL)
    it.route(on_day(3), agency=DUKCAPIL)
    it.respond(on_day(4, DUKCAPIL), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    it.accept_response(on_day(5))
    it.reopen(on_day(6))
    assert [(row.what, row.open, row.agency, row.was_agency) for row in milestones(it)] == [
        ("filed", True, None, None),
        ("verified", True, None, None),
        ("routed", True, BINA_MARGA, None),
        ("declined", True, None, BINA_MARGA),
        ("routed", True, DUKCAPIL, None),
        ("responded", True, DUKCAPIL, DUKCAPIL),
        ("closed", False, DUKCAPIL, DUKCAPIL),
        ("reopened", True, DUKCAPIL, DUKCAPIL),
    ]


def test_an_archived_complaint_is_no_longer_open() -> None:
    it = filed()
    it.archive(on_day(1), reason_code=ArchiveReason.SPAM, text=Sealed("s1.why"))
    assert [(row.what, row.open) for row in milestones(it)] == [("filed", True), ("archived", False)]


def clocks_of(events: Sequence[Event]) -> dict[tuple[Step, int], tuple[object, ...]]:
    """Return each clock of a complaint, from its events alone."""
    mine = [event for event in events if isinstance(event, ComplaintEvent)]
    found = {}
    for event in mine:
        for clock in event.starts:
            stops = [
                (s.outcome, f.at, s.working_minutes)
                for f in mine
                for s in f.stops
                if s.step is clock.step and s.n == clock.n
            ]
            kinds = [
                f.kind
                for f in mine
                if hasattr(f, "kind") and f.originator_version <= event.originator_version
            ]
            excused = [
                f.at
                for f in mine
                if isinstance(f, DeadlineExcused) and (f.step, f.n) == (clock.step, clock.n)
            ]
            made = (
                excused,
                clock.agency,
                kinds[-1],
                event.at,
                clock.due_at,
                clock.provisional,
                clock.policy,
                clock.calendar,
            )
            found[clock.step, clock.n] = (*made, *(stops[0] if stops else (None, None, None)))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_there_is_a_row_for_each_clock_that_an_event_started(seed: int) -> None:
    it = complaint(Chance(seed), steps=seed % 12)
    rows = {
        key: (
            [row.excused_at] if row.excused_at else [],
            row.agency,
            row.kind,
            row.made_at,
            row.due_at,
            row.provisional,
            row.policy,
            row.calendar,
            row.outcome,
            row.stopped_at,
            row.working_minutes,
        )
        for key, row in promised(it).items()
    }
    assert rows == clocks_of(events_of(it))
    assert {key for key, row in promised(it).items() if row.outcome is None} == set(it.promises.running)
    last = milestones(it)[-1]
    assert (last.kind, last.open) == (it.kind, it.ended_at is None)
    assert last.agency == it.lead
