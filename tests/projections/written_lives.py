"""Lives of complaints with the verbs that random histories seldom reach."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.domain.complaint.complaint import Complaint
from lapor.domain.context import Actor
from lapor.domain.vocabulary import Kind, Outcome, Privacy, Role, Sealed

from .histories import AGENCIES, events_of
from .test_folds import on_day, routed

LEAD, OTHER = AGENCIES[0], AGENCIES[1]
TEXT = Sealed("s1.text")


def _to_lead(it: Complaint) -> Complaint:
    it.route(on_day(2), agency=LEAD)
    return it


def declined_while_another_owes() -> Complaint:
    it = _to_lead(routed())
    it.involve(on_day(3), agency=OTHER)
    it.decline(on_day(4, LEAD), suggested_agency=AGENCIES[2])
    it.route(on_day(6), agency=AGENCIES[2])
    it.follow_up(on_day(7, OTHER), text=TEXT)
    return it


def rejected_and_answered_again() -> Complaint:
    it = _to_lead(routed())
    it.respond(on_day(3, LEAD), text=TEXT, outcome=Outcome.FIXED)
    it.reject_response(on_day(4))
    it.respond(on_day(9, LEAD), text=TEXT, outcome=Outcome.FIXED)
    it.accept_response(on_day(10))
    return it


def taken_up_by_an_objection() -> Complaint:
    it = _to_lead(routed())
    it.respond(on_day(3, LEAD), text=TEXT, outcome=Outcome.FIXED)
    it.object(on_day(4))
    arbiter = replace(on_day(5), by=Actor("arbiter", Role.ARBITER))
    it.decide_objection(arbiter, upheld=True, text=TEXT)
    return it


def about_its_own_agency() -> Complaint:
    it = _to_lead(routed())
    it.involve(on_day(3), agency=OTHER)
    it.reclassify(on_day(5), kind=Kind.OVERSIGHT, category="integrity")
    return it


def reopened_without_a_lead() -> Complaint:
    it = _to_lead(routed())
    it.involve(on_day(3), agency=OTHER)
    it.decline(on_day(4, LEAD), suggested_agency=AGENCIES[2])
    it.withdraw(on_day(5))
    it.reopen(on_day(6))
    return it


def rerouted_to_an_involved_agency() -> Complaint:
    it = _to_lead(routed())
    it.involve(on_day(3), agency=OTHER)
    it.set_privacy(on_day(4), privacy=Privacy.CONFIDENTIAL)
    it.route(on_day(20), agency=OTHER)
    it.accept(on_day(21, OTHER))
    it.ask_reporter(on_day(22, OTHER), questions=(TEXT,))
    it.complete(on_day(25), text=TEXT)
    return it


LIVES: dict[str, Callable[[], Complaint]] = {
    made.__name__: made
    for made in (
        declined_while_another_owes,
        rejected_and_answered_again,
        taken_up_by_an_objection,
        about_its_own_agency,
        reopened_without_a_lead,
        rerouted_to_an_involved_agency,
    )
}


def together() -> list[Event]:
    """Return the events of all lives, each a complaint of its own."""
    events: list[Event] = []
    for number, made in enumerate(LIVES.values(), 500):
        events += [replace(event, originator_id=UUID(int=number)) for event in events_of(made())]
    return events


def stretched(events: list[Event], factor: float) -> list[Event]:
    """Return the same events, each as much later after the first as the factor says."""
    beginning = min(event.at for event in events)
    return [replace(event, timestamp=beginning + (event.at - beginning) * factor) for event in events]
