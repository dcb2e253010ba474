"""Events as lines of a table, one each, and cells that no spreadsheet takes for a formula."""

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
_IDENTITY = ("name", *(f"reporter_{each}" for each in ("name", "phone", "email", "national_id", "address")))
_DANGEROUS = frozenset("=+-@\t\r\n\0'＝＋－＠")
Cell = str | int
_encode = msgspec.json.Encoder(order="sorted").encode


def defused(text: str) -> str:
    """The text with ``'`` before it where a spreadsheet could take it for a formula (CWE-1236).

    Also before a ``'``: whoever takes one ``'`` away from each cell that begins with it has the original.
    """
    return f"'{text}" if text[:1] in _DANGEROUS else text


def lines(order: GrantedExport, lives: Iterable[ExportedStream]) -> Iterator[list[Cell]]:
    """The head, a line for each event, a complaint's together; at last the event that this export was made.

    A file without that last line is not whole.
    """
    more = _IDENTITY if order.made.identities else ()
    yield [*COLUMNS, *more]
    for life in chain(lives, [ExportedStream(order.made.originator_id, "export", [order.row])]):
        code, identity = str(life.last.get("code", "")), [life.identity.get(each, "") for each in more]
        for told in life.told:
            yield _line(life, code, told, identity)


def _line(life: ExportedStream, code: str, told: ExportedEvent, identity: list[str]) -> list[Cell]:
    said = told.said
    rest = {name: value for name, value in said.items() if name not in _OWN}
    texts = (
        told.topic, said["at"], said["by"], said["role"], said["channel"], said.get("cause", ""),
        said.get("agency", ""), _stage(life, told.version), _encode(rest).decode() if rest else "", *identity,
    )  # fmt: skip
    position: Cell = "" if told.position is None else told.position
    return [position, life.sort, str(life.stream), defused(code), told.version, *map(defused, texts)]


def _stage(life: ExportedStream, version: int) -> str:
    """The stage at which a complaint stood after an event."""
    entered = (each for each in reversed(life.changes) if each.name == "stage" and each.version <= version)
    return str(next((each.value for each in entered), ""))
