"""`lapor projections skip`, as an operator types it."""

from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from lapor.cli.main import main
from projections.complaints.register import REGISTER

from ..command_line import Lapor
from ..people import People


@pytest.fixture
def lapor(people: People, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lapor:
    """The command, where the log holds a few events."""
    people.file()
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["projections", *words])

    return run


def test_a_skipped_position_is_kept_with_its_reason_and_the_projection_may_go_on(
    lapor: Lapor, url: str
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE projection SET failure = 'KeyError in register.py:62'")
        said = lapor("skip", "register", "1", "--reason", "Cacat di versi 0.1")
        kept = connection.execute("SELECT name, version, position, reason FROM skipped").fetchall()
        failures: dict[str, bool] = dict(
            connection.execute("SELECT name, failure IS NULL FROM projection").fetchall()
        )

    assert said.exit_code == 0, said.output
    assert kept == [("register", REGISTER.version, 1, "Cacat di versi 0.1")]
    assert [name for name, sound in failures.items() if sound] == ["register"]
    assert "register" in lapor().stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["registr", "1", "--reason", "x"], "There is no projection 'registr'"),
        (["register", "99999", "--reason", "x"], "The log ends at position"),
        (["register", "1"], "Missing option '--reason'"),
    ],
)
def test_a_wrong_skip_is_refused_in_a_sentence(lapor: Lapor, words: list[str], says: str) -> None:
    result = lapor("skip", *words)
    assert result.exit_code != 0
    assert says in result.stderr
