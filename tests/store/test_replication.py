"""The replication state: how many standbys a commit must reach, whether it waits, and what is missing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from lapor.store.database import Database
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.replication import ReplicationState, is_read_only, read_state, read_state_at

SOUND = ReplicationState(writable=True, commit="on", needed=1, visible=True, attached=1)


@pytest.fixture
def administrator(server: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """Yield a superuser's connection; tests commit without waiting, so names of standbys do no harm."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        yield connection
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("names", "needed"),
    [
        ("", 0),
        ("*", 1),
        ("a, b", 1),
        ('"2 (b)"', 1),
        ("2 (a, b, c)", 2),
        ("FIRST 2 (a, b)", 2),
        ("any 3(a, b, c)", 3),
        (" ANY 12 ( * ) ", 12),
    ],
)
def test_how_many_standbys_a_commit_waits_for_is_read_from_their_names(
    server: EmbeddedPostgres, administrator: psycopg.Connection, names: str, needed: int
) -> None:
    administrator.execute(psycopg.sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}").format(names))
    administrator.execute("SELECT pg_reload_conf()")
    while administrator.execute("SHOW synchronous_standby_names").fetchone() != (names,):
        pass

    assert read_state_at(server.url).needed == needed


def test_a_role_that_may_not_see_standbys_is_told_apart_from_a_server_without_any(
    url: str, database: Database
) -> None:
    with database.connection() as connection:
        assert read_state(connection).visible is False
    assert read_state_at(url).visible is True


@pytest.mark.parametrize(
    ("other", "says", "stalled"),
    [
        ({}, None, False),
        ({"commit": "remote_apply"}, None, False),
        ({"needed": 0, "attached": 0}, "no standby is synchronous", False),
        ({"commit": "local", "attached": 0}, "synchronous_commit is local", False),
        ({"commit": "remote_write", "attached": 0}, "synchronous_commit is remote_write", True),
        ({"visible": False, "attached": 0}, "cannot be seen", False),
        ({"needed": 2}, "1 of 2 synchronous standbys are attached", True),
    ],
)
def test_the_state_names_its_problem_and_whether_commits_wait(
    other: dict[str, Any], says: str | None, stalled: bool
) -> None:
    state = replace(SOUND, **other)

    assert state.problem is None if says is None else says in str(state.problem)
    assert state.stalled is stalled


def test_neither_a_server_that_takes_writes_nor_an_absent_one_is_read_only(url: str) -> None:
    assert not is_read_only(url)
    assert not is_read_only("postgresql://nobody@127.0.0.1:1/none")
    assert is_read_only(psycopg.conninfo.make_conninfo(url, options="-c default_transaction_read_only=on"))
