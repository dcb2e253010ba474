"""`lapor export` and `lapor conformance`: their files, their messages and their exit codes."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lapor.bootstrap import RunningServices
from lapor.cli import main
from lapor.domain.export import ExportMade
from lapor.domain.vocabulary import Role
from lapor.store.codec import Codec
from lapor.store.event_log import SideWrites

from ..people import People

Run = Callable[..., Result]


@pytest.fixture
def run(url: str, tmp_path: Path, people: People) -> Run:
    env = {"LAPOR_DATABASE_URL": url, "LAPOR_DATA": str(tmp_path)}
    people.routed(reporter={"name": "Siti Aminah"})

    def of(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], env=env)

    return of


def made(running: RunningServices) -> ExportMade:
    event = running.application.log.page(running.application.log.head() - 1, 1)[0].event()
    assert isinstance(event, ExportMade)
    return event


def test_a_file_appears_when_it_is_complete_and_stdout_takes_formats_that_stream(
    run: Run, running: RunningServices, tmp_path: Path
) -> None:
    file = tmp_path / "log.json"

    done = run("export", "ocel", file)

    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    position = running.application.log.head() - 1
    assert f"Taken at position {position}; recorded at {position + 1}." in done.stderr
    assert len(json.loads(file.read_bytes())["events"]) == position
    assert (file.stat().st_mode & 0o777) == 0o600
    said = run("export", "csv", "-")
    assert said.exit_code == 0
    assert said.stdout.splitlines()[-1].split(",")[5] == "lapor.export.made"
    assert sorted(path.name for path in tmp_path.iterdir() if "log.json" in path.name) == ["log.json"]


def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log.csv"
    file.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lapor.cli.exports.os.fsync", full)
    done = run("export", "csv", file)

    assert (done.exit_code, file.read_text()) == (1, "old")
    assert "No space left on device" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if "log.csv" in path.name] == ["log.csv"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["xlsx", "-"], 2, "cannot be written to stdout"),
        (["pdf", "x"], 2, "is not one of"),
        (["csv", "nowhere/x.csv"], 1, "No such file or directory"),
        (["csv", "-", "--agency", "NOWHERE"], 1, "There is no agency 'NOWHERE'"),
        (["csv", "-", "--from", "2026-02-01", "--to", "2026-01-01"], 1, "It is before from"),
        (["csv", "-", "--with-identities", "--reason", "x"], 1, "None of your roles may take out with them"),
    ],
)
def test_an_impossible_export_is_refused_in_one_sentence_and_not_recorded(
    run: Run, running: RunningServices, arguments: list[str], code: int, says: str
) -> None:
    before = running.application.log.head()

    done = run("export", *arguments)

    assert done.exit_code == code
    assert says in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert running.application.log.head() == before


def test_a_data_protection_officer_gets_names_with_a_token(
    run: Run, running: RunningServices, people: People, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(people.token(Role.DPO) + "\n")

    silent = run("export", "csv", "-", "--with-identities", "--token-file", token)
    done = run("export", "csv", "-", "--with-identities", "--reason", "Audit 7", "--token-file", token)

    assert (silent.exit_code, done.exit_code) == (1, 0)
    assert "Give a reason" in silent.stderr
    assert "Siti Aminah" in done.stdout
    assert (made(running).role, made(running).identities) == (Role.DPO, True)


def test_conformance_exits_with_1_if_a_rule_was_broken(
    run: Run, running: RunningServices, people: People
) -> None:
    sound = run("conformance")
    assert sound.exit_code == 0, sound.output
    assert "no breaches" in sound.stderr
    complaint, liaison = people.routed(), people.token("liaison", "BINAMARGA")
    assert people.act(complaint, "respond", liaison, text="Ya.", outcome="fixed").status_code == 200
    assert people.act(complaint, "close", people.token("coordinator"), reason="Selesai.").status_code == 200

    soon, told = run("conformance"), run("conformance", "--json")
    never = run("conformance", "--minutes", "0", "--json")

    assert soon.exit_code == told.exit_code == 0
    assert "closed_soon" in soon.stdout
    (finding,) = json.loads(told.stdout)["findings"]
    assert (finding["found"], finding["code"]) == ("closed_soon", complaint["code"])
    assert json.loads(never.stdout)["findings"] == []
    (closing,) = [
        row.event() for row in running.application.log.page(0, 1000) if row.topic.endswith(".closed")
    ]
    wrong = dataclasses.replace(closing, originator_version=closing.originator_version + 1)
    running.application.log.append([Codec().to_stored_event(wrong)], SideWrites())
    broken = run("conformance", "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["counts"]["off_the_way"] == 1
    assert "; 1 breach." in broken.stderr
    assert run("conformance", "--to", "2020-01-01").exit_code == 0
