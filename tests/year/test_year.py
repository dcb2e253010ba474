"""A whole year with everything that happens by itself; `make year` plays it with 20,000 complaints."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from lapor.audit.conformance import Conformance
from lapor.audit.exports.period import ALL_DAYS
from lapor.bootstrap import RunningServices, build, prepare
from lapor.cli.shared.common import OPERATOR
from lapor.domain.complaint import Complaint, events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.complaint.lifecycle.escalation import HIGHEST_LEVEL
from lapor.domain.vocabulary import Ground, Role
from lapor.reactions.timers import Timers
from lapor.settings import Settings
from lapor.store.embedded_postgres import EmbeddedPostgres
from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine
from projections.running.replay import check

from .laws import due, violations
from .playing import ENDS, Year, without_waiting

COMPLAINTS = int(os.environ.get("LAPOR_YEAR_COMPLAINTS", "300"))


@dataclass
class Played:
    """A year that is over."""

    running: RunningServices
    year: Year
    streams: dict[UUID, list[ComplaintEvent]]
    seconds: float

    def all(self, kind: type[ComplaintEvent]) -> list[ComplaintEvent]:
        return [event for stream in self.streams.values() for event in stream if isinstance(event, kind)]


@pytest.fixture(scope="module")
def played(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE year TEMPLATE migrated")
    url = psycopg.conninfo.make_conninfo(server.url, dbname="year")
    prepare(url)
    running = build(Settings(data=tmp_path_factory.mktemp("year"), limits=False), without_waiting(url))
    year, began = Year(running, COMPLAINTS, 1), time.monotonic()
    year.play()
    seconds = time.monotonic() - began
    streams: dict[UUID, list[ComplaintEvent]] = defaultdict(list)
    position = 0
    while rows := running.application.log.page(position, 5_000):
        for row in rows:
            if isinstance(event := row.event(), ComplaintEvent):
                streams[row.stream].append(event)
        position = rows[-1].position
    says = f"{COMPLAINTS:,} complaints of a year, {position:,} events, in {seconds:.0f} s"
    print(f"\n{says}")  # noqa: T201 - for `make year`
    yield Played(running, year, streams, seconds)
    running.database.close()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP DATABASE year WITH (FORCE)")


def test_everything_that_happens_by_itself_happened(played: Played) -> None:
    reminded = [event for event in played.all(events.Reminded) if isinstance(event, events.Reminded)]

    assert {event.share for event in reminded} == {50, 80, 100, 200}
    assert {event.level for event in played.all(events.Escalated) if isinstance(event, events.Escalated)} == {
        1,
        2,
        3,
    }
    grounds = {event.ground for event in played.all(events.Closed) if isinstance(event, events.Closed)}
    assert Ground.SILENCE in grounds
    assert played.all(events.DeemedWithdrawn)
    assert len(reminded) > COMPLAINTS


def test_the_year_kept_every_law(played: Played) -> None:
    timing = played.running.application.timing(ENDS)
    found = [
        f"{stream}: {wrong}"
        for stream, its in played.streams.items()
        for wrong in violations(its, timing, ENDS)
    ]

    assert found[:10] == []


def test_nobody_left_the_prescribed_way_nor_did_what_happens_by_itself(played: Played) -> None:
    report = Conformance(played.running.application, lambda _: None).check(OPERATOR, ALL_DAYS)

    assert [each for each in report.findings if each.breach][:10] == []
    assert report.complaints >= COMPLAINTS


def test_people_were_refused_only_what_the_service_had_done_before_them(played: Played) -> None:
    done = defaultdict[UUID | None, list[ComplaintEvent]](list)
    for event in played.all(ComplaintEvent):
        if event.role is Role.SYSTEM:
            done[event.originator_id].append(event)

    def before(stream: UUID | None, verb: str, at: datetime) -> bool:
        ends = events.Closed, events.DeemedWithdrawn
        return any(
            event.at <= at and (isinstance(event, ends) or (verb == "escalate" and _at_the_top(event)))
            for event in done[stream]
        )

    assert [each for each in played.year.overtaken if not before(*each)] == []


def _at_the_top(event: ComplaintEvent) -> bool:
    return isinstance(event, events.Escalated) and event.level == HIGHEST_LEVEL


def test_the_stored_timers_are_those_that_a_look_at_every_complaint_finds(played: Played) -> None:
    stored = "SELECT stream, step, n, share, fire_at FROM timer"
    with played.running.database.connection() as connection:
        timers = set(connection.execute(stored).fetchall())

    expected = set()
    for stream, its in played.streams.items():
        complaint = Complaint.of(its)
        expected |= {
            (stream, m.step, m.n, m.share, m.at)
            for m in complaint.scheduled_actions(played.running.application.timing(ENDS))
        }

    assert timers == expected != set()
    assert min(at for *_, at in timers) > ENDS
    state = Timers(played.running.database).state(ENDS)
    assert state is not None
    assert (state.due, state.failed, state.lag) == (0, 0, 0)


def test_projections_are_what_a_fold_of_the_year_gives(played: Played) -> None:
    engine = Engine(played.running.database, PROJECTIONS)
    while engine.step():
        pass

    _, differences = check(played.running.database.url)

    assert differences == []


@pytest.mark.parametrize("spoil", ["forgotten", "twice", "too late", "too early", "minutes"])
def test_a_law_that_is_broken_is_found(played: Played, spoil: str) -> None:
    """The test of the test: one event of one complaint is spoilt."""
    timing = played.running.application.timing(ENDS)
    for its in played.streams.values():
        at = next((n for n, event in enumerate(its) if isinstance(event, events.Reminded)), None)
        stopped = next((n for n, event in enumerate(its) if event.stops), None)
        if at is None or stopped is None or not list(due(its, timing, ENDS)):
            continue
        spoilt = list(its)
        if spoil == "forgotten":
            del spoilt[at]
        elif spoil == "twice":
            spoilt.insert(at, spoilt[at])
        elif spoil == "minutes":
            stops = tuple(replace(stop, working_minutes=99_999) for stop in its[stopped].stops)
            changes: dict[str, Any] = {"stops": stops}
            spoilt[stopped] = replace(spoilt[stopped], **changes)
        else:
            later = 1 if spoil == "too late" else -1
            moved = spoilt[at].timestamp.replace(year=2026 + later)
            spoilt[at] = replace(spoilt[at], timestamp=moved)
        spoilt = [replace(event, originator_version=n) for n, event in enumerate(spoilt, 1)]
        assert list(violations(spoilt, timing, ENDS)) != []
        assert list(violations(its, timing, ENDS)) == []
        return
    raise AssertionError("no complaint was reminded of anything")
