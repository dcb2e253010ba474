"""Retention (data tersimpan): the complaints whose personal data are stored, and when they may be erased.

It answers which of them have ended long enough ago, which reporters have asked for erasure, and which are
under a legal hold.
"""

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
    """A complaint with a key. ``ended_at`` is None while it is open; ``held``: under legal hold."""

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
RETENTION = Projection(
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
_TABLE = Table(RETENTION)
RetentionKey = tuple[datetime, UUID]
"""The instant that a page is sorted by (``ended_at`` or ``requested_at``), and the stream."""
RetentionCutoff = tuple[Stage, Kind | None, datetime]
"""Complaints that ended at a stage, of a kind (None: never classified), before an instant."""
_AFTER = "AND ({column}, stream) > (%(after)s, %(after_stream)s)"
_DUE = f"""
    SELECT {_TABLE.selected}
      FROM unnest(%(stages)s::text[], %(kinds)s::text[], %(before)s::timestamptz[]) AS cutoff (at, of, before)
      JOIN LATERAL (
          SELECT * FROM {_TABLE.name}
           WHERE stage = cutoff.at AND {_KIND} = cutoff.of AND ended_at < cutoff.before AND NOT held {{after}}
           ORDER BY ended_at, stream LIMIT %(limit)s
      ) ended ON true
     ORDER BY ended_at, stream LIMIT %(limit)s
"""  # noqa: S608 - constants only
_REQUESTED = f"""
    SELECT {_TABLE.selected} FROM {_TABLE.name}
     WHERE requested_at IS NOT NULL {{after}} ORDER BY requested_at, stream LIMIT %(limit)s
"""  # noqa: S608 - constants only


def due(
    database: Database, cutoffs: Sequence[RetentionCutoff], *, limit: int, after: RetentionKey | None = None
) -> list[RetentionRow]:
    """Return complaints that ended before their cutoff and are under no legal hold, the longest ago first."""
    stages, kinds, before = zip(*cutoffs, strict=True) if cutoffs else ((), (), ())
    parameters = {"stages": TextArray(stages), "kinds": TextArray([kind or "" for kind in kinds])}
    return _read(database, _DUE, "ended_at", after, {**parameters, "before": list(before), "limit": limit})


def requested(database: Database, *, limit: int, after: RetentionKey | None = None) -> list[RetentionRow]:
    """Return complaints whose reporter asked for erasure, the longest ago first."""
    return _read(database, _REQUESTED, "requested_at", after, {"limit": limit})


def _read(
    database: Database, query: str, column: str, after: RetentionKey | None, parameters: dict[str, Any]
) -> list[RetentionRow]:
    condition = _AFTER.format(column=column) if after else ""
    if after:
        parameters |= {"after": after[0], "after_stream": after[1]}
    with database.connection() as connection:
        rows = connection.execute(query.format(after=condition).encode(), parameters, binary=True)
        return [_TABLE.row(values) for values in rows]
