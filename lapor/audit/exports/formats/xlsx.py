"""A spreadsheet (Office Open XML): a sheet that says what it is, and the same lines as in CSV."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook

from lapor.audit.exports.formats.table import Cell, defused, lines
from lapor.audit.exports.service import GrantedExport
from lapor.audit.exports.streams import ExportedStream

_MOST_LINES = 1_048_575  # below the head; a sheet holds 2**20 rows
_MOST_CHARACTERS = 32_767  # in a cell
_PIECE = 1 << 16  # bytes


def write(order: GrantedExport, lives: Iterable[ExportedStream]) -> Iterator[bytes]:
    """The file in pieces, once all of it stands in a temporary one: its table of contents comes last."""
    with TemporaryDirectory(prefix="lapor-xlsx-") as folder:
        path = Path(folder) / "export.xlsx"
        _fill(path, order, lines(order, lives))
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _fill(path: Path, order: GrantedExport, rows: Iterator[list[Cell]]) -> None:
    """Row by row, none of which is kept in memory; a further sheet where one is full."""
    with Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        _sheet(book, "About", ([name, defused(str(value))] for name, value in order.about.items()))
        head = next(rows)
        for number in range(1, 1 << 20):
            some = islice(rows, _MOST_LINES)
            first = next(some, None)
            if first is None:
                return
            _sheet(book, f"Events {number}", _after(head, first, some))


def _after(head: list[Cell], first: list[Cell], others: Iterable[list[Cell]]) -> Iterator[list[Cell]]:
    yield head
    yield first
    yield from others


def _sheet(book: Workbook, name: str, rows: Iterable[list[Cell]]) -> None:
    sheet = book.add_worksheet(name)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell)
            elif cell:
                sheet.write_string(number, column, cell[:_MOST_CHARACTERS])
