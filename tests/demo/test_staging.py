"""The demo is played once, its accounts are kept for their owner, and shown in demo mode only."""

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from lapor.bootstrap import RunningServices
from lapor.demo.player import Play
from lapor.demo.run import DemoSettings, reason_not_to_run, run_demo
from lapor.domain.errors import BeyondCalendarError
from lapor.domain.vocabulary import OFFICES
from lapor.domain.work_calendar import YearAdded

from ..faults.slack import slack
from ..ports import free_port
from .conftest import UNTIL, MakeService, PlayedDemo, all_rows

pytestmark = pytest.mark.xdist_group("demo")
LAPOR = [sys.executable, "-m", "lapor"]


def page(running: RunningServices, demo: Path | None) -> str:
    services = replace(running.services, demo=demo)
    return replace(running, services=services).app.test_client().get("/").text


def test_the_home_page_shows_a_token_for_each_role_in_demo_mode_only(town: PlayedDemo) -> None:
    shown, usual = page(town.running, town.file), page(town.running, None)

    assert set(town.tokens) == set(OFFICES)
    for token in town.tokens.values():
        assert token in shown
        assert token not in usual
    assert "Demo accounts" in shown
    assert "lapor_" not in usual


def test_the_requests_on_the_home_page_work(town: PlayedDemo) -> None:
    client, samples = town.running.app.test_client(), town.accounts.told["samples"]
    coordinator, liaison = ({"Authorization": f"Bearer {town.tokens[r]}"} for r in ("coordinator", "liaison"))

    history = client.get(f"/api/v1/complaints/{samples['history']}/history", headers=coordinator)
    followed = client.post(
        f"/api/v1/complaints/{samples['follow_up']}/follow-up",
        json={"text": "Petugas sudah ke lokasi.", "public": True},
        headers={**liaison, "If-Match": "*"},
    )

    assert history.status_code == followed.status_code == 200
    assert len(history.get_json()["items"]) > 8


def test_only_its_owner_can_read_the_file_of_accounts(town: PlayedDemo) -> None:
    assert stat.S_IMODE(town.file.stat().st_mode) == 0o600


def test_a_log_with_complaints_is_left_alone(town: PlayedDemo, new_running: MakeService) -> None:
    again = reason_not_to_run(town.running)

    assert again is not None
    assert again.accounts is not None
    assert again.accounts.told == town.accounts.told
    assert reason_not_to_run(new_running()) is None


def test_accounts_of_another_database_are_not_taken_for_this_ones(
    town: PlayedDemo, new_running: MakeService
) -> None:
    running = new_running()
    run_demo(running, DemoSettings(1, 1, UNTIL), lambda *_: None)
    (running.settings.data / "demo.json").write_text(town.file.read_text())

    found = reason_not_to_run(running)

    assert found is not None
    assert found.accounts is None


def test_a_play_that_broke_off_says_how_to_start_afresh(
    new_running: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = new_running()

    def break_off(filed: int, _of: int) -> None:
        if filed == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_demo(running, DemoSettings(40, 1, UNTIL), break_off)

    found = reason_not_to_run(running)
    assert found is not None
    assert f"rm -r {running.settings.data}" in found.says
    assert found.accounts is not None
    assert not found.accounts.complete
    assert "It is not complete" in page(running, found.accounts.path)
    assert running.application.clock() > UNTIL  # the real clock again


def test_a_play_beyond_the_calendar_is_refused_before_anything_is_stored(new_running: MakeService) -> None:
    running = new_running()

    for until in (UNTIL.replace(year=2027), UNTIL.replace(year=2019)):
        with pytest.raises(BeyondCalendarError):
            Play(running, 10, 1, until).begin()
    assert running.services.head() == 0


def test_a_play_up_to_now_adds_the_years_that_the_calendar_lacks(new_running: MakeService) -> None:
    running = new_running()
    running.application.clock = lambda: datetime.fromisoformat("2029-02-28T10:00:00+07:00")

    says = run_demo(running, DemoSettings(30, 1), lambda *_: None).says

    assert "up to 2029-02-28. The calendar ended too soon: 2028, 2029 added, " in says
    assert running.application.reference_data.rules.calendar.provisional_years == (2027, 2028, 2029)
    events = [row.event() for row in all_rows(running)]
    assert [event.year for event in events if isinstance(event, YearAdded)] == [2028, 2029]
    assert (moments := [event.at for event in events]) == sorted(moments)


def test_a_play_within_the_calendar_leaves_it_as_it_is(new_running: MakeService) -> None:
    running = new_running()
    shipped = running.application.reference_data.rules.calendar
    running.application.clock = lambda: UNTIL

    says = run_demo(running, DemoSettings(1, 1), lambda *_: None).says

    assert says == "Simulated 1 complaints up to 2026-11-24."
    assert running.application.reference_data.rules.calendar is shipped


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lapor-demo-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.mark.slow
def test_up_plays_the_demo_once_and_shows_its_accounts_with_the_flag_only(folder: Path) -> None:
    command = [*LAPOR, "demo", "--complaints", "5", "--until", UNTIL.isoformat(), "--data", f"{folder}/data"]
    said = json.loads(subprocess.run([*command, "--json"], capture_output=True, check=True).stdout)

    with_flag, without = home_of(folder, free_port(), "--demo"), home_of(folder, free_port())

    assert len(said["accounts"]) == len(OFFICES)
    assert all(each["token"] in with_flag for each in said["accounts"])
    assert not any(each["token"] in without for each in said["accounts"])
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line.split()[-1] for line in again.stdout.splitlines()] == [
        each["token"] for each in said["accounts"]
    ]
    assert "already" in again.stderr


@pytest.mark.slow
def test_up_with_demo_plays_it_all_from_nothing(folder: Path) -> None:
    assert "Demo accounts" in home_of(folder, free_port(), "--demo")
    assert json.loads((folder / "data" / "demo.json").read_text())["complete"]


def home_of(folder: Path, port: int, *flags: str) -> str:
    """Return the home page while `lapor up` runs. (It takes ten seconds, and longer next to other tests.)"""
    env = {**os.environ, "LAPOR_DATA": str(folder / "data"), "LAPOR_DEMO": "leftover"}
    process = subprocess.Popen([*LAPOR, "up", *flags, "--port", str(port)], env=env, cwd=folder)
    try:
        deadline = time.monotonic() + 90 * slack()
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as answer:
                    return str(answer.read().decode())
            except OSError:
                time.sleep(0.1)
        raise AssertionError("lapor up did not answer in time")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20 * slack()) == 0
