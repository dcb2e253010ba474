"""A file of some format as records, in the order of its lines, and what is wrong with the others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from lapor.importing.csv_rows import Row, read_rows
from lapor.importing.records import BadRowError, Format, Problem, Record

_LATIN = "it is no UTF-8; it was read as Latin-1"


def read(
    path: Path, form: Format, progress: Callable[[int], None] = lambda _bytes: None
) -> Iterator[Record | Problem]:
    """The file's records. ``progress`` is told how many bytes were read meanwhile. Raises ``OSError``."""
    with path.open("rb") as file:
        rows = read_rows(file, form.delimiter, progress)
        header = next(rows, Problem(1, "", "the file is empty: it has no header"))
        columns = _columns(header, form)
        if isinstance(columns, Problem):
            yield columns
            return
        for row in rows:
            yield row if isinstance(row, Problem) else _record(row, columns, form)


def _columns(header: Row | Problem, form: Format) -> list[str] | Problem:
    """The names of the columns as the format knows them, or why the file cannot be read."""
    if isinstance(header, Problem):
        return header
    names = [form.column_name(value.strip()) for value in header.values]
    missing = sorted(form.columns - set(names))
    if missing:
        return Problem(header.line, "", f"the header has no column '{missing[0]}': nothing can be read")
    twice = sorted(name for name in form.columns if names.count(name) > 1)
    if twice:
        return Problem(header.line, "", f"the header has column '{twice[0]}' twice: nothing can be read")
    return names


def _record(row: Row, columns: list[str], form: Format) -> Record | Problem:
    values = dict(zip(columns, map(str.strip, row.values), strict=True))
    number = values[form.number]
    if not number:
        return Problem(row.line, "", "the number is missing")
    try:
        record = form.record(row.line, values)
    except BadRowError as error:
        return Problem(row.line, number, str(error))
    return record if row.utf8 else replace(record, notes=(*record.notes, _LATIN))
