"""A trace tells of any instant what version a row had come to, or that it does not know."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.complaint.events import ComplaintEvent, IdentityRequested, Noted
from lapor.domain.vocabulary import Channel, IdentityReason, Role, Sealed
from projections.complaints.event_times import MOST, Trace, VersionAt, longer, reached

from .histories import BEGINNING

STREAM = UUID(int=1)


def event(version: int, minutes: int, *, silent: bool = False) -> ComplaintEvent:
    made: dict[str, Any] = {"originator_id": STREAM, "originator_version": version}
    made |= {"timestamp": BEGINNING + timedelta(minutes=minutes), "by": "x", "role": Role.COORDINATOR}
    made |= {"channel": Channel.WEB, "cause": None, "reason": None, "starts": (), "stops": ()}
    if silent:
        said = {"reason_code": IdentityReason.VERIFICATION, "reference": "1", "agency": None}
        return IdentityRequested(**made, **said)
    return Noted(**made, text=Sealed("s1."))


def traced(events: list[ComplaintEvent]) -> Trace:
    trace: Trace = ()
    for before, each in zip([0, *(each.originator_version for each in events)], events, strict=False):
        trace = longer(trace, before, each)
    return trace


def read(events: list[ComplaintEvent], at: datetime) -> VersionAt | None:
    """The same by looking at all events."""
    known = [each for each in events if each.at <= at]
    heard = [each for each in known if not each.AUDIT_ONLY]
    return VersionAt(known[-1].originator_version, heard[-1].at) if heard else None


@given(
    steps=st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=2 * MOST),
    after=st.integers(-1, 3 * MOST),
)
def test_a_trace_tells_what_the_events_say_or_nothing(steps: list[tuple[int, bool]], after: int) -> None:
    events, minutes = [], 0
    for version, (passed, silent) in enumerate(steps, start=1):
        minutes += passed
        events.append(event(version, minutes, silent=silent and version > 1))
    at, trace = BEGINNING + timedelta(minutes=after), traced(events)

    found = reached(trace, len(events), at)

    assert len(trace) == min(len(events), MOST)
    assert found == read(events, at) or (found is None and len(events) > MOST)


def test_a_trace_of_few_events_tells_of_every_moment() -> None:
    events = [event(1, 0), event(2, 5), event(3, 5, silent=True), event(4, 9)]
    trace = traced(events)
    for microseconds in (-1, 0, 1, 5 * 60_000_000 - 1, 5 * 60_000_000, 10 * 60_000_000):
        at = BEGINNING + timedelta(microseconds=microseconds)
        assert reached(trace, 4, at) == read(events, at)


@pytest.mark.parametrize(
    ("minutes", "known"), [(6, None), (7, VersionAt(4, BEGINNING + timedelta(minutes=7)))]
)
def test_what_came_before_an_event_that_was_passed_over_is_not_told(
    minutes: int, known: VersionAt | None
) -> None:
    trace = traced([event(1, 0), event(2, 5), event(4, 7), event(5, 9)])

    assert reached(trace, 5, BEGINNING + timedelta(minutes=minutes)) == known
