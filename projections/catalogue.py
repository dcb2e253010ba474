"""Every projection of this release, and how far each has come in the log.

=========== ======= =========== ====== ==================================================================
name        version row history rollup question
=========== ======= =========== ====== ==================================================================
register    4       yes         no     which complaints there are, their stage and their earliest promise
backlog     3       yes         yes    which complaints each agency owes an answer
promises    3       no          yes    which deadlines were promised, and which were kept
milestones  3       no          yes    how many complaints are filed, answered, closed and open
turns       2       no          yes    how well complaints are handled
accesses    1       no          no     which officer saw whose personal data
kept        1       no          no     whose personal data are stored, and since when they may be erased
=========== ======= =========== ====== ==================================================================

Names and versions are stored: a projection's table is ``<name>_v<version>``.
"""

from dataclasses import dataclass

from lapor.store.database import Database
from projections.access_log import ACCESS_LOG
from projections.backlog.projection import BACKLOG
from projections.complaints.register import REGISTER
from projections.engine.bookmarks import read_bookmarks
from projections.engine.errors import ProjectionError
from projections.engine.projection import Projection
from projections.flow.milestones import MILESTONES
from projections.quality.handling_events import HANDLING_EVENTS
from projections.retention import RETENTION
from projections.sla.promises import PROMISES

PROJECTIONS: tuple[Projection, ...] = (
    REGISTER,
    BACKLOG,
    PROMISES,
    MILESTONES,
    HANDLING_EVENTS,
    ACCESS_LOG,
    RETENTION,
)


def named(name: str) -> Projection:
    """Return the projection of that name. Raises ``ProjectionError`` if there is none."""
    for projection in PROJECTIONS:
        if projection.name == name:
            return projection
    known = ", ".join(sorted(projection.name for projection in PROJECTIONS))
    raise ProjectionError(f"There is no projection '{name}'; there are {known}.")


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a projection. ``lag``: the events it lacks; ``failure``: why it has stopped, or None."""

    name: str
    version: int
    table: str
    position: int
    lag: int
    failure: str | None


def status(database: Database, projections: tuple[Projection, ...] = PROJECTIONS) -> list[Status]:
    """Return the state of each projection. One without a table has a failure that says so."""
    with database.connection() as connection:
        bookmarks, head = read_bookmarks(connection, projections)
    states = []
    for projection in projections:
        bookmark = bookmarks.get(projection)
        position = bookmark.position if bookmark else 0
        failure = bookmark.failure if bookmark else "its table has not been made; run `lapor migrate`"
        states.append(
            Status(projection.name, projection.version, projection.table, position, head - position, failure)
        )
    return states
