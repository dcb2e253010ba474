"""Many complaints made of a few that were played: each one whole, its own, and under its own key."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest

from lapor.application.application import CommandRequest
from lapor.application.queries.lookup import AsOf
from lapor.cli.agencies_officers import OPERATOR
from lapor.demo.run import DemoSettings, multiplied, stage
from lapor.domain.complaint.facts import ComplaintEvent, Filed, FollowerAdded, Merged, Sp4nLinked, Split
from lapor.store.event_log import RecordedEvent
from projections.running.rebuild import rebuild
from projections.running.replay import check

from .conftest import UNTIL, MakeHouse, all_rows

PLAYED, COMPLAINTS = 150, 700
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def grown(new_house: MakeHouse) -> tuple[Any, list[RecordedEvent]]:
    """A house with a few complaints that were played, and many copies; its log."""
    house = new_house()
    staging = DemoSettings(PLAYED, 1, UNTIL, fast=True)
    stage(house, staging, lambda *_: None)
    before = house.desk.log.head()
    added = multiplied(house, replace(staging, complaints=COMPLAINTS), lambda *_: None)
    rows = all_rows(house)
    assert [row.position for row in rows] == list(range(1, before + added + 1))
    return house, rows


def lives_of(rows: list[RecordedEvent]) -> dict[UUID, list[Any]]:
    lives: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        if isinstance(fact := row.fact(), ComplaintEvent):
            lives[row.stream].append(fact)
    return lives


def test_every_life_is_whole_and_has_a_code_of_its_own(grown: tuple[Any, list[RecordedEvent]]) -> None:
    house, rows = grown
    lives = lives_of(rows)
    assert len(lives) == COMPLAINTS
    assert len({life[0].code for life in lives.values()}) == COMPLAINTS
    for stream, life in lives.items():
        assert isinstance(life[0], Filed)
        assert [fact.originator_version for fact in life] == list(range(1, len(life) + 1))
        assert all(one.at <= other.at for one, other in pairwise(life))
        assert house.services.finder.stream(life[0].code) == stream


def test_what_a_copy_holds_opens_under_its_own_key_alone(grown: tuple[Any, list[RecordedEvent]]) -> None:
    house, rows = grown
    lives = lives_of(rows)
    sealed: set[str] = set()
    for stream, life in lives.items():
        history = house.services.showing.history(
            str(stream), CommandRequest(OPERATOR), AsOf(), after=0, limit=99
        )
        assert len(history[0]) == len(life)
        texts = {fact.text for fact in life if isinstance(fact, Filed)}
        assert not texts & sealed
        sealed |= texts


def test_copies_of_complaints_that_name_each_other_do_so_too(grown: tuple[Any, list[RecordedEvent]]) -> None:
    _, rows = grown
    lives = lives_of(rows)
    named: Counter[type] = Counter()
    for stream, life in lives.items():
        for fact in life:
            named[type(fact)] += 1
            match fact:
                case Merged():
                    added = [each for each in lives[fact.into] if isinstance(each, FollowerAdded)]
                    assert (fact.at, stream) in [(each.at, each.follower) for each in added]
                case FollowerAdded():
                    assert lives[fact.follower][-1].into == stream
                case Split():
                    for child in fact.children:
                        assert (lives[child][0].split_from, lives[child][0].at) == (stream, fact.at)
                case Filed(split_from=parent) if parent:
                    splits = [each for each in lives[parent] if isinstance(each, Split)]
                    assert stream in [child for split in splits for child in split.children]
    assert named[Merged] == named[FollowerAdded] > PLAYED / 20
    assert named[Split] > PLAYED / 20


def test_a_receipt_opens_what_was_split_off_and_nothing_else(grown: tuple[Any, list[RecordedEvent]]) -> None:
    house, rows = grown
    lives = lives_of(rows)
    opened = {subject.stream: subject.receipt_digest for subject in house.desk.log.subjects(list(lives))}
    parents = {stream: life[0].split_from or stream for stream, life in lives.items()}
    assert all(opened[stream] == opened[parent] for stream, parent in parents.items())
    assert len(set(opened.values())) == len(set(parents.values())) < len(lives)


def test_a_number_elsewhere_belongs_to_one_copy(grown: tuple[Any, list[RecordedEvent]]) -> None:
    house, rows = grown
    linked = [fact for row in rows if isinstance(fact := row.fact(), Sp4nLinked)]
    numbers = {fact.tracking_id: fact.originator_id for fact in linked}
    assert len(numbers) == len(linked) > PLAYED / 5
    for number, stream in numbers.items():
        assert house.desk.log.find("SP4N-LAPOR! number", number) == stream


def test_the_tables_are_those_of_a_replay_and_keep_their_indexes(
    grown: tuple[Any, list[RecordedEvent]],
) -> None:
    house, _ = grown
    indexes = "SELECT count(*) FROM pg_indexes WHERE tablename IN ('fact', 'subject')"
    with psycopg.connect(house.database.url) as connection:
        assert connection.execute(indexes).fetchone() == (6,)
    rebuild(house.database.url)
    facts, differences = check(house.database.url)
    assert (facts > 0, differences) == (True, [])


def test_the_same_seed_makes_the_same(grown: tuple[Any, list[RecordedEvent]], new_house: MakeHouse) -> None:
    def told(rows: list[RecordedEvent]) -> list[Any]:
        facts = [fact for life in lives_of(rows).values() for fact in life]
        return sorted((fact.at, fact.TOPIC, fact.by == "citizen") for fact in facts)

    other = new_house()
    stage(other, DemoSettings(PLAYED, 1, UNTIL, fast=True), lambda *_: None)
    multiplied(other, DemoSettings(COMPLAINTS, 1, UNTIL, fast=True), lambda *_: None)
    assert told(all_rows(other)) == told(grown[1])
