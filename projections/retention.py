"""Whose personal data are kept (data tersimpan): since when they could go, who wants that, what is held."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import (
    ComplaintEvent,
    ErasureRequested,
    Filed,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonalDataErased,
)
from lapor.domain.complaint.state import ENDED
from lapor.domain.vocabulary import Kind, Stage
from lapor.store.database import Database
from lapor.store.pg_arrays import TextArray
from projections.engine.projection import Projection, Rows
from projections.engine.tables import Table


class RetentionRow(msgspec.Struct):
    """A complaint whose key is there. ``ended_at``: since when it has ended; None while it is open."""

    stream: UUID
    code: str
    kind: Kind | None
    stage: Stage
    ended_at: datetime | None = None
    requested_at: datetime | None = None
    held: bool = False


def project(event: ComplaintEvent, rows: Rows[RetentionRow]) -> None:
    """Keep the complaint's row until its personal data are erased."""
    if isinstance(event, Filed):
        rows[event.originator_id] = RetentionRow(event.originator_id, event.code, event.kind, Stage.FILED)
        return
    row = rows.get(event.originator_id)
    if row is None:
        return
    match event:
        case PersonalDataErased():
            del rows[event.originator_id]
        case ErasureRequested():
            row.requested_at = event.at
        case LegalHoldPlaced() | LegalHoldLifted():
            row.held = isinstance(event, LegalHoldPlaced)
    row.kind = event.kind_after(row.kind)
    if event.stage_after is not None:
        row.stage = event.stage_after
        row.ended_at = event.at if row.stage in ENDED else None


_KIND = "coalesce(kind, '')"
KEPT = Projection(
    name="kept",
    version=1,
    row=RetentionRow,
    project=project,
    reads=(ComplaintEvent,),
    indexes=(
        f"(stage, ({_KIND}), ended_at, stream) WHERE ended_at IS NOT NULL AND NOT held",
        "(requested_at, stream) WHERE requested_at IS NOT NULL",
    ),
)
_TABLE = Table(KEPT)
Place = tuple[datetime, UUID]
Cell = tuple[Stage, Kind | None, datetime]
"""What ended at a stage, of a kind (None: never classified), before an instant."""
_BEYOND = "AND ({column}, stream) > (%(after)s, %(after_stream)s)"
_DUE = f"""
    SELECT {_TABLE.selected}
      FROM unnest(%(stages)s::text[], %(kinds)s::text[], %(before)s::timestamptz[]) AS cell (at, of, before)
      JOIN LATERAL (
          SELECT * FROM {_TABLE.name}
           WHERE stage = cell.at AND {_KIND} = cell.of AND ended_at < cell.before AND NOT held {{beyond}}
           ORDER BY ended_at, stream LIMIT %(limit)s
      ) each ON true
     ORDER BY ended_at, stream LIMIT %(limit)s
"""  # noqa: S608 - words of our own
_REQUESTED = f"""
    SELECT {_TABLE.selected} FROM {_TABLE.name}
     WHERE requested_at IS NOT NULL {{beyond}} ORDER BY requested_at, stream LIMIT %(limit)s
"""  # noqa: S608 - words of our own


def due(
    database: Database, cells: Sequence[Cell], *, limit: int, after: Place | None = None
) -> list[RetentionRow]:
    """What ended before its cell's instant and is under no legal hold, the longest ago first."""
    stages, kinds, before = zip(*cells, strict=True) if cells else ((), (), ())
    asked = {"stages": TextArray(stages), "kinds": TextArray([kind or "" for kind in kinds])}
    return _read(database, _DUE, "ended_at", after, {**asked, "before": list(before), "limit": limit})


def requested(database: Database, *, limit: int, after: Place | None = None) -> list[RetentionRow]:
    """Whose reporter asked for it, the longest ago first."""
    return _read(database, _REQUESTED, "requested_at", after, {"limit": limit})


def _read(
    database: Database, query: str, column: str, after: Place | None, asked: dict[str, Any]
) -> list[RetentionRow]:
    beyond = _BEYOND.format(column=column) if after else ""
    if after:
        asked |= {"after": after[0], "after_stream": after[1]}
    with database.connection() as connection:
        found = connection.execute(query.format(beyond=beyond).encode(), asked, binary=True)
        return [_TABLE.row(values) for values in found]
