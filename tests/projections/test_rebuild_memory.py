"""A rebuild's memory does not grow with the log: rows are written as streams are done."""

import tracemalloc

import psycopg
import pytest

from lapor.store.database import Database, connection_string
from lapor.store.migrate import OWNER
from projections import partition
from projections.bookmarks import look
from projections.catalogue import PROJECTIONS
from projections.partition import Range, fold_range, new_table, ranges
from projections.plan import forget, plan_at
from projections.takeover import head_of

from .histories import history
from .keeping import as_superuser, store

_MULTIPLY = """
    INSERT INTO fact (position, stream, version, topic, state)
    SELECT head + row_number() OVER (ORDER BY copy, position),
           md5(concat_ws(' ', head, copy, stream))::uuid, version, topic, state
      FROM fact, (SELECT max(position) AS head FROM fact), generate_series(1, %s) AS copy
"""


def peak(url: str) -> tuple[int, int]:
    """The most bytes that Python held at once while all streams were folded as one range, and the head."""
    options = connection_string(url, role=OWNER, seconds=None)
    with psycopg.connect(options, autocommit=True) as connection:
        marks, head = look(connection, PROJECTIONS)
        assert head == head_of(connection)
        for projection, mark in marks.items():
            new_table(projection, mark).drop(connection)
            new_table(projection, mark).create(connection)
            forget(connection, projection)
        plan = plan_at(connection, head)
    everything = Range(ranges(head)[0].first, ranges(head)[-1].last)
    tracemalloc.start()
    try:
        fold_range(options, marks, everything, plan)
        return tracemalloc.get_traced_memory()[1], head
    finally:
        tracemalloc.stop()


def test_folding_a_log_several_times_as_long_takes_no_more_memory(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition, "_FACTS_AT_ONCE", 100)  # so that short logs are long
    store(database, history(1, 100))
    as_superuser(url, _MULTIPLY, 4)
    peak(url)  # fills caches
    short, facts = peak(url)
    as_superuser(url, _MULTIPLY, 5)

    long, all_facts = peak(url)

    assert all_facts == 6 * facts
    assert long < 1.5 * short, f"{facts} facts: {short:,} bytes; {all_facts}: {long:,}"
