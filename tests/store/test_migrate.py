"""Migrations are applied once, in order, by one process at a time, and never guessed about."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import psycopg
import pytest

from lapor.store import migrate as module
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.migrate import MigrationError, migrate

_number = count(1)
MADE = "SELECT count(*) FROM pg_tables WHERE tablename = %s"


def fresh(server: EmbeddedPostgres) -> str:
    """Return a connection string of a new, empty database."""
    name = f"empty_{next(_number)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    return psycopg.conninfo.make_conninfo(server.url, dbname=name)


@pytest.fixture
def connection(server: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    with psycopg.connect(fresh(server), autocommit=True) as it:
        yield it


def run(url: str) -> list[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        return migrate(connection)


def with_script(monkeypatch: pytest.MonkeyPatch, number: int, name: str, text: str) -> None:
    scripts = [script for script in module._scripts() if script[0] != number]
    monkeypatch.setattr(module, "_scripts", lambda: sorted([*scripts, (number, name, text)]))


def count_of(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(MADE, [table]).fetchone()
    assert row is not None
    return int(row[0])


def test_a_second_run_finds_nothing_to_do(connection: psycopg.Connection) -> None:
    assert migrate(connection)[0] == "the_log"

    assert migrate(connection) == []

    assert count_of(connection, "event") == 1
    assert connection.execute("SELECT current_user = session_user").fetchone() == (True,)


def test_one_of_several_concurrent_runs_applies_the_migrations(server: EmbeddedPostgres) -> None:
    url = fresh(server)

    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(run, [url] * 4))

    assert sorted(map(bool, applied)) == [False, False, False, True]


def test_two_databases_of_a_new_cluster_may_be_made_at_once(tmp_path: Path) -> None:
    """Roles belong to the cluster: the second migration finds them, or finds them being created."""
    tmp_path.chmod(0o711)
    with EmbeddedPostgres(tmp_path / "data", settings={"fsync": "off"}) as cluster:
        urls = [fresh(cluster) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(run, urls))


def test_a_script_that_was_changed_afterwards_is_refused(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(connection)
    with_script(monkeypatch, 1, "the_log", "SELECT 1")

    with pytest.raises(MigrationError, match=r"0001 \(the_log\) was changed"):
        migrate(connection)


def test_a_database_of_a_newer_release_is_refused(connection: psycopg.Connection) -> None:
    migrate(connection)
    connection.execute("INSERT INTO migration (number, name, digest) VALUES (9999, 'later', '')")

    with pytest.raises(MigrationError, match="9999, newer than this release"):
        migrate(connection)


def test_a_script_that_fails_leaves_nothing_and_can_be_mended(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_script(monkeypatch, 9000, "half", "CREATE TABLE half (a int); SELECT 1/0")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(connection)
    assert count_of(connection, "event") == 1
    assert count_of(connection, "half") == 0

    with_script(monkeypatch, 9000, "half", "CREATE TABLE half (a int)")

    assert migrate(connection) == ["half"]
    assert connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (0,)
