"""Data protection from the command line: the access report, the breach report, a copy."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lapor.cli import main

from ..command_line import Lapor
from ..people import People

pytestmark = pytest.mark.usefixtures("fed")
SITI = {"name": "Siti Rahayu", "phone": "0812-3456-7890"}
WHEN = ("--from", "2020-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z")


@pytest.fixture
def lapor(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lapor:
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.fixture
def seen(people: People) -> dict[str, Any]:
    """A complaint whose reporter an officer has looked at, known to the projections."""
    complaint = people.routed("BINAMARGA", reporter=SITI)
    why = {"reason_code": "contact", "reason": "Menanyakan titik lokasi."}
    path = f"/complaints/{complaint['id']}/identity"
    answer = people.call("POST", path, people.token("liaison", "BINAMARGA"), why)
    position = answer.headers["Lapor-Position"]
    people.call("GET", "/access-report", people.token("dpo"), Lapor_Position=position)  # waits for it
    return dict(complaint)


def test_the_access_report_lists_who_saw_whose_data(lapor: Lapor, seen: dict[str, Any]) -> None:
    table = lapor("access-report", "--complaint", seen["code"]).stdout
    assert table.startswith(f"{seen['code']}\t")
    assert "identity_viewed" in table
    assert table.rstrip().endswith("name phone")

    (item,) = json.loads(lapor("access-report", "--json").stdout)["items"]
    assert (item["role"], item["reason"]) == ("liaison", "Menanyakan titik lokasi.")
    none = json.loads(lapor("access-report", "--to", "2021-01-01T00:00:00Z", "--json").stdout)
    assert none["items"] == []
    assert lapor("access-report", "--complaint", "LP-NONE").exit_code == 1


def test_the_breach_report_is_json_or_a_page(lapor: Lapor, seen: dict[str, Any], tmp_path: Path) -> None:
    body = json.loads(lapor("breach-report", *WHEN).stdout)
    (concerned,) = body["complaints"]
    assert (concerned["code"], concerned["data"]) == (seen["code"], ["name", "phone"])
    (account,) = body["accounts"]

    page = tmp_path / "breach.html"
    said = lapor("breach-report", *WHEN, "--officer", account["officer"], "--html", str(page))
    assert (said.exit_code, said.stdout) == (0, "")
    assert seen["code"] in page.read_text()
    assert SITI["phone"] not in page.read_text()
    nobody = lapor("breach-report", *WHEN, "--token", "00000000-0000-4000-8000-000000000009")
    assert (nobody.exit_code, "no token" in nobody.stderr) == (1, True)


def test_a_copy_for_the_person_is_written_and_is_an_event(
    lapor: Lapor, seen: dict[str, Any], tmp_path: Path, people: People
) -> None:
    for name in ("copy.json", "copy.html"):
        file = tmp_path / name
        assert lapor("export-person", seen["code"], str(file)).exit_code == 0
        assert SITI["phone"] in file.read_text()
        assert file.stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "copy.json").read_text())["complaint"]["code"] == seen["code"]
    mine = people.call("GET", f"/complaints/{seen['id']}/access", Lapor_Receipt=seen["receipt"])
    assert [item["what"] for item in mine.get_json()["items"]] == [
        "identity_viewed",
        "personal_data_exported",
        "personal_data_exported",
    ]
    assert lapor("export-person", "LP-NONE", str(tmp_path / "none")).exit_code == 1
