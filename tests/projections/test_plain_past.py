"""As of any instant, rows, lists and backlogs are what an oracle without the product's code says."""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain, pairwise
from typing import Any
from uuid import UUID

import pytest

from lapor.domain.access import Reach
from lapor.domain.aggregate import Event
from lapor.store.codec import encode
from projections.backlog import projection
from projections.backlog.counts import counts
from projections.backlog.projection import BACKLOG
from projections.complaints import lists
from projections.complaints.lists import ListFilter
from projections.complaints.register import REGISTER
from projections.engine.projection import Projection
from projections.engine.row_history import RowHistory
from projections.engine.tables import fold

from .conftest import GivenEvents
from .histories import AGENCIES, history
from .plain_past import Plain, backlog_of, complaints_at, earliest
from .scopes import ZONE
from .written_lives import LIVES, stretched, together

LIVES_ON_DICTS = int(os.environ.get("LAPOR_PAST_LIVES", "200"))
ALL = Reach(everything=True, agencies=(), oversight=False)
INSTANT = timedelta(microseconds=1)


def past(events: Iterable[Event], at: datetime) -> dict[str, Plain]:
    stored = [(str(event.originator_id), event.TOPIC, encode(event)) for event in events]
    return complaints_at(stored, at)


def instants(events: list[Event], every: int = 1) -> list[datetime]:
    """Return the instant of each event, and those a microsecond before and after it."""
    known = sorted({event.at for event in events})[::every]
    return sorted({at + each for at in known for each in (-INSTANT, timedelta(), INSTANT)})


def versions(kind: Projection, events: list[Event]) -> list[tuple[Any, ...]]:
    recorded = RowHistory(kind)
    fold(kind, enumerate(events, 1), kind.rows(), recorded)
    return list(recorded.begun())


def valid(of: list[tuple[Any, ...]], at: datetime) -> list[tuple[Any, ...]]:
    return [each for each in of if each[-2] <= at and (each[-1] is None or at < each[-1])]


def as_told(c: Plain) -> tuple[object, ...]:
    due, step = earliest(c)
    known = (c["stage"], c["kind"], c["category"], c["service"])
    return (*known, c["lead"] and UUID(c["lead"]), c["privacy"], c["filed_at"], step, due)


def soonest(c: Plain) -> tuple[str | None, datetime | None]:
    due, step = earliest(c)
    return step, due


def check_versions(events: list[Event], every: int = 1) -> None:
    register, backlog = versions(REGISTER, events), versions(BACKLOG, events)
    for at in instants(events, every):
        was = past(events, at)
        assert {str(stream): tuple(rest[:-2]) for stream, *rest in valid(register, at)} == {
            stream: as_told(c) for stream, c in was.items()
        }
        for agency in AGENCIES:
            owed = {
                str(stream): (stage, due)
                for stream, of, _, _, stage, _, due, *_ in valid(backlog, at)
                if of == agency and stage != "awaiting_reporter"
            }
            assert owed == backlog_of(was, str(agency)), at


@pytest.mark.parametrize("seed", range(LIVES_ON_DICTS))
def test_the_versions_of_rows_are_those_of_plain_dicts(seed: int) -> None:
    check_versions(history(seed, 2, steps=12))


@pytest.mark.parametrize("life", LIVES)
def test_the_versions_of_a_written_life_are_those_of_plain_dicts(life: str) -> None:
    check_versions([*LIVES[life]().pending_events])  # type: ignore[list-item]


@pytest.mark.parametrize("seed", range(LIVES_ON_DICTS * 28 // 200))
def test_lists_and_backlogs_are_those_of_plain_dicts(given_events: GivenEvents, seed: int) -> None:
    check_pages(given_events, history(1_000 + seed, 6, steps=9))


@pytest.mark.parametrize("factor", [1, 400])
def test_lists_and_backlogs_of_written_lives_are_those_of_plain_dicts(
    given_events: GivenEvents, factor: float
) -> None:
    check_pages(given_events, stretched(together(), factor), every=1)


def check_pages(given_events: GivenEvents, events: list[Event], every: int = 4) -> None:
    database = given_events(events)
    wanted = ListFilter(ZONE)
    for at in instants(events, every):
        was = past(events, at)
        for sort in ("filed_at", "-filed_at", "due_at"):
            found = [
                row.complaint
                for row in lists.page(
                    database, wanted, reach=ALL, content=ALL, sort=sort, after=None, limit=100, at=at
                )
            ]
            assert {
                str(row.stream): (row.stage, row.agency, {*row.involved}, row.step, row.due_at)
                for row in found
            } == {
                stream: (c["stage"], c["lead"] and UUID(c["lead"]), {*map(UUID, c["involved"])}, *soonest(c))
                for stream, c in was.items()
            }
            key = sort.removeprefix("-")
            order = [(getattr(row, key) is None, getattr(row, key), row.stream) for row in found]
            placed = [place for place in order if not place[0]]
            assert placed == sorted(placed, reverse=sort.startswith("-"))
            assert order[len(placed) :] == sorted(order[len(placed) :], key=lambda place: place[2])
        for agency in AGENCIES:
            owed = backlog_of(was, str(agency))
            page = [row.item for row in projection.page(database, agency, limit=100, at=at)]
            assert {str(item.stream): (item.stage, item.due_at) for item in page} == owed
            load = counts(database, agency, at, ZONE, past=True)
            assert load.open == len(owed)
            assert load.overdue == sum(due is not None and due < at for _, due in owed.values())


def test_no_version_overlaps_another_of_its_row() -> None:
    events = list(chain(together(), history(77, 20, steps=12)))
    for kind in (REGISTER, BACKLOG):
        by_row: dict[object, list[tuple[datetime, datetime | None]]] = {}
        for version in versions(kind, events):
            by_row.setdefault(version[: len(kind.key)], []).append((version[-2], version[-1]))
        for periods in by_row.values():
            periods.sort(key=lambda period: period[0])
            assert all(until and until <= since for (_, until), (since, _) in pairwise(periods))
