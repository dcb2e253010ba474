"""The forms in which facts are handed out. Each is written as it is read, in constant memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lapor.audit.exports.formats import csv, ocel, xes, xlsx
from lapor.audit.exports.service import Order
from lapor.audit.exports.streams import Life
from lapor.domain.export import ExportFormat


@dataclass(frozen=True)
class Form:
    """How facts become bytes, and what these are. ``streams``: the first come before the last are known."""

    media_type: str
    write: Callable[[Order, Iterable[Life]], Iterator[bytes]]
    streams: bool = True


FORMS = {
    ExportFormat.OCEL: Form("application/json", ocel.write),
    ExportFormat.XES: Form("application/xml", xes.write),
    ExportFormat.CSV: Form("text/csv", csv.write),
    ExportFormat.XLSX: Form(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.write, streams=False
    ),
}

__all__ = ["FORMS", "Form"]
