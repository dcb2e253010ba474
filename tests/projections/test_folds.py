"""The rows of the register and the backlog that given events make. No database."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from lapor.domain.aggregate import Event
from lapor.domain.complaint.complaint import Complaint
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.events import Location
from lapor.domain.context import Actor, CommandContext
from lapor.domain.vocabulary import Channel, Kind, Outcome, Privacy, Role, Sealed, Stage, Step
from projections.backlog.projection import BACKLOG, Owed
from projections.catalogue import PROJECTIONS
from projections.complaints.register import REGISTER, RegisterRow
from projections.engine.projection import Projection
from projections.engine.tables import fold

from .histories import BEGINNING, TIMING, Chance, complaint, events_of, history
from .stores import folded

STREAM, BINA_MARGA = UUID(int=5), UUID(int=7)
TITLE = Sealed("s1.title")


def on_day(day: int, agency: UUID | None = None) -> CommandContext:
    actor = Actor("somebody", Role.COORDINATOR, Channel.WALK_IN, agency)
    return CommandContext(actor, BEGINNING + timedelta(days=day), TIMING, reason=Sealed("s1.reason"))


def filed() -> Complaint:
    return Complaint.file(
        on_day(0),
        stream=STREAM,
        code="LP-1",
        text=Sealed("s1.text"),
        consent=True,
        service="id-card",
        place=Location(village="33.74.01.1001", cell="-6.99,110.42"),
    )


def routed() -> Complaint:
    it = filed()
    it.route(on_day(1), agency=BINA_MARGA, kind=Kind.COMPLAINT, category="roads", title=TITLE)
    return it


def registered(events: Sequence[Event]) -> RegisterRow:
    (row,) = folded(REGISTER, events).values()
    assert isinstance(row, RegisterRow)
    return row


def owed(events: Sequence[Event]) -> list[Owed]:
    return list(folded(BACKLOG, events).values())


def test_a_filed_complaint_is_registered_and_owed_by_no_agency() -> None:
    events = events_of(filed())
    row = registered(events)
    assert (row.stream, row.code, row.stage, row.agency) == (STREAM, "LP-1", Stage.FILED, None)
    assert (row.service, row.village, row.cell) == ("id-card", "33.74.01.1001", "-6.99,110.42")
    assert (row.channel, row.privacy, row.filed_at) == (Channel.WALK_IN, Privacy.OPEN, BEGINNING)
    assert (row.step, row.version) == (Step.VERIFY, 1)
    assert owed(events) == []


def test_a_routed_complaint_is_owed_by_its_agency_first_by_the_earliest_promise() -> None:
    it = routed()
    (row,) = owed(events_of(it))
    assert (row.agency, row.stage, row.lead, row.version) == (BINA_MARGA, Stage.ROUTED, True, it.version)
    assert row.routed_at == BEGINNING + timedelta(days=1)
    assert (row.step, row.due_at) == (Step.ACCEPT, it.promises.running[Step.ACCEPT, 1].clock.due_at)
    assert [due.step for due in row.running] == [Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT]


def test_an_accepted_complaint_shows_the_next_promise() -> None:
    it = routed()
    it.accept(on_day(2, BINA_MARGA))
    (row,) = owed(events_of(it))
    assert (row.stage, row.step) == (Stage.IN_PROGRESS, Step.FOLLOW_UP)


def test_an_answered_complaint_is_no_longer_owed_and_waits_for_the_reporter() -> None:
    it = routed()
    it.respond(on_day(2, BINA_MARGA), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    events = events_of(it)
    assert owed(events) == []
    row = registered(events)
    assert (row.stage, row.agency, row.step) == (Stage.RESPONDED, BINA_MARGA, Step.REPORTER_REPLY)


def test_a_closed_complaint_has_no_open_promise() -> None:
    it = routed()
    it.respond(on_day(2, BINA_MARGA), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    it.accept_response(on_day(3))
    row = registered(events_of(it))
    assert (row.stage, row.step, row.due_at, row.running) == (Stage.CLOSED, None, None, ())
    assert row.changed_at == BEGINNING + timedelta(days=3)


def test_a_reopened_complaint_without_a_lead_has_no_involved_agencies() -> None:
    it, other = routed(), UUID(int=8)
    it.involve(on_day(2), agency=other)
    assert registered(events_of(it)).involved == it.standing.involved == (other,)
    it.decline(on_day(3, BINA_MARGA), suggested_agency=UUID(int=9))
    it.withdraw(on_day(4))
    it.reopen(on_day(5))
    row = registered(events_of(it))
    assert (row.stage, row.agency, row.involved) == (Stage.FILED, None, ())
    stood: object = (it.stage, it.lead, it.standing.involved)
    assert stood == (Stage.FILED, None, ())


@pytest.mark.parametrize("seed", range(60))
def test_rows_agree_with_the_complaint_itself(seed: int) -> None:
    it = complaint(Chance(seed), steps=seed % 9)
    events = events_of(it)
    row = registered(events)
    assert (row.stage, row.kind, row.category) == (it.stage, it.kind, it.category)
    assert (row.privacy, row.agency, row.version) == (it.privacy, it.lead, it.version)
    assert set(row.agencies) == set(it.agencies)
    assert row.changed_at == max(
        event.at for event in events if not (isinstance(event, ComplaintEvent) and event.AUDIT_ONLY)
    )
    due = sorted((running.clock.due_at, running.clock.step) for running in it.promises.running.values())
    assert [(clock.due_at, clock.step) for clock in row.running] == due
    for line in owed(events):
        own = [
            running.clock for running in it.promises.running.values() if running.clock.agency == line.agency
        ]
        assert len(line.running) == len(own)
        assert line.due_at == min((clock.due_at for clock in own), default=None)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
@pytest.mark.parametrize("seed", range(10))
def test_folding_the_end_of_a_history_twice_changes_nothing(projection: Projection, seed: int) -> None:
    events = list(enumerate(history(seed, 6), 1))
    again = events[seed * len(events) // 10 :]
    once, twice = projection.rows(), projection.rows()
    fold(projection, events, once)
    fold(projection, events + again, twice)
    assert dict(twice) == dict(once)
