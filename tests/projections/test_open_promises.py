"""The promises that a change of rules affects are those that a scan of all promises finds, page by page."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from lapor.domain.vocabulary import MoveGround, Step
from projections.sla.open_promises import AffectedPromises, PromiseKey
from projections.sla.promises import PROMISES, Promise

from .conftest import GivenEvents
from .histories import BEGINNING, history
from .stores import folded

NOW = BEGINNING + timedelta(days=6)


def rows_of(seed: int) -> tuple[list[Any], list[Promise]]:
    events = history(seed, 150, steps=3)
    return events, list(folded(PROMISES, events).values())


@pytest.mark.parametrize(
    "ids", [("id-2026/1",), ("id-2026/2",), ("id-2026/1", "id-2026/2"), ("id-2020/1",), ()]
)
@pytest.mark.parametrize("since", [None, date(2025, 3, 20)])
def test_open_promises_by_these_calendars_are_found_from_a_day_on(
    given_events: GivenEvents, ids: tuple[str, ...], since: date | None
) -> None:
    events, rows = rows_of(3)
    database = given_events(events)
    affected = AffectedPromises(MoveGround.CALENDAR, ids, since)
    # a day begins earliest where it is fourteen hours ahead of UTC
    begins = datetime.combine(since or date(2020, 1, 1), time.min, UTC) - timedelta(hours=14)
    wanted = [
        row
        for row in rows
        if row.stopped_at is None and row.due_at > NOW and row.due_at >= begins and row.calendar in ids
    ]
    found: list[PromiseKey] = []
    while page := affected.page(database, NOW, after=found[-1] if found else None, limit=3):
        assert len(page) <= 3
        found += page

    assert found == sorted({(row.due_at, row.stream) for row in wanted})
    assert affected.count(database, NOW) == len(wanted)
    assert bool(wanted) == (ids not in {(), ("id-2020/1",)})


def test_steps_that_no_holiday_moves_are_left_out(given_events: GivenEvents) -> None:
    events, rows = rows_of(3)
    database, ids, but = given_events(events), ("id-2026/1",), frozenset({("sp4n-2018/1", Step.LEGAL_LIMIT)})

    count = AffectedPromises(MoveGround.CALENDAR, ids, None, but).count(database, NOW)

    open_ones = [row for row in rows if row.stopped_at is None and row.due_at > NOW and row.calendar in ids]
    assert 0 < count == sum(row.step is not Step.LEGAL_LIMIT for row in open_ones) < len(open_ones)


def test_open_promises_are_found_by_their_policy_too(given_events: GivenEvents) -> None:
    events, rows = rows_of(2)
    database = given_events(events)

    count = AffectedPromises(MoveGround.POLICY, ("sp4n-2018/1",), None).count(database, NOW)

    assert count == sum(row.stopped_at is None and row.due_at > NOW for row in rows) > 0
    assert AffectedPromises(MoveGround.POLICY, ("other/1",), None).count(database, NOW) == 0
