"""A spreadsheet (Office Open XML): a sheet that describes the file, and the same lines as in CSV."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook

from lapor.audit.exports.formats.table import Cell, escape_formula, lines
from lapor.audit.exports.service import GrantedExport
from lapor.audit.exports.streams import ExportedStream

_MAX_LINES = 1_048_575  # below the header; a sheet has 2**20 rows at most
_MAX_CHARACTERS = 32_767  # in a cell
_PIECE = 1 << 16  # bytes


def write(export: GrantedExport, streams: Iterable[ExportedStream]) -> Iterator[bytes]:
    """Yield the file in pieces, once a temporary file is complete: its table of contents is written last."""
    with TemporaryDirectory(prefix="lapor-xlsx-") as folder:
        path = Path(folder) / "export.xlsx"
        _fill(path, export, lines(export, streams))
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _fill(path: Path, export: GrantedExport, rows: Iterator[list[Cell]]) -> None:
    """Write row by row, in constant memory; begin another sheet when one is full."""
    with Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        _sheet(book, "About", ([name, escape_formula(str(value))] for name, value in export.about.items()))
        head = next(rows)
        for number in range(1, 1 << 20):
            some = islice(rows, _MAX_LINES)
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
                sheet.write_string(number, column, cell[:_MAX_CHARACTERS])
