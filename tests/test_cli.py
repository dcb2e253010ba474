"""The command line says what it is asked, and refuses in one sentence with the right exit code."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from lapor.application.queries.backlog import BacklogFilter
from lapor.cli import main
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller

from .command_line import Lapor
from .people import People

pytestmark = pytest.mark.usefixtures("fed")


@pytest.fixture
def lapor(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lapor:
    """A command of the command line, run on the test's database."""
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def test_an_officer_added_with_a_token_is_known_at_the_next_request(lapor: Lapor, people: People) -> None:
    lapor("agency", "add", "BINAMARGA", "Dinas Bina Marga")
    added = lapor("officer", "add", "Budi", "--role", "liaison", "--agency", "binamarga", "--token", "--json")
    officer = json.loads(added.stdout)

    seen = people.call("GET", "/agencies", officer["token"]).get_json()

    assert [(each["code"], each["name"]) for each in seen["items"]] == [("BINAMARGA", "Dinas Bina Marga")]
    UUID(officer["id"])


def test_a_revoked_token_is_worthless_at_the_next_request(lapor: Lapor, people: People) -> None:
    officer = json.loads(lapor("officer", "add", "Ani", "--role", "auditor", "--json").stdout)["id"]
    token = json.loads(lapor("token", "issue", officer, "--json").stdout)
    assert people.call("GET", "/log", token["token"]).status_code == 200

    revoked = lapor("token", "revoke", token["id"])

    assert revoked.exit_code == 0
    assert people.call("GET", "/log", token["token"]).status_code == 401


def test_history_shows_the_events_and_how_a_complaint_stood(lapor: Lapor, people: People) -> None:
    complaint = people.routed()

    now = json.loads(lapor("history", complaint["code"], "--json").stdout)
    plain = lapor("history", complaint["id"])

    assert now["complaint"]["stage"] == "routed"
    assert [item["type"] for item in now["items"]][-1] == "lapor.complaint.routed"
    assert plain.stdout.endswith(f"{complaint['code']}: routed\n")
    assert lapor("history", complaint["code"], "--at", "2020-01-01T00:00:00Z").exit_code == 1


def test_backlog_lists_what_an_agency_owes(lapor: Lapor, people: People) -> None:
    complaint = people.routed()
    people.running.services.backlog.of(  # waits until the feeder has come so far
        "BINAMARGA", _operator(), _filter(), position=people.running.services.head()
    )

    listed = json.loads(lapor("backlog", "BINAMARGA", "--json").stdout)

    assert [item["id"] for item in listed["items"]] == [complaint["id"]]
    assert "routed" in lapor("backlog", "BINAMARGA").stdout


def _operator() -> Caller:
    return OPERATOR


def _filter() -> BacklogFilter:
    return BacklogFilter()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2026-03-12T10:00:00+07:00", "5"], "Thursday 2026-03-26T16:00+07:00"),
        (["2026-03-12", "5"], "Thursday 2026-03-26T16:00+07:00"),
        (["2026-03-17T10:00:00+07:00", "3"], "Friday 2026-03-27T16:30+07:00"),
        (["2026-11-24T17:30:00+07:00", "1"], "Thursday 2026-11-26T16:00+07:00"),
        (["2026-11-24T10:00:00+07:00", "60", "--unit", "calendar_day"], "Saturday 2027-01-23T23:59+07:00"),
        (["2026-11-24T10:00:00+07:00", "3", "--unit", "working_hour"], "Tuesday 2026-11-24T13:00+07:00"),
    ],
)
def test_due_says_when_and_which_holidays_were_passed_over(
    lapor: Lapor, arguments: list[str], said: str
) -> None:
    done = lapor("due", *arguments)

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(said)


def test_due_marks_a_day_that_is_not_confirmed_yet(lapor: Lapor) -> None:
    assert "(provisional)" in lapor("due", "2027-03-04T10:00:00+07:00", "3").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["due", "2027-12-20T10:00:00+07:00", "10"], 1, "confirm the next year's calendar"),
        (["due", "yesterday", "3"], 2, "is no instant"),
        (["due", "2026-03-12T10:00:00", "3"], 2, "has no offset"),
        (["due", "2026-03-12T10:00:00+07:00", "0"], 2, "DAYS"),
        (["due", "2026-03-12T10:00:00+07:00", "3", "--agency", "NOWHERE"], 1, "There is no agency 'NOWHERE'"),
        (["officer", "add", "Budi", "--role", "liaison"], 1, "for which agency"),
        (["officer", "add", "Budi", "--role", "king"], 2, "king"),
        (["agency", "add", "a b", "Nama"], 1, "letters, digits and hyphens"),
        (["history", "LP-0000-00000"], 1, "There is no such complaint"),
        (["backlog", "NOWHERE"], 1, "There is no such agency"),
        (["rebuild", "nothing"], 1, "There is no projection 'nothing'"),
        (["token", "revoke", "5d0b8c1e-2a3f-4b6c-8d9e-0f1a2b3c4d5e"], 1, "There is no such token"),
    ],
)
def test_a_wrong_command_is_refused_in_a_sentence(
    lapor: Lapor, arguments: list[str], code: int, says: str
) -> None:
    done = lapor(*arguments)

    assert done.exit_code == code, done.output
    assert says in done.stderr
    assert done.stdout == ""


def test_an_agency_code_is_taken_once_in_any_case(lapor: Lapor) -> None:
    assert lapor("agency", "add", "DINKES", "Dinas Kesehatan").exit_code == 0

    again = lapor("agency", "add", "dinkes", "Dinas Kesehatan")

    assert (again.exit_code, "already in use" in again.stderr) == (1, True)


def test_rebuild_and_projections_agree_that_nothing_lags(lapor: Lapor, people: People) -> None:
    people.routed()

    assert lapor("rebuild").exit_code == 0
    found = json.loads(lapor("projections", "--json").stdout)

    assert {each["lag"] for each in found} == {0}
    assert {each["failure"] for each in found} == {None}
