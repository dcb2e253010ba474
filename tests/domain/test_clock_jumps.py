"""A complaint's times stay in order when the clock jumps, in any time zone of the process."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapor.domain.aggregate import Event
from lapor.domain.deadlines.clock import Clock, Stop
from lapor.domain.deadlines.indonesia import INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Hours, working_time

from ..projections.histories import AGENCIES, Chance, complaint, events_of

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
PROCESSES = (*ZONES, "America/New_York", "UTC")
HOURS: dict[UUID | None, Hours] = {
    agency: replace(INDONESIAN_HOURS, zone=zone) for agency, zone in zip(AGENCIES, ZONES, strict=True)
}
LATER_YEARS = replace(INDONESIA, id="test/1", last=date(2030, 12, 31))
"""As if the calendar knew 2028, a leap year."""
TIMING = Timing(SP4N_2018, LATER_YEARS, lambda agency: HOURS.get(agency, INDONESIAN_HOURS))
JUMPS = [
    sign * timedelta(**jump)
    for jump in ({"seconds": 1}, {"minutes": 50}, {"hours": 1}, {"days": 1}, {"days": 30})
    for sign in (-1, 1)
]
TURNS = [  # a leap day, the end of a leap year and of an ordinary one, each in UTC and in Jakarta
    *(datetime(2028, 2, 28, 17, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)),
    *(datetime(2028, 2, 29, 17, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    *(datetime(2028, 12, 31, 17, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)),
    *(datetime(2027, 12, 31, 17, tzinfo=UTC), datetime(2024, 2, 29, 9, tzinfo=UTC)),
]
LIVES = {
    "seed": st.integers(0, 2**32),
    "at": st.builds(
        lambda turn, seconds: turn + timedelta(seconds=seconds),
        st.sampled_from(TURNS),
        st.integers(-43_200, 43_200),
    ),
}


@contextmanager
def process_in(zone: str) -> Iterator[None]:
    """This process's own zone, as the environment's TZ sets it; nothing is remembered from another."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    working_time.cache_clear()
    try:
        yield
    finally:
        del os.environ["TZ"]
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def lived(seed: int, at: datetime) -> list[Event]:
    """The events of a complaint through whose life the clock jumped to and fro."""
    return events_of(complaint(Chance(seed), steps=12, at=at, pauses=JUMPS, timing=TIMING))


def starts(event: Event) -> tuple[Clock, ...]:
    return getattr(event, "starts", ())


def stops(event: Event) -> tuple[Stop, ...]:
    return getattr(event, "stops", ())


@settings(max_examples=150, deadline=None)
@given(**LIVES)
def test_time_never_falls_no_promise_is_born_broken_and_no_duration_is_negative(
    seed: int, at: datetime
) -> None:
    events = lived(seed, at)

    assert all(before.at <= after.at for before, after in pairwise(events))
    assert all(clock.due_at > event.at for event in events for clock in starts(event))
    assert all(clock.due_at.tzinfo is UTC for event in events for clock in starts(event))
    assert all(stop.working_minutes >= 0 for event in events for stop in stops(event))


@settings(max_examples=40, deadline=None)
@given(**LIVES)
def test_where_the_process_believes_to_be_changes_no_event(seed: int, at: datetime) -> None:
    told = []
    for zone in PROCESSES:
        with process_in(zone):
            told.append(lived(seed, at))

    assert all(each == told[0] for each in told)


@pytest.mark.parametrize("zone", PROCESSES)
def test_a_leap_day_is_a_working_day_like_any_other(zone: str) -> None:
    """29 February 2028 is a Tuesday."""
    monday, tuesday, wednesday = (datetime(2028, *day, 3, tzinfo=UTC) for day in ((2, 28), (2, 29), (3, 1)))
    with process_in(zone):
        for agency, hours in HOURS.items():
            worked = TIMING.working_time(agency)
            closing = datetime(2028, 2, 29, 16 - _ahead(hours), tzinfo=UTC)
            assert worked.due(monday, 1).at == closing
            assert worked.due(tuesday, 1).at == closing + timedelta(days=1)
            assert worked.minutes_between(monday, wednesday) == 2 * int(8.5 * 60)


def _ahead(hours: Hours) -> int:
    """Hours that an Indonesian zone is ahead of UTC."""
    return 7 + ZONES.index(hours.zone)
