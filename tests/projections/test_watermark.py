"""A watermark is the latest instant of the events up to a position, however many watermarks are stored."""

import pytest

from lapor.store.database import Database
from projections.engine import watermark
from projections.engine.watermark import advance_watermark

from .histories import history
from .stores import store


def test_a_watermark_is_the_latest_instant_of_the_first_events_however_many_are_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watermark, "PAGE", 5)
    monkeypatch.setattr(watermark, "PAGES_AT_ONCE", 3)
    events = history(5, 12)
    latest = [max(event.at for event in events[:position]) for position in range(1, len(events) + 1)]

    def found() -> list[object]:
        return [watermark.watermark(database, position) for position in range(1, len(events) + 1)]

    store(database, events[:12])
    with database.connection() as connection:
        assert not advance_watermark(connection)  # two pages are full
    store(database, events[12:])
    assert found() == latest
    with database.connection() as connection:
        rounds = 1
        while advance_watermark(connection):
            assert found() == latest
            rounds += 1
        written = connection.execute("SELECT position, latest FROM horizon ORDER BY position").fetchall()
    assert rounds > 1
    assert written == [(n, latest[n - 1]) for n in range(5, len(events) + 1, 5)]


def test_a_log_without_events_has_no_watermark(database: Database) -> None:
    assert watermark.watermark(database, 0) is None
