"""A batch is bounded by its work: it shrinks until it fits. An event costs no more after thirty years."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

import pytest

from lapor.domain.aggregate import Event
from lapor.store.database import Database
from projections.backlog.projection import BACKLOG
from projections.catalogue import PROJECTIONS
from projections.complaints.register import REGISTER
from projections.engine import batch, engine
from projections.engine.engine import Engine
from projections.engine.tables import Table, fold

from .histories import history
from .stores import as_superuser, bookmarks, everything, expected, store
from .written_lives import stretched, together

REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM written) > {most} {when} THEN
            RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER refuse AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
       FOR EACH STATEMENT EXECUTE FUNCTION refuse();
"""
"""Ends a statement as the time limit does, if it writes more rows than it may."""


def until_done(of: Engine, head: int) -> list[int]:
    """Step until the head is reached; return the size of each batch that was applied."""
    sizes: list[int] = []
    for _ in range(1_000):
        if sum(sizes) == head:
            return sizes
        if applied := of.step():
            sizes.append(applied)
    raise AssertionError(sizes)


def test_a_batch_that_writes_too_much_is_halved_until_it_fits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MOST_RECORDS", 60)
    events = history(3, 12, steps=9)
    head = store(database, events)

    sizes = until_done(Engine(database, PROJECTIONS), head)

    assert max(sizes) < 60
    assert everything(database) == expected(events)


def test_a_batch_that_meets_the_time_limit_is_halved_down_to_single_events(
    database: Database, url: str
) -> None:
    as_superuser(url, REFUSE.format(most=2, when="", table=f"{REGISTER.table}_past"))
    events = history(3, 12, steps=9)
    head = store(database, events)
    feeding = Engine(database, PROJECTIONS)

    sizes = until_done(feeding, head)

    assert sizes[0] < 20
    assert everything(database) == expected(events)
    assert {failure for *_, failure in bookmarks(database).values()} == {None}


def test_a_slow_batch_is_followed_by_a_smaller_one_and_a_fast_one_by_a_larger(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = store(database, history(3, 24, steps=9))
    assert head > 64
    feeding = Engine(database, PROJECTIONS, batch=16)
    monkeypatch.setattr(engine, "_SLOW", 0.0)
    sizes = [feeding.step() for _ in range(3)]
    monkeypatch.setattr(engine, "_SLOW", 1e9)
    monkeypatch.setattr(engine, "_FAST", 1e9)
    sizes += [feeding.step() for _ in range(5)]

    assert sizes == [16, 8, 4, 2, 4, 8, 16, min(16, head - 58)]


def test_a_projection_that_cannot_take_one_event_steps_off_alone_and_names_it(
    database: Database, url: str
) -> None:
    events = history(3, 12, steps=9)
    stream = events[len(events) // 2].originator_id
    position = next(n for n, event in enumerate(events, 1) if event.originator_id == stream)
    when = f"OR EXISTS (SELECT FROM written WHERE stream = '{stream}')"
    as_superuser(url, REFUSE.format(most=999, when=when, table=REGISTER.table))
    head = store(database, events)
    feeding = Engine(database, PROJECTIONS)
    for _ in range(60):
        feeding.step()

    stopped = bookmarks(database)
    reached, _, failure = stopped.pop("register")
    assert reached == position - 1
    assert failure is not None
    assert f"position {position} (lapor.complaint.filed) took longer" in failure
    assert {at for at, *_ in stopped.values()} == {head}
    assert {why for *_, why in stopped.values()} == {None}


def written(events: list[Event]) -> Iterator[tuple[int, int]]:
    """Yield how many records each complaint's events make, each in its own batch, and how many events."""
    for _, life in groupby(sorted(events, key=attrgetter("originator_id")), attrgetter("originator_id")):
        of_life = list(life)
        records = 0
        for projection in PROJECTIONS:
            table, rows = Table(projection), projection.rows()
            counted = table.rollup_counts() if table.rollup else None
            for number, event in enumerate(of_life, 1):
                recorded = table.row_history()
                if recorded is not None:
                    for row in rows.of(event.originator_id):
                        recorded.resume(row, of_life[0].at)
                before = {key: projection.values_of(row) for key, row in rows.items()}
                fold(projection, [(number, event)], rows, recorded)
                after = {key: projection.values_of(row) for key, row in rows.items()}
                changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
                records += len(changed)
                if recorded is not None:
                    records += len(recorded.ended) + len(recorded.dropped) + len(list(recorded.begun()))
                if table.rollup and counted is not None:
                    difference = table.rollup_counts()
                    for key in changed:
                        if key in before:
                            difference.count(projection.row(*before[key]), -1)
                        if key in after:
                            difference.count(rows[key], +1)
                    records += len(list(difference.cells()))
        yield records, len(of_life)


MOST_RECORDS_PER_EVENT = 40


@pytest.mark.parametrize("days", [1, 30, 365, 3_650, 10_950])
def test_an_event_costs_no_more_when_its_complaint_is_open_for_years(days: int) -> None:
    lives = [*together(), *history(41, 40, steps=12)]
    first, last = min(event.at for event in lives), max(event.at for event in lives)
    factor = days * 86_400 / (last - first).total_seconds()

    costs = [records / events for records, events in written(stretched(lives, factor))]

    assert len(costs) > 40
    assert max(costs) < MOST_RECORDS_PER_EVENT


def test_a_version_is_stored_once_however_long_it_held(database: Database, url: str) -> None:
    events = stretched(together(), 400)  # some thirty years
    store(database, events)
    Engine(database, [REGISTER, BACKLOG]).step()
    with database.connection() as connection:
        for projection in (REGISTER, BACKLOG):
            recorded = Table(projection).row_history()
            fold(projection, enumerate(events, 1), projection.rows(), recorded)
            ((stored,),) = connection.execute(f"SELECT count(*) FROM {projection.table}_past".encode())
            assert recorded is not None
            assert stored == len(list(recorded.begun())) <= 2 * len(events)
