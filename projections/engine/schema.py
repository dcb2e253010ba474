"""Makes the tables of this release's projections, and drops those of other releases."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.store.database import Connection
from lapor.store.migrate import OWNER
from projections.engine.projection import Projection
from projections.engine.tables import Table

_ADD_BOOKMARK = "INSERT INTO projection (name, version) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_DELETE_BOOKMARK = "DELETE FROM projection WHERE (name, version) = (%s, %s)"


@contextmanager
def as_owner(connection: Connection) -> Iterator[None]:
    """Act as ``lapor_owner`` in one transaction; an advisory lock keeps out other changes of these tables."""
    with connection.transaction():
        connection.execute(f"SET LOCAL ROLE {OWNER}".encode())
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('lapor.projections', 0))")
        yield


def prepare(
    connection: Connection,
    projections: Sequence[Projection],
    *,
    zone: str = INDONESIAN_HOURS.zone,
) -> list[str]:
    """Make the tables and bookmarks that are missing; return the names of the new tables.

    Run by ``lapor migrate``. Rollups count by the local days of ``zone``. If the zone has changed,
    projections with a rollup get empty tables, which the feeder fills again.
    """
    made = []
    with as_owner(connection):
        moved = _set_zone(connection, zone)
        for projection in projections:
            table = Table(projection)
            if moved and projection.rollup:
                table.drop(connection)
            (known,) = connection.execute("SELECT to_regclass(%s)", [projection.table]).fetchone() or (None,)
            if known is None:
                table.create(connection)
                for statement in (*table.keys, *table.indexes):
                    connection.execute(statement.encode())
                made.append(projection.table)
                connection.execute(_DELETE_BOOKMARK, _named(projection))
            connection.execute(_ADD_BOOKMARK, _named(projection))
    return made


def _set_zone(connection: Connection, zone: str) -> bool:
    """Store the time zone of local days; return True if it was another zone before."""
    known = connection.execute("SELECT zone FROM day_zone").fetchone()
    connection.execute(
        "INSERT INTO day_zone (zone) VALUES (%s) ON CONFLICT (sole) DO UPDATE SET zone = EXCLUDED.zone",
        [zone],
    )
    return known is not None and known[0] != zone


def prune(connection: Connection, projections: Sequence[Projection]) -> list[str]:
    """Drop the tables and bookmarks of all other versions; return the tables' names.

    No older release may still run.
    """
    with as_owner(connection):
        others = _others(connection, projections)
        for name, version in others:
            connection.execute(f"DROP TABLE IF EXISTS {', '.join(_tables(name, version))}".encode())
            connection.execute(_DELETE_BOOKMARK, [name, version])
        connection.execute("DROP TABLE IF EXISTS horizon")  # of releases whose lists took a position
    return [f"{name}_v{version}" for name, version in others]


def tables_of_others(connection: Connection, projections: Sequence[Projection]) -> list[str]:
    """Return the names that tables of all other versions have or had."""
    return [table for other in _others(connection, projections) for table in _tables(*other)]


def _others(connection: Connection, projections: Sequence[Projection]) -> list[tuple[str, int]]:
    current = {(projection.name, projection.version) for projection in projections}
    known = connection.execute("SELECT name, version FROM projection ORDER BY name, version").fetchall()
    return [(name, version) for name, version in known if (name, version) not in current]


def _tables(name: str, version: int) -> tuple[str, str, str]:
    return f"{name}_v{version}", f"{name}_v{version}_past", f"{name}_v{version}_sums"


def _named(projection: Projection) -> tuple[str, int]:
    return projection.name, projection.version
