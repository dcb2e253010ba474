"""A prefix of the log answers every query as a log that ends there."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from lapor.domain.errors import BeyondHeadError, UnreachableError
from lapor.domain.vocabulary import Stage
from lapor.store.database import Database
from projections.backlog import projection
from projections.backlog.counts import counts
from projections.backlog.projection import BACKLOG
from projections.complaints.register import REGISTER
from projections.engine.read_your_writes import wait_for
from projections.running.log_prefix import log_prefix
from projections.sla.dashboard import figures
from projections.sla.promises import PROMISES

from .conftest import GivenEvents
from .histories import AGENCIES, history
from .scopes import EVER, ZONE
from .stores import everything, folded
from .test_sla import brute, counted_by, shown


@pytest.fixture
def logged(given_events: GivenEvents) -> tuple[list[Any], Database]:
    """Events whose order in the log is not that of their instants, and the database that has them."""
    events = history(31, 25, steps=9)
    assert any(one.at > other.at for one, other in pairwise(events))
    return events, given_events(events)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_promises_are_those_of_the_first_events(
    logged: tuple[list[Any], Database], url: str, share: float
) -> None:
    events, _ = logged
    position = int(share * len(events))
    rows = folded(PROMISES, events[:position]).values()

    with log_prefix(url, position, [PROMISES]) as prefix:
        assert prefix.at == max(event.at for event in events[:position])
        found = figures(prefix.database, EVER, prefix.at)
        assert wait_for(prefix.database, 0, [PROMISES]) == position

    assert {(each.agency, each.step): shown(each) for each in found.rows} == counted_by(
        [*rows], lambda row: (row.agency, row.step), EVER, prefix.at
    )
    assert shown(found.total) == brute(rows, EVER, prefix.at)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_backlog_is_that_of_the_first_events(
    logged: tuple[list[Any], Database], url: str, share: float
) -> None:
    events, database = logged
    known = events[: int(share * len(events))]
    register, before = folded(REGISTER, known), everything(database)

    with log_prefix(url, len(known), [BACKLOG, REGISTER]) as prefix:
        for agency in AGENCIES:
            owed = {
                row.stream: (row.stage, row.due_at, row.version, register[row.stream].title)
                for row in folded(BACKLOG, known).values()
                if row.agency == agency and row.stage is not Stage.AWAITING_REPORTER
            }
            for at in (prefix.at, None):
                page = [row.item for row in projection.page(prefix.database, agency, limit=100, at=at)]
                told = {item.stream: (item.stage, item.due_at, item.version, item.title) for item in page}
                assert told == owed
            assert counts(prefix.database, agency, _at(prefix.at), ZONE, past=True).open == len(owed)

    assert everything(database) == before


def _at(at: datetime | None) -> datetime:
    assert at is not None
    return at + timedelta(0)


def test_more_events_than_the_log_has_are_refused(logged: tuple[list[Any], Database], url: str) -> None:
    events, _ = logged
    with pytest.raises(BeyondHeadError), log_prefix(url, len(events) + 1, [PROMISES]):
        pass


def test_a_lost_session_is_an_error_and_never_the_whole_log(
    logged: tuple[list[Any], Database], url: str
) -> None:
    with log_prefix(url, 10, [PROMISES]) as prefix:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(UnreachableError):
            figures(prefix.database, EVER, _at(prefix.at))
