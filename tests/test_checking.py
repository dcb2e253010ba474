"""`lapor replay --check` and `lapor doctor` notice what is wrong, and say that nothing is."""

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from lapor.cli import main
from lapor.store.database import Database
from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine

from .command_line import Lapor
from .people import People


@pytest.fixture
def lapor(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lapor:
    """A command of the command line, run on the test's database."""
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))
    monkeypatch.delenv("LAPOR_CLOCK")  # the doctor rightly finds fault with it
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.fixture
def some(people: People, url: str) -> None:
    """A few complaints, folded."""
    people.file()
    people.act(people.routed(), "follow-up", people.token("liaison", "BINAMARGA"), text="Sudah dicek.")
    database = Database(url, connections=1)
    Engine(database, PROJECTIONS).step()
    database.close()


@pytest.mark.usefixtures("some")
def test_replay_finds_no_difference_in_what_was_folded(lapor: Lapor) -> None:
    done = lapor("replay", "--check", "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["differences"] == []


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("UPDATE register_v4 SET stage = 'closed' WHERE stage = 'filed'", "differs in stage"),
        ("DELETE FROM backlog_v3", "is missing"),
        ("UPDATE register_v4 SET stream = gen_random_uuid() WHERE stage = 'filed'", "should not be there"),
        ("DELETE FROM register_v4_past", "register (past)"),
        (
            "UPDATE backlog_v3_past SET period = tstzrange(lower(period), now() + interval '9 years')",
            "backlog (past)",
        ),
        ("UPDATE promises_v3_sums SET kept = kept + 1", "promises (sums)"),
        ("DELETE FROM milestones_v3_sums WHERE grain = 'month'", "milestones (sums)"),
    ],
)
def test_replay_names_each_row_that_is_not_what_the_log_says(
    lapor: Lapor, url: str, harm: str, says: str
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(harm.encode())

    done = lapor("replay", "--check")

    assert done.exit_code == 1
    assert says in done.stdout


@pytest.mark.usefixtures("some")
def test_replay_tells_how_things_stood_at_a_moment(lapor: Lapor) -> None:
    now = lapor("replay", "--json")
    then = lapor("replay", "--json", "--at", "2020-01-01T00:00:00Z")

    assert json.loads(now.stdout) == {"filed": 1, "in_progress": 1}
    assert json.loads(then.stdout) == {}


def test_a_sound_installation_has_nothing_bad_but_what_the_test_server_leaves_out(
    lapor: Lapor, some: None
) -> None:
    done = lapor("doctor", "--json")

    verdicts = {each["what"]: each["verdict"] for each in json.loads(done.stdout)}
    bad = {what for what, verdict in verdicts.items() if verdict == "bad"}
    assert bad == {"fsync", "full_page_writes", "synchronous_commit"}
    assert done.exit_code == 1
    assert verdicts["the service's role"] == verdicts["vault"] == verdicts["schema"] == "ok"
    assert verdicts["feeder"] == "warning"


def test_the_doctor_sees_a_key_that_others_can_read(lapor: Lapor, some: None, tmp_path: Path) -> None:
    (tmp_path / "keys" / "master").chmod(0o644)

    findings = json.loads(lapor("doctor", "--json").stdout)

    assert {"verdict": "bad", "what": "master key", "finding": "others can read its file"} in findings


@pytest.mark.parametrize(("required", "verdict"), [("off", "ok"), ("on", "bad")])
def test_the_doctor_misses_a_standby_where_one_is_required(
    lapor: Lapor, monkeypatch: pytest.MonkeyPatch, required: str, verdict: str
) -> None:
    monkeypatch.setenv("LAPOR_REQUIRE_SYNC", required)

    found = {each["what"]: each for each in json.loads(lapor("doctor", "--json").stdout)}

    assert found["standby"]["verdict"] == verdict


def test_a_database_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAPOR_DATABASE_URL", f"postgresql:///lapor?host={tmp_path}")
    done = CliRunner().invoke(main, ["doctor"])

    assert done.exit_code == 1
    assert "cannot be checked" in done.stdout


def test_the_doctor_tells_the_size_of_the_tables_and_of_those_that_no_release_needs(
    lapor: Lapor, some: None, url: str
) -> None:
    def told() -> dict[str, str]:
        return {each["what"]: each["finding"] for each in json.loads(lapor("doctor", "--json").stdout)}

    before = told()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET ROLE lapor_owner; CREATE TABLE register_v1 AS SELECT generate_series(1, 9)")
        connection.execute("INSERT INTO projection (name, version) VALUES ('register', 1)")

    assert "GiB: " in before["tables"]
    assert "other releases" not in before
    assert "lapor migrate --prune" in told()["other releases"]
