"""Makes the tables of this release's projections, and drops those of other releases."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lapor.store.migrate import OWNER
from projections.bookmarks import Connection
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.tables import Table

_REMEMBER = "INSERT INTO projection (name, version) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_FORGET = "DELETE FROM projection WHERE (name, version) = (%s, %s)"


@contextmanager
def as_owner(connection: Connection) -> Iterator[None]:
    """Act as ``lapor_owner``, in one transaction, alone among those who change projections' tables."""
    with connection.transaction():
        connection.execute(f"SET LOCAL ROLE {OWNER}".encode())
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('lapor.projections', 0))")
        yield


def prepare(connection: Connection, projections: Sequence[Projection] = PROJECTIONS) -> list[str]:
    """Make the tables and bookmarks that are missing; which tables. Run by ``lapor migrate``."""
    made = []
    with as_owner(connection):
        for projection in projections:
            (known,) = connection.execute("SELECT to_regclass(%s)", [projection.table]).fetchone() or (None,)
            if known is None:
                table = Table(projection)
                table.create(connection)
                table.index(connection)
                made.append(projection.table)
                connection.execute(_FORGET, _named(projection))
            connection.execute(_REMEMBER, _named(projection))
    return made


def prune(connection: Connection, projections: Sequence[Projection] = PROJECTIONS) -> list[str]:
    """Drop the tables and bookmarks of all other versions; which. No older release may still run."""
    current = {(projection.name, projection.version) for projection in projections}
    with as_owner(connection):
        known = connection.execute("SELECT name, version FROM projection ORDER BY name, version").fetchall()
        others = [(name, version) for name, version in known if (name, version) not in current]
        for name, version in others:
            connection.execute(f"DROP TABLE IF EXISTS {name}_v{version}".encode())
            connection.execute(_FORGET, [name, version])
    return [f"{name}_v{version}" for name, version in others]


def _named(projection: Projection) -> tuple[str, int]:
    return projection.name, projection.version
