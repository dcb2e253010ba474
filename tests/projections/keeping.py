"""Writes facts into a log and reads whole tables: what the tests of the live projections share."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from lapor.domain.aggregate import Fact
from lapor.store.codec import Codec
from lapor.store.database import Database
from lapor.store.log import Beside, Row
from lapor.store.postgres_log import PostgresLog
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.projection import Projection
from projections.tables import Table, fold


def store(database: Database, facts: Iterable[Fact]) -> int:
    """Append facts as the application does; the head afterwards."""
    codec = Codec()
    return PostgresLog(database).append([codec.to_stored_event(fact) for fact in facts], Beside())


def feed(engine: Engine) -> int:
    """Step until nothing is new; how many facts were applied."""
    applied = 0
    while step := engine.step():
        applied += step
    return applied


def held(database: Database, projection: Projection) -> dict[Any, Any]:
    """All rows of the live table, by key."""
    table = Table(projection)
    with database.connection() as connection, connection.cursor(row_factory=table.row_factory) as cursor:
        rows = cursor.execute(f"SELECT {table.selected} FROM {table.name}".encode(), binary=True).fetchall()
    return {projection.key_of(row): row for row in rows}


def folded(projection: Projection, facts: Sequence[Fact]) -> dict[Any, Any]:
    """The rows of a plain fold."""
    rows = projection.rows()
    fold(projection, enumerate(facts, 1), rows)
    return dict(rows)


def everything(database: Database) -> dict[str, dict[Any, Any]]:
    return {projection.name: held(database, projection) for projection in PROJECTIONS}


def expected(facts: Sequence[Fact]) -> dict[str, dict[Any, Any]]:
    return {projection.name: folded(projection, facts) for projection in PROJECTIONS}


def marks(database: Database) -> dict[str, tuple[int, bytes | None, str | None]]:
    with database.connection() as connection:
        found = connection.execute("SELECT name, position, leaf, failure FROM projection").fetchall()
    return {name: (position, leaf, failure) for name, position, leaf, failure in found}


def as_superuser(url: str, statement: str, *values: Any) -> None:
    """Do what the service never may."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


def leaf_of(facts: Sequence[Fact], position: int) -> bytes:
    fact = facts[position - 1]
    stored = Codec().to_stored_event(fact)
    return Row(position, fact.originator_id, fact.originator_version, fact.TOPIC, stored.state).leaf()
