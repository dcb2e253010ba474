"""`lapor migrate` and `lapor up` fill what a new release lacks before it is served, and say so."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lapor.cli import main, up
from lapor.store.database import Database
from projections.catalogue import PROJECTIONS, status
from projections.engine.errors import RebuildError
from projections.running import backfill

from ..command_line import Lapor
from ..projections.histories import history
from ..projections.stores import store


@pytest.fixture
def lapor(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lapor:
    """A command of the command line, run on the test's database."""
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.fixture
def supervised(monkeypatch: pytest.MonkeyPatch, database: Database) -> list[list[int]]:
    """The lag of each projection at the moment at which `lapor up` starts its processes."""
    seen: list[list[int]] = []

    def supervise(*_: Any, **__: Any) -> int:
        seen.append([each.lag for each in status(database)])
        return 0

    monkeypatch.setattr(up, "_supervise", supervise)
    return seen


def test_migrate_fills_tables_that_hold_nothing_yet(lapor: Lapor, database: Database) -> None:
    store(database, history(1, 400))

    said = lapor("migrate")

    assert said.exit_code == 0, said.output
    assert [line for line in said.stderr.splitlines() if line.startswith("filled")] == [
        f"filled {projection.name}" for projection in PROJECTIONS
    ]
    assert {each.lag for each in status(database)} == {0}
    again = lapor("migrate")
    assert again.stderr.splitlines()[-1] == "Nothing to do."


def test_up_starts_its_processes_when_the_tables_are_filled(
    lapor: Lapor, database: Database, supervised: list[list[int]]
) -> None:
    store(database, history(1, 400))

    said = lapor("up", "--port", "18431")

    assert said.exit_code == 0, said.output
    assert supervised == [[0] * len(PROJECTIONS)]


def test_up_serves_without_the_tables_that_cannot_be_filled_and_says_so(
    lapor: Lapor, database: Database, supervised: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RebuildError("Another rebuild is running; wait until it has ended.")

    monkeypatch.setattr(backfill, "rebuild", fail)
    head = store(database, history(1, 400))

    said = lapor("up", "--port", "18431")

    assert said.exit_code == 0, said.output
    assert "Another rebuild is running" in said.stderr
    assert supervised == [[head] * len(PROJECTIONS)]
