"""A trace gives a row's version at any instant, or says that it does not know."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.complaint.events import ComplaintEvent, IdentityRequested, Noted
from lapor.domain.vocabulary import Channel, IdentityReason, Role, Sealed
from projections.complaints.event_times import MAX_EVENTS, Trace, VersionAt, append_event, version_at

from .histories import BEGINNING

STREAM = UUID(int=1)


def event(version: int, minutes: int, *, audit_only: bool = False) -> ComplaintEvent:
    made: dict[str, Any] = {"originator_id": STREAM, "originator_version": version}
    made |= {"timestamp": BEGINNING + timedelta(minutes=minutes), "by": "x", "role": Role.COORDINATOR}
    made |= {"channel": Channel.WEB, "cause": None, "reason": None, "starts": (), "stops": ()}
    if audit_only:
        details: dict[str, Any] = {
            "reason_code": IdentityReason.VERIFICATION,
            "reference": "1",
            "agency": None,
        }
        return IdentityRequested(**made, **details)
    made |= {"text": Sealed("s1.")}
    return Noted(**made)


def traced(events: list[ComplaintEvent]) -> Trace:
    trace: Trace = ()
    for before, each in zip([0, *(each.originator_version for each in events)], events, strict=False):
        trace = append_event(trace, before, each)
    return trace


def read(events: list[ComplaintEvent], at: datetime) -> VersionAt | None:
    """Return the same from all events."""
    known = [each for each in events if each.at <= at]
    decisive = [each for each in known if not each.AUDIT_ONLY]
    return VersionAt(known[-1].originator_version, decisive[-1].at) if decisive else None


@given(
    steps=st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=2 * MAX_EVENTS),
    after=st.integers(-1, 3 * MAX_EVENTS),
)
def test_a_trace_gives_the_version_that_the_events_give_or_none(
    steps: list[tuple[int, bool]], after: int
) -> None:
    events, minutes = [], 0
    for version, (passed, audit_only) in enumerate(steps, start=1):
        minutes += passed
        events.append(event(version, minutes, audit_only=audit_only and version > 1))
    at, trace = BEGINNING + timedelta(minutes=after), traced(events)

    found = version_at(trace, len(events), at)

    assert len(trace) == min(len(events), MAX_EVENTS)
    assert found == read(events, at) or (found is None and len(events) > MAX_EVENTS)


def test_a_trace_of_few_events_gives_the_version_at_every_instant() -> None:
    events = [event(1, 0), event(2, 5), event(3, 5, audit_only=True), event(4, 9)]
    trace = traced(events)
    for microseconds in (-1, 0, 1, 5 * 60_000_000 - 1, 5 * 60_000_000, 10 * 60_000_000):
        at = BEGINNING + timedelta(microseconds=microseconds)
        assert version_at(trace, 4, at) == read(events, at)


@pytest.mark.parametrize(
    ("minutes", "known"), [(6, None), (7, VersionAt(4, BEGINNING + timedelta(minutes=7)))]
)
def test_the_times_before_a_skipped_event_are_dropped(minutes: int, known: VersionAt | None) -> None:
    trace = traced([event(1, 0), event(2, 5), event(4, 7), event(5, 9)])

    assert version_at(trace, 5, BEGINNING + timedelta(minutes=minutes)) == known
