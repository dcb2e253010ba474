"""Helpers of the tests of live projections: store events, feed the engine, read whole tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from lapor.domain.aggregate import Event
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.store.codec import Codec
from lapor.store.database import Database
from lapor.store.event_log import RecordedEvent, SideWrites
from lapor.store.postgres_event_log import PostgresEventLog
from projections.catalogue import PROJECTIONS
from projections.complaints.register import RegisterLine, RegisterRow
from projections.engine.engine import Engine
from projections.engine.projection import Projection
from projections.engine.tables import Table, fold


def store(database: Database, events: Iterable[Event]) -> int:
    """Append events as the application does; return the new head."""
    codec = Codec()
    return PostgresEventLog(database).append([codec.to_stored_event(event) for event in events], SideWrites())


def feed(engine: Engine) -> int:
    """Step until nothing is new; return how many events were applied."""
    applied = 0
    while step := engine.step():
        applied += step
    return applied


def held(database: Database, projection: Projection) -> dict[Any, Any]:
    """Return all rows of the live table, by key."""
    table = Table(projection)
    with database.connection() as connection:
        found = connection.execute(f"SELECT {table.selected} FROM {table.name}".encode(), binary=True)
        return {projection.key_of(row): row for row in map(table.row, found)}


def folded(projection: Projection, events: Sequence[Event]) -> dict[Any, Any]:
    """Return the rows of a plain fold."""
    rows = projection.rows()
    fold(projection, enumerate(events, 1), rows)
    return dict(rows)


def everything(database: Database) -> dict[str, Any]:
    """Return the content of all tables of the projections, with row histories and rollups."""
    contents: dict[str, Any] = {}
    with database.connection() as connection:
        zone = connection.execute("SELECT zone FROM day_zone").fetchone()
        for projection in PROJECTIONS:
            table = Table(projection)
            contents[projection.name] = held(database, projection)
            if table.rollup:
                cells = connection.execute(f"SELECT * FROM {table.rollup.name}".encode(), binary=True)
                contents[table.rollup.name] = Counter(cells)
            if table.history:
                versions = f"SELECT {table.history.selected} FROM {table.history.name}"
                contents[table.history.name] = Counter(connection.execute(versions.encode(), binary=True))
                since = f"SELECT {', '.join(projection.key)}, since FROM {table.name}"
                contents[f"{table.name} since"] = Counter(connection.execute(since.encode(), binary=True))
    return {"zone": zone, **contents}


def expected(events: Sequence[Event], zone: str = INDONESIAN_HOURS.zone) -> dict[str, Any]:
    """Return the same from a plain fold."""
    contents: dict[str, Any] = {"zone": (zone,)}
    for projection in PROJECTIONS:
        table, rows = Table(projection, zone=zone), projection.rows()
        row_history = table.row_history()
        fold(projection, enumerate(events, 1), rows, row_history)
        contents[projection.name] = dict(rows)
        if table.history and row_history:
            contents[table.history.name] = Counter(row_history.begun())
            contents[f"{table.name} since"] = Counter(
                (*([key] if table.projection.key == ("stream",) else key), row_history.since(row))
                for key, row in rows.items()
            )
        if table.rollup:
            rollup_counts = table.rollup_counts()
            for row in rows.values():
                rollup_counts.count(row, +1)
            contents[table.rollup.name] = Counter(rollup_counts.cells())
    return contents


def without_history(contents: dict[str, Any]) -> dict[str, Any]:
    """Return rows and rollups only: a batch that is folded twice changes the row history, but not these."""
    return {name: each for name, each in contents.items() if not name.endswith(("_past", " since"))}


def bookmarks(database: Database) -> dict[str, tuple[int, bytes | None, str | None]]:
    with database.connection() as connection:
        found = connection.execute("SELECT name, position, leaf, failure FROM projection").fetchall()
    return {name: (position, leaf, failure) for name, position, leaf, failure in found}


def as_superuser(url: str, statement: str, *values: Any) -> None:
    """Execute a statement that the service may not."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


def leaf_of(events: Sequence[Event], position: int) -> bytes:
    event = events[position - 1]
    stored = Codec().to_stored_event(event)
    return RecordedEvent(
        position, event.originator_id, event.originator_version, event.TOPIC, stored.state
    ).leaf()


def as_listed(rows: Iterable[RegisterRow]) -> list[RegisterLine]:
    """Return rows of the register as lists show them."""
    return [
        RegisterLine(**{name: getattr(row, name) for name in RegisterLine.__struct_fields__}) for row in rows
    ]
