"""CSV (RFC 4180) in UTF-8: a header, a line for each event, and the export's own event as the last."""

import csv
import io
from collections.abc import Iterable, Iterator

from lapor.audit.exports.formats.table import lines
from lapor.audit.exports.service import GrantedExport
from lapor.audit.exports.streams import ExportedStream

_PIECE = 1 << 16  # characters


def write(export: GrantedExport, streams: Iterable[ExportedStream]) -> Iterator[bytes]:
    """Yield the file in pieces."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for line in lines(export, streams):
        writer.writerow(line)
        if text.tell() > _PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
