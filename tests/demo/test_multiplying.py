"""Many complaints made of a few that were played: each one whole, its own, and under its own key."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest

from lapor.application.application import CommandRequest
from lapor.bootstrap import RunningServices
from lapor.cli.shared.common import OPERATOR
from lapor.demo.run import DemoSettings, add_copies, run_demo
from lapor.domain.complaint.events import ComplaintEvent, Filed, FollowerAdded, Merged, Sp4nLinked, Split
from lapor.store.event_log import RecordedEvent
from projections.engine.as_of import AsOf
from projections.running.rebuild import rebuild
from projections.running.replay import check

from .conftest import UNTIL, MakeService, all_rows

PLAYED, COMPLAINTS = 150, 700
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def grown(new_running: MakeService) -> tuple[RunningServices, list[RecordedEvent]]:
    """A service with a few complaints that were played, and many copies; its log."""
    running = new_running()
    staging = DemoSettings(PLAYED, 1, UNTIL, fast=True)
    run_demo(running, staging, lambda *_: None)
    before = running.application.log.head()
    added = add_copies(running, replace(staging, complaints=COMPLAINTS), lambda *_: None)
    rows = all_rows(running)
    assert [row.position for row in rows] == list(range(1, before + added + 1))
    return running, rows


def lives_of(rows: list[RecordedEvent]) -> dict[UUID, list[Any]]:
    lives: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        if isinstance(event := row.event(), ComplaintEvent):
            lives[row.stream].append(event)
    return lives


def test_every_life_is_whole_and_has_a_code_of_its_own(
    grown: tuple[RunningServices, list[RecordedEvent]],
) -> None:
    running, rows = grown
    lives = lives_of(rows)
    assert len(lives) == COMPLAINTS
    assert len({life[0].code for life in lives.values()}) == COMPLAINTS
    for stream, life in lives.items():
        assert isinstance(life[0], Filed)
        assert [event.originator_version for event in life] == list(range(1, len(life) + 1))
        assert all(one.at <= other.at for one, other in pairwise(life))
        assert running.services.lookup.stream(life[0].code) == stream


def test_the_texts_of_a_copy_open_under_its_own_key_alone(
    grown: tuple[RunningServices, list[RecordedEvent]],
) -> None:
    running, rows = grown
    lives = lives_of(rows)
    sealed: set[str] = set()
    for stream, life in lives.items():
        history = running.services.complaint_queries.history(
            str(stream), CommandRequest(OPERATOR), AsOf(), after=0, limit=99
        )
        assert len(history[0]) == len(life)
        texts = {event.text for event in life if isinstance(event, Filed)}
        assert not texts & sealed
        sealed |= texts


def test_copies_of_complaints_that_name_each_other_do_so_too(
    grown: tuple[RunningServices, list[RecordedEvent]],
) -> None:
    _, rows = grown
    lives = lives_of(rows)
    named: Counter[type] = Counter()
    for stream, life in lives.items():
        for event in life:
            named[type(event)] += 1
            match event:
                case Merged():
                    added = [each for each in lives[event.into] if isinstance(each, FollowerAdded)]
                    assert (event.at, stream) in [(each.at, each.follower) for each in added]
                case FollowerAdded():
                    assert lives[event.follower][-1].into == stream
                case Split():
                    for child in event.children:
                        assert (lives[child][0].split_from, lives[child][0].at) == (stream, event.at)
                case Filed(split_from=parent) if parent:
                    splits = [each for each in lives[parent] if isinstance(each, Split)]
                    assert stream in [child for split in splits for child in split.children]
    assert named[Merged] == named[FollowerAdded] > PLAYED / 20
    assert named[Split] > PLAYED / 20


def test_a_receipt_opens_what_was_split_off_and_nothing_else(
    grown: tuple[RunningServices, list[RecordedEvent]],
) -> None:
    running, rows = grown
    lives = lives_of(rows)
    opened = {
        vault_entry.stream: vault_entry.receipt_digest
        for vault_entry in running.application.log.vault_entries(list(lives))
    }
    parents = {stream: life[0].split_from or stream for stream, life in lives.items()}
    assert all(opened[stream] == opened[parent] for stream, parent in parents.items())
    assert len(set(opened.values())) == len(set(parents.values())) < len(lives)


def test_a_number_elsewhere_belongs_to_one_copy(grown: tuple[RunningServices, list[RecordedEvent]]) -> None:
    running, rows = grown
    linked = [event for row in rows if isinstance(event := row.event(), Sp4nLinked)]
    numbers = {event.tracking_id: event.originator_id for event in linked}
    assert len(numbers) == len(linked) > PLAYED / 5
    for number, stream in numbers.items():
        assert running.application.log.find("SP4N-LAPOR! number", number) == stream


def test_the_tables_are_those_of_a_replay_and_keep_their_indexes(
    grown: tuple[RunningServices, list[RecordedEvent]],
) -> None:
    running, _ = grown
    indexes = "SELECT count(*) FROM pg_indexes WHERE tablename IN ('event', 'subject')"
    with psycopg.connect(running.database.url) as connection:
        assert connection.execute(indexes).fetchone() == (6,)
    rebuild(running.database.url)
    events, differences = check(running.database.url)
    assert (events > 0, differences) == (True, [])


def test_the_same_seed_makes_the_same(
    grown: tuple[RunningServices, list[RecordedEvent]], new_running: MakeService
) -> None:
    def told(rows: list[RecordedEvent]) -> list[Any]:
        events = [event for life in lives_of(rows).values() for event in life]
        return sorted((event.at, event.TOPIC, event.by == "citizen") for event in events)

    other = new_running()
    run_demo(other, DemoSettings(PLAYED, 1, UNTIL, fast=True), lambda *_: None)
    add_copies(other, DemoSettings(COMPLAINTS, 1, UNTIL, fast=True), lambda *_: None)
    assert told(all_rows(other)) == told(grown[1])
