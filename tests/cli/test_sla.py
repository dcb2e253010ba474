"""`lapor sla` and `lapor quality`, as an operator types them."""

import json
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from lapor.cli.main import main
from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine

from ..people import People


class Shown(Protocol):
    """Runs one of the two commands with these words."""

    def __call__(self, *words: str, command: str = "sla") -> Result: ...


@pytest.fixture
def lapor(people: People, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shown:
    """The command, where a complaint has been answered by one agency and is with another."""
    complaint = people.routed("BINAMARGA")
    people.act(complaint, "respond", people.token("liaison", "BINAMARGA"), text="Sudah.", outcome="fixed")
    people.routed("DUKCAPIL")
    Engine(people.running.database, PROJECTIONS).step()
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))

    def run(*words: str, command: str = "sla") -> Result:
        return CliRunner().invoke(main, [command, *words])

    return run


def test_it_shows_each_agency_and_step_and_then_all(lapor: Shown) -> None:
    lines = [line.split("\t") for line in lapor().stdout.splitlines()]
    shown = {(line[0], line[1]): line[2:] for line in lines}
    assert shown["BINAMARGA", "resolve"] == ["1", "1", "0", "0", "0", "0", "100.0%", "0.0", "0.0"]
    assert shown["DUKCAPIL", "resolve"] == ["1", "0", "0", "0", "1", "0", "–", "–", "–"]
    assert shown["all", "resolve"][:5] == ["2", "1", "0", "0", "1"]
    assert shown["–", "verify"][:2] == ["2", "2"]


def test_it_takes_a_period_and_an_agency_and_answers_in_json(lapor: Shown) -> None:
    found = json.loads(lapor("--agency", "dukcapil", "--json").stdout)
    assert {row["code"] for row in found["rows"]} == {"DUKCAPIL"}
    early = json.loads(lapor("--from", "2025-01-01", "--to", "2025-12-31", "--json").stdout)
    assert (early["rows"], early["from"], early["to"]) == ([], "2025-01-01", "2025-12-31")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--agency", "NOWHERE"], "There is no agency 'NOWHERE'"),
        (["--from", "2026-02-02", "--to", "2026-02-01"], "would end before it begins"),
    ],
)
def test_a_wrong_filter_is_refused_in_a_sentence(lapor: Shown, words: list[str], says: str) -> None:
    result = lapor(*words)
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stdout == ""


def test_quality_has_a_line_for_each_agency_and_one_for_all(lapor: Shown) -> None:
    lines = [line.split("\t") for line in lapor(command="quality").stdout.splitlines()]
    assert [line[:2] for line in lines] == [["BINAMARGA", "1"], ["DUKCAPIL", "1"], ["all", "2"]]
    found = json.loads(lapor("--agency", "DUKCAPIL", "--json", command="quality").stdout)
    assert (found["totals"]["routed"], found["totals"]["mean_rating"]) == (1, None)


def test_it_shows_the_logs_first_events_alone(lapor: Shown, people: People) -> None:
    head = people.running.services.head()
    whole, same = (json.loads(lapor(*words, "--json").stdout) for words in ((), ("--position", str(head))))
    assert (same["position"], same["totals"]) == (head, whole["totals"])
    with people.running.database.connection() as connection:
        (routed,) = connection.execute(
            "SELECT position FROM event WHERE topic = 'lapor.complaint.routed' ORDER BY position"
        ).fetchone() or (0,)
    early = json.loads(lapor("--position", str(routed), "--json").stdout)
    assert (early["position"], early["totals"]["kept"]) == (routed, 1)
    owed = json.loads(lapor("BINAMARGA", "--position", str(routed), "--json", command="backlog").stdout)
    assert [item["stage"] for item in owed["items"]] == ["routed"]
    assert json.loads(lapor("BINAMARGA", "--json", command="backlog").stdout)["items"] == []


def test_a_position_that_the_log_lacks_is_refused_in_a_sentence(lapor: Shown) -> None:
    assert "999999" in lapor("--position", "999999").stderr
    both = lapor("--position", "3", "--at", "2026-01-01T00:00:00Z")
    assert (both.exit_code, "either --at or --position" in both.stderr) == (2, True)
