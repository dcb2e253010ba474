"""How a server stands: how many standbys a commit must reach, whether it waits, and what is lacking."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from lapor.store.database import Database
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.replication import ReplicationState, look, only_read, standing

SOUND = ReplicationState(writable=True, commit="on", needed=1, seen=True, attached=1)


@pytest.fixture
def administrator(server: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """The server's; its tests commit without waiting for anything, so names of standbys trouble nobody."""
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

    assert look(server.url).needed == needed


def test_a_role_that_may_not_see_standbys_is_told_apart_from_a_server_without_any(
    url: str, database: Database
) -> None:
    with database.connection() as connection:
        assert standing(connection).seen is False
    assert look(url).seen is True


@pytest.mark.parametrize(
    ("other", "says", "held_up"),
    [
        ({}, None, False),
        ({"commit": "remote_apply"}, None, False),
        ({"needed": 0, "attached": 0}, "no standby is synchronous", False),
        ({"commit": "local", "attached": 0}, "synchronous_commit is local", False),
        ({"commit": "remote_write", "attached": 0}, "synchronous_commit is remote_write", True),
        ({"seen": False, "attached": 0}, "cannot be seen", False),
        ({"needed": 2}, "1 of 2 synchronous standbys are attached", True),
    ],
)
def test_what_is_lacking_is_said_and_commits_that_wait_are_known(
    other: dict[str, object], says: str | None, held_up: bool
) -> None:
    it = replace(SOUND, **other)

    assert it.lacks is None if says is None else says in str(it.lacks)
    assert it.held_up is held_up


def test_a_server_that_takes_writes_does_not_only_read_and_one_that_is_not_there_neither(url: str) -> None:
    assert not only_read(url)
    assert not only_read("postgresql://nobody@127.0.0.1:1/none")
    assert only_read(psycopg.conninfo.make_conninfo(url, options="-c default_transaction_read_only=on"))
