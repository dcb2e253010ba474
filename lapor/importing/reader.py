"""The records of a file in the order of its lines, and the problems of lines that are none."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from lapor.importing.csv_rows import CsvRow, read_rows
from lapor.importing.records import BadRowError, Format, Record, RowProblem

_LATIN = "it is no UTF-8; it was read as Latin-1"


def read(
    path: Path, form: Format, progress: Callable[[int], None] = lambda _bytes: None
) -> Iterator[Record | RowProblem]:
    """Yield the file's records. ``progress`` gets the number of bytes read since. Raises ``OSError``."""
    with path.open("rb") as file:
        rows = read_rows(file, form.delimiter, progress)
        header = next(rows, RowProblem(1, "", "the file is empty: it has no header"))
        columns = _columns(header, form)
        if isinstance(columns, RowProblem):
            yield columns
            return
        for row in rows:
            yield row if isinstance(row, RowProblem) else _record(row, columns, form)


def _columns(header: CsvRow | RowProblem, form: Format) -> list[str] | RowProblem:
    """Return the format's names of the columns, or why the file cannot be read."""
    if isinstance(header, RowProblem):
        return header
    names = [form.column_name(value.strip()) for value in header.values]
    missing = sorted(form.columns - set(names))
    if missing:
        return RowProblem(header.line, "", f"the header has no column '{missing[0]}': nothing can be read")
    twice = sorted(name for name in form.columns if names.count(name) > 1)
    if twice:
        return RowProblem(header.line, "", f"the header has column '{twice[0]}' twice: nothing can be read")
    return names


def _record(row: CsvRow, columns: list[str], form: Format) -> Record | RowProblem:
    values = dict(zip(columns, map(str.strip, row.values), strict=True))
    number = values[form.number]
    if not number:
        return RowProblem(row.line, "", "the number is missing")
    try:
        record = form.record(row.line, values)
    except BadRowError as error:
        return RowProblem(row.line, number, str(error))
    return record if row.utf8 else replace(record, notes=(*record.notes, _LATIN))
