"""The rows of a file with separated values. A damaged line never affects its neighbours.

A quoted value may contain line breaks, so a quotation mark that is never closed could take in all the lines
after it. Here a record has several lines only if together they make one row of the right width; otherwise its
first line is a record alone, good or bad, and reading continues with the second.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from lapor.importing.records import RowProblem

_MOST_LINES = 500  # of one record
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """The values of a record that begins at ``line``, counted from 1."""

    line: int
    values: list[str]
    utf8: bool


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    utf8: bool


def read_rows(
    file: BinaryIO, delimiter: str, progress: Callable[[int], None] = lambda _bytes: None
) -> Iterator[CsvRow | RowProblem]:
    """Yield the file's records; the first, its header, gives the number of values of all others.

    ``progress`` gets the length of each line in bytes.
    """
    source, ahead, width = _lines(file, progress), deque[_Line](), 0
    while (first := ahead.popleft() if ahead else next(source, None)) is not None:
        if not first.text.strip():
            continue
        more = _continuation(first, ahead, source)
        values = _parse([first, *more], delimiter)
        if more and not _fits(values, width):
            more, values = [], _parse([first], delimiter)
        if not _fits(values, width):
            yield RowProblem(first.number, "", _why(values, width))
            continue
        for _ in more:
            ahead.popleft()
        assert isinstance(values, list)  # noqa: S101 - it fits
        width = width or len(values)
        yield CsvRow(first.number, values, first.utf8 and all(line.utf8 for line in more))


def _lines(file: BinaryIO, progress: Callable[[int], None]) -> Iterator[_Line]:
    for number, raw in enumerate(file, 1):
        progress(len(raw))
        line = raw.rstrip(b"\r\n")
        if number == 1:
            if line.startswith(_UTF_16):
                yield _Line(1, "\0", utf8=False)
                return
            line = line.removeprefix(_BOM)
        try:
            yield _Line(number, line.decode(), utf8=True)
        except UnicodeDecodeError:
            yield _Line(number, line.decode("latin-1"), utf8=False)


def _continuation(first: _Line, ahead: deque[_Line], source: Iterator[_Line]) -> list[_Line]:
    """Return the lines up to the one that closes the quotation opened in the first; none if none does."""
    if first.text.count('"') % 2 == 0:
        return []
    for count in range(_MOST_LINES):
        if count == len(ahead):
            line = next(source, None)
            if line is None:
                break
            ahead.append(line)
        if ahead[count].text.count('"') % 2:
            return list(islice(ahead, count + 1))
    return []


def _parse(lines: list[_Line], delimiter: str) -> list[str] | str:
    """Return the values of one record, or why there are none."""
    if any("\0" in line.text for line in lines):
        return "it holds a zero byte: the file is no UTF-8 text, or it is damaged"
    try:
        parsed = list(csv.reader([line.text + "\n" for line in lines], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return f"it cannot be taken apart: {error}"
    return parsed[0] if len(parsed) == 1 else "it is more than one row"


def _fits(values: list[str] | str, width: int) -> bool:
    return isinstance(values, list) and (not width or len(values) == width)


def _why(values: list[str] | str, width: int) -> str:
    if isinstance(values, str):
        return values
    return f"it has {len(values)} values where the header has {width}"
