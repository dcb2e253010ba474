"""How things stood at a moment: which rows held then, and what they said.

Which rows held is asked of the tables of the past, by those fields alone that a list filters and sorts by.
What a complaint looked like is folded anew, from the facts of the few that are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lapor.domain.aggregate import Fact
from lapor.store.codec import decode
from projections.bookmarks import Connection
from projections.past import block_of, week_of
from projections.projection import Projection, Rows
from projections.tables import Table, fold

_FACTS = """
    SELECT position, stream, version, topic, state FROM fact
     WHERE stream = ANY(%b::uuid[]) AND position NOT IN (SELECT position FROM skipped)
     ORDER BY stream, version
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """Every fact with ``at`` up to this instant, or else the log's first ``position`` facts."""

    at: datetime | None = None
    position: int | None = None

    def knows(self, position: int, fact: Fact) -> bool:
        if self.position is not None:
            return position <= self.position
        return self.at is None or fact.at <= self.at

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of a query that selects ``FROM`` what ``rows_at`` says."""
        if self.position is not None:
            return {"moment": self.position, "part": block_of(self.position)}
        return {"moment": self.at, "part": week_of(self.at) if self.at else None}


def rows_at(table: Table, moment: Moment) -> str:
    """What to select from: keys and kept fields of the rows that held at the moment, now current or over."""
    assert table.past is not None  # noqa: S101 - the projection declares a history
    names = ", ".join((*table.projection.key, *table.projection.history))
    since, until, part = "since", "until", "week"
    if moment.position is not None:
        since, until, part = "since_position", "until_position", "block"
    return (
        f"(SELECT {names} FROM {table.name} WHERE {since} <= %(moment)s UNION ALL"  # noqa: S608 - own names
        f" SELECT {names} FROM {table.past.name}"
        f" WHERE {part} = %(part)s AND {since} <= %(moment)s AND {until} > %(moment)s)"
    )


def stood(
    connection: Connection, streams: Sequence[UUID], moment: Moment, projections: Sequence[Projection]
) -> list[Rows[Any]]:
    """The rows of some complaints as each projection had them at the moment."""
    found = connection.execute(_FACTS, [list(streams)], binary=True)
    facts = [(position, decode(stream, *rest)) for position, stream, *rest in found]
    known = [each for each in facts if moment.knows(*each)]
    all_rows = []
    for projection in projections:
        rows = projection.rows()
        fold(projection, known, rows)
        all_rows.append(rows)
    return all_rows
