"""Events as lines of a table, with cells that no spreadsheet takes for a formula."""

from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from lapor.audit.exports.service import GrantedExport
from lapor.audit.exports.streams import ExportedEvent, ExportedStream

COLUMNS = (
    "position", "sort", "stream", "code", "version", "type", "at",
    "by", "role", "channel", "cause", "agency", "stage", "data",
)  # fmt: skip
_OWN = frozenset({"at", "by", "role", "channel", "cause", "agency"})
_IDENTITY = ("name", *(f"reporter_{name}" for name in ("name", "phone", "email", "national_id", "address")))
_DANGEROUS = frozenset("=+-@\t\r\n\0'＝＋－＠")
Cell = str | int
_encode = msgspec.json.Encoder(order="sorted").encode


def escape_formula(text: str) -> str:
    """Return the text, preceded by ``'`` if a spreadsheet could take it for a formula (CWE-1236).

    A text that begins with ``'`` gets another one, so that removing one ``'`` always restores the original.
    """
    return f"'{text}" if text[:1] in _DANGEROUS else text


def lines(export: GrantedExport, streams: Iterable[ExportedStream]) -> Iterator[list[Cell]]:
    """Yield the header, a line for each event, stream by stream, and a line for the export's own event.

    A file without that last line is incomplete.
    """
    more = _IDENTITY if export.made.identities else ()
    yield [*COLUMNS, *more]
    for stream in chain(streams, [ExportedStream(export.made.originator_id, "export", [export.row])]):
        code, identity = str(stream.last.get("code", "")), [stream.identity.get(name, "") for name in more]
        for event in stream.events:
            yield _line(stream, code, event, identity)


def _line(stream: ExportedStream, code: str, event: ExportedEvent, identity: list[str]) -> list[Cell]:
    data = event.data
    rest = {name: value for name, value in data.items() if name not in _OWN}
    texts = (
        event.topic, data["at"], data["by"], data["role"], data["channel"], data.get("cause", ""),
        data.get("agency", ""), _stage(stream, event.version), _encode(rest).decode() if rest else "",
        *identity,
    )  # fmt: skip
    position: Cell = "" if event.position is None else event.position
    id_, texts_ = str(stream.stream), map(escape_formula, texts)
    return [position, stream.sort, id_, escape_formula(code), event.version, *texts_]


def _stage(stream: ExportedStream, version: int) -> str:
    """Return a complaint's stage after an event; empty for other streams."""
    for change in reversed(stream.changes):
        if change.name == "stage" and change.version <= version:
            return str(change.value)
    return ""
