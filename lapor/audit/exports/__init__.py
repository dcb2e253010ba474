"""Exports of events in several formats. Each file is written while the log is read, in constant memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lapor.audit.exports.formats import csv, ocel, xes, xlsx
from lapor.audit.exports.service import GrantedExport
from lapor.audit.exports.streams import ExportedStream
from lapor.domain.export import ExportFormat


@dataclass(frozen=True)
class ExportForm:
    """A format's writer and media type. ``streams``: its first bytes come before the last event is read."""

    media_type: str
    write: Callable[[GrantedExport, Iterable[ExportedStream]], Iterator[bytes]]
    streams: bool = True


FORMS = {
    ExportFormat.OCEL: ExportForm("application/json", ocel.write),
    ExportFormat.XES: ExportForm("application/xml", xes.write),
    ExportFormat.CSV: ExportForm("text/csv", csv.write),
    ExportFormat.XLSX: ExportForm(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.write, streams=False
    ),
}

__all__ = ["FORMS", "ExportForm"]
