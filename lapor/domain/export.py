"""An export (ekspor): events handed out in a file, for auditors and researchers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.context import CommandContext
from lapor.domain.vocabulary import Sealed


class ExportFormat(StrEnum):
    """The format of an export."""

    OCEL = "ocel"  # OCEL 2.0 in JSON
    XES = "xes"  # IEEE 1849-2016 in XML
    CSV = "csv"  # RFC 4180
    XLSX = "xlsx"  # Office Open XML


class ExportMade(Event):
    """Events were handed out in a file (ekspor dibuat). Recorded before the first byte leaves.

    It contains the log's first ``position`` events, or those of them that are dated from ``since`` on and
    before ``until`` and concern ``agency``. ``identities``: with the names of reporters and officers.
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
    """One file that was handed out: a stream with one event, and a key that seals its reason."""

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
        """Record that events are handed out."""
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
