"""Queries return the same as a scan of the rows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from lapor.domain.access import Reach
from lapor.domain.aggregate import Event
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.domain.vocabulary import Kind, Stage, Step
from lapor.store.database import Database
from projections.backlog import counts as workload
from projections.backlog import projection
from projections.backlog.projection import BACKLOG, WITH_AGENCY, BacklogItem
from projections.catalogue import PROJECTIONS
from projections.complaints import lists
from projections.complaints.register import REGISTER, RegisterLine
from projections.engine.as_of import SortKey
from projections.engine.engine import Engine

from .histories import AGENCIES, history
from .scopes import local
from .stores import as_listed, feed, folded, store

LATE = datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def events(database: Database) -> list[Event]:
    events = history(9, 500, steps=4)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    return events


def urgency(row: BacklogItem) -> tuple[datetime, bytes]:
    return row.due_at or LATE, row.stream.bytes


def lines(events: list[Event], agency: UUID) -> list[BacklogItem]:
    """Return an agency's backlog as it should be listed, from the rows of two projections."""
    registered = folded(REGISTER, events)
    made = []
    for owed in folded(BACKLOG, events).values():
        if owed.agency == agency and owed.stage in WITH_AGENCY:
            of = registered[owed.stream]
            known = {"code": of.code, "title": of.title, "kind": of.kind, "privacy": of.privacy}
            own = {name: getattr(owed, name) for name in ("stage", "step", "due_at", "lead", "version")}
            made.append(BacklogItem(owed.stream, agency, filed_at=of.filed_at, **known, **own))
    return sorted(made, key=urgency)


def test_pages_of_the_backlog_are_in_the_order_of_urgency(database: Database, events: list[Event]) -> None:
    for agency in AGENCIES:
        rows = lines(events, agency)
        assert len(rows) > 5
        seen: list[BacklogItem] = []
        while page := projection.page(
            database, agency, limit=4, after=(seen[-1].due_at, seen[-1].stream) if seen else None
        ):
            seen += [item for item, _ in page]
        assert seen == rows
        assert {type(row.stage) for row in rows} == {Stage}  # enum members, not plain text
        routed = projection.page(database, agency, limit=100, stage=Stage.ROUTED)
        assert [item for item, _ in routed] == [row for row in rows if row.stage is Stage.ROUTED]
        resolving = projection.page(database, agency, limit=100, step=Step.RESOLVE)
        assert [item for item, _ in resolving] == [row for row in rows if row.step is Step.RESOLVE]


@pytest.mark.parametrize("days", [0, 1, 2, 5, 13, 40, 100])
def test_the_workload_counts_the_backlog(database: Database, events: list[Event], days: int) -> None:
    now = max(event.at for event in events) + timedelta(days=days)
    agency = AGENCIES[0]
    rows = [
        row for row in folded(BACKLOG, events).values() if row.agency == agency and row.stage in WITH_AGENCY
    ]
    zone = INDONESIAN_HOURS.zone
    load = workload.counts(database, agency, now, zone)
    assert load.open == len(rows) == load.by_stage.total() == load.by_age.total()
    assert load.overdue == sum(row.due_at < now for row in rows if row.due_at)
    soon = now + timedelta(hours=24)
    assert load.due_soon == sum(now <= row.due_at < soon for row in rows if row.due_at)
    ages = [(local(now, zone) - local(row.routed_at, zone)).days for row in rows]
    assert load.by_age["0-2"] == sum(age <= 2 for age in ages)
    assert load.by_age["over_60"] == sum(age > 60 for age in ages)


def test_a_list_has_each_complaint_the_latest_first(database: Database, events: list[Event]) -> None:
    rows = folded(REGISTER, events)
    in_order = sorted(rows.values(), key=lambda row: (row.filed_at, row.stream.bytes), reverse=True)

    first = listed(database, limit=30)
    rest = listed(database, limit=1000, after=(first[-1].filed_at, first[-1].stream))

    assert first + rest == as_listed(in_order)


@pytest.mark.parametrize("agencies", [AGENCIES[:1], AGENCIES[1:]])
@pytest.mark.parametrize("oversight", [True, False])
def test_a_list_has_exactly_the_complaints_that_its_reader_may_see(
    database: Database,
    events: list[Event],
    agencies: list[UUID],
    oversight: bool,
) -> None:
    rows = folded(REGISTER, events).values()
    reach = Reach(everything=False, agencies=tuple(agencies), oversight=oversight)

    seen = {row.stream for row in listed(database, limit=1000, reach=reach)}

    visible = {
        row.stream
        for row in rows
        if {*row.agencies} & {*agencies} or (oversight and row.kind == Kind.OVERSIGHT)
    }
    assert seen == visible


EVERYTHING = Reach(everything=True, agencies=(), oversight=False)


def listed(
    database: Database, *, limit: int, after: SortKey | None = None, reach: Reach = EVERYTHING
) -> list[RegisterLine]:
    wanted = lists.ListFilter(zone="Asia/Jakarta")
    found = lists.page(
        database, wanted, reach=reach, content=reach, sort="-filed_at", after=after, limit=limit
    )
    return [each.complaint for each in found]
