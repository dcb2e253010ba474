"""Many complaints made of a few that were played: each one whole, its own, and under its own key."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest

from lapor.application.complaints import Moment
from lapor.application.desk import Ask
from lapor.cli.people import OPERATOR
from lapor.demo.staging import Staging, multiplied, stage
from lapor.domain.complaint.facts import ComplaintFact, Filed
from lapor.store.log import Row
from projections.rebuild import rebuild
from projections.replay import check

from .conftest import UNTIL, MakeHouse, all_rows

PLAYED, COMPLAINTS = 20, 90
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def grown(new_house: MakeHouse) -> tuple[Any, list[Row]]:
    """A house with a few complaints that were played, and many copies; its log."""
    house = new_house()
    staging = Staging(PLAYED, 1, UNTIL, fast=True)
    stage(house, staging, lambda *_: None)
    before = house.desk.log.head()
    added = multiplied(house, replace(staging, complaints=COMPLAINTS), lambda *_: None)
    rows = all_rows(house)
    assert [row.position for row in rows] == list(range(1, before + added + 1))
    return house, rows


def lives_of(rows: list[Row]) -> dict[UUID, list[Any]]:
    lives: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        if isinstance(fact := row.fact(), ComplaintFact):
            lives[row.stream].append(fact)
    return lives


def test_every_life_is_whole_and_has_a_code_of_its_own(grown: tuple[Any, list[Row]]) -> None:
    house, rows = grown
    lives = lives_of(rows)
    assert len(lives) == COMPLAINTS
    assert len({life[0].code for life in lives.values()}) == COMPLAINTS
    for stream, life in lives.items():
        assert isinstance(life[0], Filed)
        assert [fact.originator_version for fact in life] == list(range(1, len(life) + 1))
        assert all(one.at <= other.at for one, other in pairwise(life))
        assert house.services.complaints.find(life[0].code) == stream


def test_what_a_copy_holds_opens_under_its_own_key_alone(grown: tuple[Any, list[Row]]) -> None:
    house, rows = grown
    lives = lives_of(rows)
    sealed: set[str] = set()
    for stream, life in lives.items():
        history = house.services.complaints.history(str(stream), Ask(OPERATOR), Moment(), after=0, limit=99)
        assert len(history[0]) == len(life)
        texts = {fact.text for fact in life if isinstance(fact, Filed)}
        assert not texts & sealed
        sealed |= texts


def test_the_tables_are_those_of_a_replay_and_keep_their_indexes(grown: tuple[Any, list[Row]]) -> None:
    house, _ = grown
    indexes = "SELECT count(*) FROM pg_indexes WHERE tablename IN ('fact', 'subject')"
    with psycopg.connect(house.database.url) as connection:
        assert connection.execute(indexes).fetchone() == (6,)
    rebuild(house.database.url)
    facts, differences = check(house.database.url)
    assert (facts > 0, differences) == (True, [])


def test_the_same_seed_makes_the_same(grown: tuple[Any, list[Row]], new_house: MakeHouse) -> None:
    def told(rows: list[Row]) -> list[Any]:
        facts = [fact for life in lives_of(rows).values() for fact in life]
        return sorted((fact.at, fact.TOPIC, fact.by == "citizen") for fact in facts)

    other = new_house()
    stage(other, Staging(PLAYED, 1, UNTIL, fast=True), lambda *_: None)
    multiplied(other, Staging(COMPLAINTS, 1, UNTIL, fast=True), lambda *_: None)
    assert told(all_rows(other)) == told(grown[1])
