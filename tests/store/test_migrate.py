"""Migrations are applied once, in order, by one process at a time, and never guessed about."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest

from lapor.store import migrate as module
from lapor.store.database import Connection
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.migrate import MigrationError, migrate
from projections.catalogue import PROJECTIONS
from projections.engine.schema import prepare

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


def test_the_extension_is_created_by_the_roles_of_the_how_to(server: EmbeddedPostgres) -> None:
    how_to = (Path(__file__).parents[2] / "docs" / "how-to.md").read_text()
    (block,) = re.findall(r"```sql\n(CREATE ROLE lapor_owner.*?)```", how_to, re.DOTALL)
    database = f"howto_{next(_number)}"
    with psycopg.connect(server.url, autocommit=True) as superuser:
        for statement in block.replace("DATABASE lapor ", f"DATABASE {database} ").split(";\n"):
            with suppress(psycopg.errors.DuplicateObject):  # another test has made the role
                superuser.execute(statement.encode())
    url = psycopg.conninfo.make_conninfo(server.url, dbname=database, user="lapor_migrator")

    with psycopg.connect(url, autocommit=True) as login:
        assert migrate(login)[0] == "the_log"
        made = login.execute(
            "SELECT extowner::regrole::text FROM pg_extension WHERE extname = 'btree_gist'"
        ).fetchone()
        assert made == ("lapor_migrator",)
        with Connection.connect(url, autocommit=True) as ours:
            prepare(ours, PROJECTIONS)
        ((indexes,),) = login.execute(
            "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%USING gist (%'"
        ).fetchall()
        assert indexes == 2


def test_a_server_without_the_extension_is_named_in_a_sentence(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXTENSION", "no_such_extension")

    with pytest.raises(MigrationError, match="no_such_extension is not installed"):
        migrate(connection)

    assert count_of(connection, "event") == 0


def test_a_login_that_may_not_create_the_extension_is_told_who_may(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXTENSION", "file_fdw")  # not a trusted one
    connection.execute("CREATE ROLE plain_owner LOGIN CREATEROLE")
    connection.execute(f"ALTER DATABASE {connection.info.dbname} OWNER TO plain_owner".encode())
    connection.execute("SET ROLE plain_owner")

    with pytest.raises(MigrationError, match="may not create the extension file_fdw"):
        module._ensure_extension(connection)
