"""An export (ekspor): events that left the house in a file, for somebody who audits or studies them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.context import CommandContext
from lapor.domain.vocabulary import Sealed


class ExportFormat(StrEnum):
    """In what form events are handed out."""

    OCEL = "ocel"  # OCEL 2.0 in JSON
    XES = "xes"  # IEEE 1849-2016 in XML
    CSV = "csv"  # RFC 4180
    XLSX = "xlsx"  # Office Open XML


class ExportMade(Event):
    """Events were handed out in a file (ekspor dibuat). Recorded before the first byte leaves.

    It holds the log's first ``position`` events, or those of them that are dated from ``since`` on and before
    ``until`` and concern ``agency``. ``identities``: with the names behind them.
    """

    TOPIC = "lapor.export.made"

    format: ExportFormat
    position: int
    since: datetime | None
    until: datetime | None
    agency: UUID | None
    identities: bool
    reason: Sealed | None

    def apply(self, aggregate: Export) -> None:
        aggregate.position = self.position


class Export(Aggregate):
    """One file that was made. A stream of its own, with a key for its reason: nothing else happens to it."""

    position: int

    @classmethod
    def make(
        cls,
        context: CommandContext,
        *,
        stream: UUID,
        form: ExportFormat,
        position: int,
        since: datetime | None,
        until: datetime | None,
        agency: UUID | None,
        identities: bool,
    ) -> Self:
        """Hand out events."""
        return cls.found(
            ExportMade,
            context,
            stream=stream,
            format=form,
            position=position,
            since=since,
            until=until,
            agency=agency,
            identities=identities,
            reason=context.reason,
        )


ExportMade.FOUNDS = Export
