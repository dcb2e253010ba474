"""Tables are made once, for this release, and dropped when no release needs them."""

from dataclasses import replace

import psycopg
import pytest

from lapor.store.database import Connection, Database
from projections.catalogue import PROJECTIONS, status
from projections.complaints.register import REGISTER
from projections.engine.engine import Engine
from projections.engine.schema import prepare, prune

from .histories import history
from .scopes import ZONE
from .stores import everything, expected, feed, held, store


def test_preparing_again_changes_nothing(url: str, database: Database) -> None:
    store(database, history(1, 3))
    feed(Engine(database, PROJECTIONS))
    before = held(database, REGISTER)
    with Connection.connect(url, autocommit=True) as connection:
        assert prepare(connection, PROJECTIONS) == []
    assert held(database, REGISTER) == before
    assert [entry.lag for entry in status(database)] == [0] * len(PROJECTIONS)


def test_a_new_version_has_its_own_table_until_the_old_one_is_pruned(url: str, database: Database) -> None:
    newer = replace(REGISTER, version=REGISTER.version + 1)
    events = history(2, 3)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    with Connection.connect(url, autocommit=True) as connection:
        assert prepare(connection, [newer]) == [newer.table]
        feed(Engine(database, [newer]))
        assert held(database, newer) == held(database, REGISTER)
        assert prune(connection, [newer, *PROJECTIONS[1:]]) == [REGISTER.table]
        for table in (REGISTER.table, f"{REGISTER.table}_past"):
            assert connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,)
    assert [entry.name for entry in status(database) if entry.failure] == ["register"]


def test_another_time_zone_makes_tables_with_a_rollup_again(url: str, database: Database) -> None:
    events = history(4, 12)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    assert everything(database) == expected(events)

    with Connection.connect(url, autocommit=True) as connection:
        made = prepare(connection, PROJECTIONS, zone=ZONE)
    assert made == [projection.table for projection in PROJECTIONS if projection.rollup]
    feed(Engine(database, PROJECTIONS))

    assert everything(database) == expected(events, ZONE)
    with Connection.connect(url, autocommit=True) as connection:
        assert prepare(connection, PROJECTIONS, zone=ZONE) == []


def test_the_service_may_change_rows_but_no_table(database: Database) -> None:
    with database.connection() as connection:
        connection.execute(f"DELETE FROM {REGISTER.table}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"DROP TABLE {REGISTER.table}".encode())
