"""A table has one declaration of its columns, for a terminal and for a pipe."""

import re
from datetime import UTC, datetime

import pytest

from lapor.cli.shared.common import TableColumn, columns, percent, show_table, words

TABLE = [
    TableColumn("code", "agency"),
    *columns("at"),
    TableColumn("share", write=percent),
    TableColumn("kinds", "", words),
]
ROW = {"code": "DINKES", "at": datetime(2026, 3, 1, 9, 30, 59, tzinfo=UTC), "share": 0.5, "kinds": ["a", "b"]}


def test_a_pipe_gets_the_cells_of_a_row_with_tabs_between_them(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(TABLE, [ROW, {"code": None, "share": 0, "kinds": []}])

    assert capsys.readouterr().out == "DINKES\t2026-03-01 09:30+00:00\t50.0%\ta b\n–\t–\t0.0%\t\n"


def test_a_terminal_gets_headings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "100")
    show_table(TABLE, [ROW])

    printed = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert printed.splitlines()[1].replace("┃", " ").split() == ["agency", "at", "share"]


def test_a_value_written_as_nothing_shows_a_dash() -> None:
    assert TableColumn("data", write=lambda data: data.get("basis")).cell({"data": {}}) == "–"
