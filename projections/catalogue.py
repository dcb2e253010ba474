"""Every projection of this release, and how far each has come."""

from dataclasses import dataclass

from lapor.store.database import Database
from projections.access_log import ACCESSES
from projections.backlog.projection import BACKLOG
from projections.complaints.register import REGISTER
from projections.engine.bookmarks import look
from projections.engine.errors import ProjectionError
from projections.engine.projection import Projection
from projections.flow.milestones import MILESTONES
from projections.quality.handling_events import TURNS
from projections.retention import KEPT
from projections.sla.promises import PROMISES

PROJECTIONS: tuple[Projection, ...] = (REGISTER, BACKLOG, PROMISES, MILESTONES, TURNS, ACCESSES, KEPT)


def named(name: str) -> Projection:
    """The projection of that name. Raises ``ProjectionError`` where there is none."""
    for projection in PROJECTIONS:
        if projection.name == name:
            return projection
    known = ", ".join(sorted(projection.name for projection in PROJECTIONS))
    raise ProjectionError(f"There is no projection '{name}'; there are {known}.")


@dataclass(frozen=True, slots=True)
class Status:
    """How a projection is; ``lag`` counts the events it lacks, ``failure`` says why it stands still."""

    name: str
    version: int
    table: str
    position: int
    lag: int
    failure: str | None


def status(database: Database, projections: tuple[Projection, ...] = PROJECTIONS) -> list[Status]:
    """One entry for each projection; one whose table was never made has a failure."""
    with database.connection() as connection:
        marks, head = look(connection, projections)
    found = []
    for projection in projections:
        mark = marks.get(projection)
        position = mark.position if mark else 0
        failure = mark.failure if mark else "its table has not been made; run `lapor migrate`"
        found.append(
            Status(projection.name, projection.version, projection.table, position, head - position, failure)
        )
    return found
