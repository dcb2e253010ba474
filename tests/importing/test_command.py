"""The command's answer, its report, its exit codes."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lapor.cli import main
from lapor.domain.errors import UnreachableError

from .office import HEADER, line

Run = Callable[..., Result]


@pytest.fixture
def run(url: str, tmp_path: Path) -> Run:
    env = {"LAPOR_DATABASE_URL": url, "LAPOR_DATA": str(tmp_path / "data")}

    def of(*arguments: str | Path, form: str = "myla311") -> Result:
        return CliRunner().invoke(main, ["import", "--format", form, *map(str, arguments)], env=env)

    return of


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_sound_file_is_answered_with_counts_alone(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    file.write_text("\n".join([HEADER, line("a"), line("b", status="Open")]))

    first, again = run(file, "--json"), run(file, "--json")

    assert (first.exit_code, again.exit_code) == (0, 0)
    same: dict[str, Any] = {"rejected": 0, "noted": 0, "report": None}
    assert json.loads(first.stdout) == same | {"imported": 2, "already": 0, "facts": 9, "agencies": ["BOS"]}
    assert json.loads(again.stdout) == same | {"imported": 0, "already": 2, "facts": 0, "agencies": []}
    assert not file.with_name("requests.csv.report.csv").exists()


def test_bad_lines_go_to_a_report_next_to_the_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    file.write_bytes("\n".join([HEADER, line("a", owner=""), line("b", address="CAÑON")]).encode("latin-1"))

    done = run(file)

    assert done.exit_code == 1
    assert "imported\t1" in done.stdout
    report = tmp_path / "requests.csv.report.csv"
    assert f"1 lines were not taken, 1 kept with a remark: see {report}." in done.stderr.replace("\n", " ")
    assert lines_of(report) == [
        {"line": "2", "number": "a", "what": "rejected", "reason": "the owner is missing"},
        {"line": "3", "number": "b", "what": "kept", "reason": "it is no UTF-8; it was read as Latin-1"},
    ]
    elsewhere = tmp_path / "elsewhere.csv"
    assert run(file, "--report", elsewhere).exit_code == 1
    assert len(lines_of(elsewhere)) == 2


def test_a_mapping_and_a_policy_may_be_named(run: Run, tmp_path: Path) -> None:
    file, mapping = tmp_path / "laporan.csv", tmp_path / "map.toml"
    file.write_text("id;number;filed_at;state;agency\n1;x;2026-01-05;routed;PU\n")
    mapping.write_text('delimiter=";"\n[columns]\nnumber="ID"\ntext="number"\n[defaults]\ncategory="road"')

    done = run(file, "--map", mapping, "--policy", "sp4n-2018/1", "--json", form="csv")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["imported"] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.csv"], "does not exist"),
        (["--policy", "sp4n", __file__], "is not one of"),
        (["--map", __file__, __file__], "--map"),
    ],
)
def test_a_wrong_command_exits_with_2(run: Run, arguments: list[str], says: str) -> None:
    done = run(*arguments)

    assert done.exit_code == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_a_database_that_goes_away_is_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise UnreachableError

    monkeypatch.setattr("lapor.store.postgres_event_log.PostgresEventLog.claimed", gone)
    file = tmp_path / "requests.csv"
    file.write_text("\n".join([HEADER, line("a")]))

    done = run(file)

    assert done.exit_code == 1
    assert "Run the same command again" in done.stderr
    assert done.stdout == ""
