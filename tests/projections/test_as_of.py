"""As of any moment, lists and backlogs are those of a fold of the events known by then."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.access import Reach
from lapor.domain.aggregate import Event
from lapor.domain.vocabulary import Kind, Stage
from lapor.store.database import Database
from projections.backlog import projection
from projections.backlog.counts import AGES, counts
from projections.backlog.projection import BACKLOG
from projections.complaints import lists
from projections.complaints.lists import ListFilter, register_lines
from projections.complaints.register import REGISTER, RegisterLine
from projections.engine.as_of import SortOrder, snapshot
from projections.engine.bookmarks import skip
from projections.engine.side_tables import VALID_AT
from projections.sla.promises import PROMISES

from .conftest import GivenEvents
from .histories import AGENCIES, BEGINNING, history
from .scopes import MANY, ZONE
from .stores import as_listed, as_superuser, folded, store

ALL = Reach(everything=True, agencies=(), oversight=False)
FAR = datetime.max.replace(tzinfo=BEGINNING.tzinfo)
SORTS: dict[str, Callable[[Any], Any]] = {
    "filed_at": lambda row: (row.filed_at, row.stream),
    "-filed_at": lambda row: (row.filed_at, row.stream),
    "due_at": lambda row: (row.due_at or FAR, row.stream),
}


pytestmark = pytest.mark.usefixtures("short_traces")  # so that some descriptions are folded from events


def moments(events: list[Event], after: int, share: float) -> list[datetime]:
    """Return an instant of no event, one of an event, and the microsecond before."""
    of_event = events[int(share * (len(events) - 1))].at
    return [BEGINNING + timedelta(hours=after), of_event, of_event - timedelta(microseconds=1)]


def page(database: Database, wanted: ListFilter, **asked: Any) -> list[RegisterLine]:
    """Return the complaints of a page, and check that their visibility is that of the present rows."""
    found = lists.page(database, wanted, **asked)
    now = register_lines(database, [each.complaint.stream for each in found])
    for complaint, seen in found:
        row = now[complaint.stream]
        assert (seen.agencies, seen.kind, seen.privacy) == (row.agencies, row.kind, row.privacy)
    return [each.complaint for each in found]


def known(events: list[Event], at: datetime) -> list[Event]:
    return [event for event in events if event.at <= at]


@MANY
@given(
    seed=st.integers(0, 2**32),
    after=st.integers(0, 120 * 24),
    share=st.floats(0, 1),
    sort=st.sampled_from(list(SORTS)),
    wanted=st.builds(
        ListFilter,
        zone=st.just(ZONE),
        stage=st.none() | st.sampled_from(list(Stage)),
        kind=st.none() | st.sampled_from(list(Kind)),
        agency=st.none() | st.sampled_from(AGENCIES),
    ),
)
def test_a_list_is_as_it_was(
    given_events: GivenEvents, *, seed: int, after: int, share: float, sort: str, wanted: ListFilter
) -> None:
    events = history(seed, 15, steps=9)
    database = given_events(events)
    for at in moments(events, after, share):
        rows = folded(REGISTER, known(events, at)).values()
        fitting = [
            row
            for row in rows
            if wanted.stage in {None, row.stage}
            and wanted.kind in {None, row.kind}
            and wanted.agency in {None, row.agency}
        ]
        expected = sorted(fitting, key=SORTS[sort], reverse=sort.startswith("-"))

        def asked(at: datetime = at, **more: Any) -> list[Any]:
            return page(database, wanted, reach=ALL, content=ALL, sort=sort, at=at, **more)

        assert asked(after=None, limit=100) == as_listed(expected)
        for one, other in pairwise(expected):
            place = getattr(one, sort.removeprefix("-")), one.stream
            assert asked(after=place, limit=1) == as_listed([other])


@MANY
@given(
    seed=st.integers(0, 2**32),
    after=st.integers(0, 120 * 24),
    share=st.floats(0, 1),
    sort=st.sampled_from(list(SORTS)),
    stage=st.none() | st.sampled_from(list(Stage)),
)
def test_a_search_as_of_a_moment_uses_the_present_terms(
    given_events: GivenEvents,
    url: str,
    *,
    seed: int,
    after: int,
    share: float,
    sort: str,
    stage: Stage | None,
) -> None:
    events = history(seed, 15, steps=9)
    database = given_events(events)
    words = {stream: [7, 9] if n % 3 else [7] for n, stream in enumerate(folded(REGISTER, events))}
    as_superuser(url, "TRUNCATE vault.subject")
    for row in folded(REGISTER, events).values():
        insert = "INSERT INTO vault.subject (stream, at, wrapped_key, terms) VALUES (%s, %s, '', %s)"
        as_superuser(url, insert, row.stream, row.filed_at, words[row.stream])
    for at in moments(events, after, share):
        rows = folded(REGISTER, known(events, at)).values()
        fitting = [row for row in rows if 9 in words[row.stream] and stage in {None, row.stage}]
        expected = sorted(fitting, key=SORTS[sort], reverse=sort.startswith("-"))
        asked = {"reach": ALL, "content": ALL, "sort": sort, "at": at}
        wanted = ListFilter(ZONE, stage=stage, terms=[9, 7])
        assert page(database, wanted, after=None, limit=100, **asked) == as_listed(expected)
        for one, other in pairwise(expected):
            place = getattr(one, sort.removeprefix("-")), one.stream
            assert page(database, wanted, after=place, limit=1, **asked) == as_listed([other])


@MANY
@given(seed=st.integers(0, 2**32), after=st.integers(0, 120 * 24), share=st.floats(0, 1))
def test_a_backlog_is_as_it_was(given_events: GivenEvents, seed: int, after: int, share: float) -> None:
    events = history(seed, 15, steps=9)
    database = given_events(events)
    for at in moments(events, after, share):
        then = known(events, at)
        register = folded(REGISTER, then)
        for agency in AGENCIES:
            owed = [
                row
                for row in folded(BACKLOG, then).values()
                if row.agency == agency and row.stage is not Stage.AWAITING_REPORTER
            ]
            owed.sort(key=SORTS["due_at"])
            found = projection.page(database, agency, limit=100, at=at)
            assert [(item.stream, item.stage, item.due_at, item.version) for item, _ in found] == [
                (row.stream, row.stage, row.due_at, row.version) for row in owed
            ]
            assert [item.title for item, _ in found] == [register[row.stream].title for row in owed]
            check_counts(database, agency, at, owed)


def check_counts(database: Database, agency: UUID, at: datetime, owed: list[Any]) -> None:
    load = counts(database, agency, at, ZONE, past=True)
    assert load.open == len(owed) == sum(load.by_age[age] for age in AGES)
    assert load.overdue == sum(row.due_at is not None and row.due_at < at for row in owed)


def test_events_not_folded_yet_are_missing_as_of_a_moment_too(
    given_events: GivenEvents,
) -> None:
    events = history(17, 20, steps=9)
    database = given_events(events[: len(events) // 2])
    store(database, events[len(events) // 2 :])  # these are not fed

    at = max(event.at for event in events)
    then = folded(BACKLOG, events[: len(events) // 2]).values()
    assert then, "or this proves nothing"
    for agency in AGENCIES:
        owed = [row for row in then if row.agency == agency and row.stage is not Stage.AWAITING_REPORTER]
        found = projection.page(database, agency, limit=100, at=at)
        found_versions = {(item.stream, item.version) for item, _ in found}
        assert found_versions == {(row.stream, row.version) for row in owed}


def test_a_past_backlog_leaves_out_complaints_that_the_register_lacks(
    given_events: GivenEvents, url: str
) -> None:
    events = history(17, 20, steps=9)
    database = given_events(events)
    owed = [row for row in folded(BACKLOG, events).values() if row.stage is not Stage.AWAITING_REPORTER]
    until = max(events.index(next(f for f in events if f.originator_id == row.stream)) for row in owed)
    at, registered = max(event.at for event in events), folded(REGISTER, events[:until])
    as_superuser(url, f"DELETE FROM {REGISTER.table} WHERE NOT stream = ANY(%s)", [*registered])
    as_superuser(url, "UPDATE projection SET position = %s WHERE name = 'register'", until)

    known = [row for row in owed if row.stream in registered]
    assert 0 < len(known) < len(owed)
    for agency in AGENCIES:
        found = projection.page(database, agency, limit=100, at=at)
        assert {item.stream for item, _ in found} == {row.stream for row in known if row.agency == agency}


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        (REGISTER.table, "agency = '00000000-0000-0000-0000-00000000000b'"),
        (BACKLOG.table, f"agency = '00000000-0000-0000-0000-00000000000b' AND {projection.OWED}"),
    ],
)
def test_the_most_urgent_of_a_moment_are_walked_in_the_order_of_an_index(
    given_events: GivenEvents, url: str, table: str, condition: str
) -> None:
    given_events(history(9, 40, steps=9))
    as_superuser(url, f"VACUUM (ANALYZE) {table}_past")
    ((part, order), _) = SortOrder("due_at", "coalesce(due_at, 'infinity'::timestamptz)").parts
    where = " AND ".join([VALID_AT, *part, condition])
    query = f"EXPLAIN SELECT stream, stage, step, due_at FROM {table}_past WHERE {where} {order} LIMIT 50"
    with psycopg.connect(url) as connection:
        for way in ("seqscan", "bitmapscan", "sort"):
            connection.execute(f"SET enable_{way} = off".encode())
        plan = connection.execute(query.encode(), {"at": BEGINNING + timedelta(days=9)}).fetchall()

    assert any("Index Only Scan" in line for (line,) in plan), plan
    assert any("Order By: (due_at <->" in line for (line,) in plan), plan


def test_queries_of_one_snapshot_do_not_see_later_changes(given_events: GivenEvents, url: str) -> None:
    database = given_events(history(7, 5, steps=9))
    query = f"SELECT count(*) FROM {REGISTER.table}"
    with snapshot(database) as connection:
        before = connection.execute(query.encode()).fetchone()
        as_superuser(url, f"DELETE FROM {REGISTER.table} WHERE version > %s", 0)
        assert connection.execute(query.encode()).fetchone() == before != (0,)


def test_an_event_skipped_by_another_projection_counts_as_of_a_moment(given_events: GivenEvents) -> None:
    events = history(8, 12, steps=9)
    database = given_events(events)
    with database.connection() as connection:
        for position in range(1, len(events) + 1):
            skip(connection, PROMISES, position, reason="none of these", by="operator")
    at = max(event.at for event in events)

    asked = {"reach": ALL, "content": ALL, "sort": "filed_at", "after": None, "limit": 99}
    found = page(database, ListFilter(ZONE), at=at, **asked)

    assert found == as_listed(sorted(folded(REGISTER, events).values(), key=SORTS["filed_at"]))
