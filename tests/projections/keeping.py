"""Writes events into a log and reads whole tables: what the tests of the live projections share."""

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
    """Append events as the application does; the head afterwards."""
    codec = Codec()
    return PostgresEventLog(database).append([codec.to_stored_event(event) for event in events], SideWrites())


def feed(engine: Engine) -> int:
    """Step until nothing is new; how many events were applied."""
    applied = 0
    while step := engine.step():
        applied += step
    return applied


def held(database: Database, projection: Projection) -> dict[Any, Any]:
    """All rows of the live table, by key."""
    table = Table(projection)
    with database.connection() as connection:
        found = connection.execute(f"SELECT {table.selected} FROM {table.name}".encode(), binary=True)
        return {projection.key_of(row): row for row in map(table.row, found)}


def folded(projection: Projection, events: Sequence[Event]) -> dict[Any, Any]:
    """The rows of a plain fold."""
    rows = projection.rows()
    fold(projection, enumerate(events, 1), rows)
    return dict(rows)


def everything(database: Database) -> dict[str, Any]:
    """All that the projections' tables hold, with their pasts and sums."""
    found: dict[str, Any] = {}
    with database.connection() as connection:
        zone = connection.execute("SELECT zone FROM day_zone").fetchone()
        for projection in PROJECTIONS:
            table = Table(projection)
            found[projection.name] = held(database, projection)
            for name in table.names[1:]:
                found[name] = Counter(connection.execute(f"SELECT * FROM {name}".encode(), binary=True))
            if table.past:
                keys = ", ".join(projection.key)
                found[f"{table.name} since"] = Counter(
                    connection.execute(
                        f"SELECT {keys}, since, since_position FROM {table.name}".encode(),
                        binary=True,
                    )
                )
    return {"zone": zone, **found}


def expected(events: Sequence[Event], zone: str = INDONESIAN_HOURS.zone) -> dict[str, Any]:
    """The same, of a plain fold."""
    found: dict[str, Any] = {"zone": (zone,)}
    for projection in PROJECTIONS:
        table, rows = Table(projection, zone=zone), projection.rows()
        row_history = table.row_history()
        fold(projection, enumerate(events, 1), rows, row_history)
        found[projection.name] = dict(rows)
        if table.past and row_history:
            found[table.past.name] = Counter(row_history.over)
            found[f"{table.name} since"] = Counter(
                (*([key] if table.projection.key == ("stream",) else key), *row_history.beginning(row))
                for key, row in rows.items()
            )
        if table.sums:
            tally = table.tally()
            for row in rows.values():
                tally.count(row, +1)
            found[table.sums.name] = Counter(tally.cells())
    return found


def without_past(found: dict[str, Any]) -> dict[str, Any]:
    """Rows and sums alone: they come out the same though a batch be folded again; the past is noted once."""
    return {name: each for name, each in found.items() if not name.endswith(("_past", " since"))}


def marks(database: Database) -> dict[str, tuple[int, bytes | None, str | None]]:
    with database.connection() as connection:
        found = connection.execute("SELECT name, position, leaf, failure FROM projection").fetchall()
    return {name: (position, leaf, failure) for name, position, leaf, failure in found}


def as_superuser(url: str, statement: str, *values: Any) -> None:
    """Do what the service never may."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


def leaf_of(events: Sequence[Event], position: int) -> bytes:
    event = events[position - 1]
    stored = Codec().to_stored_event(event)
    return RecordedEvent(
        position, event.originator_id, event.originator_version, event.TOPIC, stored.state
    ).leaf()


def as_listed(rows: Iterable[RegisterRow]) -> list[RegisterLine]:
    """What a list tells of rows of the register."""
    return [
        RegisterLine(**{name: getattr(row, name) for name in RegisterLine.__struct_fields__}) for row in rows
    ]
