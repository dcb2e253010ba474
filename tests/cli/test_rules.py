"""Decrees, policies and hours from the command line: shown, asked, done."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lapor.cli import main

from ..command_line import AskingLapor
from ..people import People

pytestmark = pytest.mark.usefixtures("fed")


@pytest.fixture
def lapor(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AskingLapor:
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))
    monkeypatch.setenv("LAPOR_CLOCK", "2026-12-21T10:00:00+07:00")
    return lambda *arguments, **more: CliRunner().invoke(main, list(arguments), **more)


DECREE = ("calendar", "decree", "--add", "2026-12-28", "Cuti Bersama", "--basis", "SKB 9")


def current(lapor: AskingLapor) -> dict[str, Any]:
    return dict(json.loads(lapor("calendar", "show", "--json").stdout))


@pytest.fixture
def complaint(people: People) -> dict[str, Any]:
    """One that is routed at the moment of the command line's clock."""
    at = datetime.fromisoformat("2026-12-21T09:00:00+07:00")
    people.running.application.clock = lambda: at
    return dict(people.routed())


def test_a_decree_shows_what_moves_and_is_done_when_it_is_agreed_to(
    lapor: AskingLapor, complaint: dict[str, Any]
) -> None:
    refused = lapor(*DECREE, input="n\n")
    assert (refused.exit_code, current(lapor)["id"]) == (1, "id-2026/1")
    assert f"{complaint['code']}\tBINAMARGA\tfollow_up\t2026-12-30" in refused.stdout
    assert "id-2026/2 moves 2 open deadlines" in refused.stderr

    shown = json.loads(lapor(*DECREE, "--json").stdout)
    assert (shown["moves"], current(lapor)["id"]) == (2, "id-2026/1")

    agreed = lapor(*DECREE, input="y\n")
    assert (agreed.exit_code, current(lapor)["id"]) == (0, "id-2026/2")
    listed = lapor("calendar", "show", "--year", "2026").stdout
    assert listed.startswith("id-2026/2\tSKB 9\tprovisional years: 2027")
    assert "2026-12-28\tCuti Bersama" in listed
    assert "2025-01-01" not in listed
    assert lapor(*DECREE, "--yes").exit_code == 1  # a holiday already
    assert "holidays_decreed\tsystem:operator" in lapor("calendar", "history").stdout


def test_a_year_is_added_and_confirmed(lapor: AskingLapor) -> None:
    added = lapor(
        "calendar", "add-year", "2028", "--holiday", "2028-01-01", "Tahun Baru", "--basis", "perkiraan"
    )
    assert added.stdout == "id-2026/2\n"
    assert lapor("calendar", "confirm-year", "2027", "--basis", "SKB").stdout == "id-2026/3\n"
    assert (current(lapor)["last"], current(lapor)["provisional_years"]) == ("2028-12-31", [2028])
    due = json.loads(lapor("due", "2027-12-20T10:00:00+07:00", "10", "--json").stdout)
    assert (due["provisional"], due["calendar"], due["provisional_years"]) == (True, "id-2026/3", [2028])


def test_a_policy_is_drafted_from_what_holds_adopted_and_applied(
    lapor: AskingLapor, complaint: dict[str, Any], tmp_path: Path
) -> None:
    (draft,) = json.loads(lapor("policy", "list", "--json").stdout)
    for unwanted in ("id", "in_force"):
        del draft[unwanted]
    for limit in draft["limits"]:
        if not limit["kinds"]:
            del limit["kinds"]
        if limit["step"] == "follow_up":
            limit |= {"limit": 4, "source": "Perbup 9 Pasal 2"}
    draft |= {"name": "bekasi", "effective_from": "2026-12-21", "regulation": "Perbup 9/2026"}
    file = tmp_path / "bekasi.json"
    file.write_text(json.dumps(draft))

    assert lapor("policy", "adopt", str(file)).stdout == "bekasi/1\n"
    applied = lapor("policy", "apply", "bekasi", "--basis", "Pasal 20", "--yes")

    assert applied.exit_code == 0, applied.output
    assert f"{complaint['code']}\tBINAMARGA\tfollow_up\t2026-12-30 09:00" in applied.stdout
    listed = lapor("policy", "list").stdout
    assert "bekasi/1\tin force\tfollow_up\tevery kind\t4\tworking_day\tPerbup 9 Pasal 2" in listed
    assert [line.split("\t")[1] for line in lapor("policy", "history", "bekasi").stdout.splitlines()] == [
        "lapor.policy.adopted",
        "lapor.policy.applied",
    ]
    due = json.loads(lapor("due", "2026-12-21T10:00:00+07:00", "--step", "follow_up", "--json").stdout)
    assert (due["policy"], due["limit"], due["regulation"]) == ("bekasi/1", 4, "Perbup 9 Pasal 2")
    before = json.loads(lapor("due", "2026-12-18T10:00:00+07:00", "--step", "follow_up", "--json").stdout)
    assert (before["policy"], before["limit"]) == ("sp4n-2018/1", 5)


def test_an_agencys_hours_are_set_from_a_day_on(lapor: AskingLapor) -> None:
    lapor("agency", "add", "PASAR", "Pasar")
    hours = ["--since", "2026-12-21", "--open", "mon", "08:00", "15:00", "--open", "sat", "08:00", "12:00"]

    done = lapor("agency", "hours", "PASAR", *hours, "--extra", "2026-12-25", "09:00", "11:00", "--json")

    shown = json.loads(done.stdout)
    assert shown["week"] == [["08:00", "15:00"], None, None, None, None, ["08:00", "12:00"], None]
    due = lapor("due", "2026-12-21T10:00:00+07:00", "2", "--agency", "PASAR")
    assert due.stdout.startswith("Saturday 2026-12-26T12:00+07:00")
    assert lapor("agency", "rename", "PASAR", "Pasar Induk").exit_code == 0
    assert lapor("agency", "close", "PASAR").exit_code == 0
    assert "closed already" in lapor("agency", "close", "PASAR").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["calendar", "decree", "--basis", "x", "--yes"], 1, "Name at least one day"),
        (["calendar", "decree", "--basis", "x", "--add", "Natal", "Natal"], 2, "is no date"),
        (["calendar", "confirm-year", "2030", "--basis", "x"], 1, "The next year to confirm is 2027"),
        (["policy", "apply", "nothing", "--basis", "x", "--yes"], 1, "There is no such policy"),
        (["policy", "adopt", "/dev/null"], 2, "is not JSON"),
        (["agency", "hours", "NOWHERE", "--since", "2026-12-21"], 1, "There is no such agency"),
        (["due", "2026-03-12T10:00:00+07:00"], 2, "either DAYS or --step"),
        (["due", "2026-03-12T10:00:00+07:00", "--step", "resolve"], 1, "sets no limit for resolve"),
    ],
)
def test_a_wrong_command_is_refused_in_a_sentence(
    lapor: AskingLapor, arguments: list[str], code: int, says: str
) -> None:
    done = lapor(*arguments)

    assert done.exit_code == code, done.output
    assert says in done.stderr


def test_where_there_is_no_database_yet_due_is_told_by_what_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAPOR_DATABASE_URL", raising=False)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path / "var"))

    done = CliRunner().invoke(
        main, ["due", "2026-03-12T10:00:00+07:00", "--step", "legal_limit", "--kind", "complaint"]
    )

    assert "calendar id-2026/1: SKB 3 Menteri" in done.stdout
    assert "policy sp4n-2018/1: Perpres 76/2013" in done.stdout
    assert not (tmp_path / "var").exists()
