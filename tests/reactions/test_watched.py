"""Operators see whether reactions are in time; people are served even if they are not."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lapor.bootstrap import make_sealer
from lapor.cli.main import main
from lapor.store.database import Database
from projections.running.feeder import Feeder

from ..faults.slack import slack
from .conftest import StaffedService, settle


def health(town: StaffedService) -> dict[str, Any]:
    make_sealer(town.running.settings, town.running.database).step()  # no warnings about the ledger here
    return town.running.services.health()


def test_a_scheduler_that_never_ran_is_a_warning(town: StaffedService) -> None:
    town.routed()

    assert health(town)["reactions"] is None
    assert health(town)["warnings"] == [
        "Nobody is reminded, and nothing is escalated or closed by silence: start `lapor work`."
    ]


def test_reactions_in_time_lead_to_no_warning(town: StaffedService) -> None:
    town.routed()
    settle(town.scheduler())

    state = health(town)["reactions"]

    assert health(town)["warnings"] == []
    assert (state["late_seconds"], state["lag"], state["due"]) == (0, 0, 0)


def test_reminders_that_are_late_are_a_warning_but_people_are_served(town: StaffedService) -> None:
    stop, database = threading.Event(), Database(town.url, connections=2)
    feeder = threading.Thread(target=Feeder(database).run, args=(stop,))
    feeder.start()
    town.routed()
    settle(town.scheduler())
    town.goes_on("2026-11-26T12:00:00")
    scheduler = town.scheduler(batch=1)
    scheduler.step()  # the first one was due on Tuesday
    try:
        found = health(town)
        for _ in range(int(100 * slack())):
            if found["ready"]:
                break
            stop.wait(0.1)
            found = health(town)
    finally:
        stop.set()
        feeder.join()
        database.close()

    assert found["ready"]
    assert found["reactions"]["due"] > 0
    assert found["reactions"]["late_seconds"] > 24 * 3600
    (warning,) = found["warnings"]
    assert "late" in warning


def test_a_scheduler_without_a_heartbeat_is_a_warning(town: StaffedService) -> None:
    settle(town.scheduler())
    with town.running.database.connection() as connection:
        connection.execute("UPDATE reactor SET beat_at = now() - interval '11 seconds'")

    assert "start `lapor work`" in health(town)["warnings"][0]


def test_the_figures_are_there_for_prometheus(town: StaffedService) -> None:
    client = town.running.app.test_client()
    assert "lapor_reactions" not in client.get("/metrics").text
    settle(town.scheduler())

    text = client.get("/metrics").text

    for name in ("late_seconds", "due", "failed", "lag", "seconds_since_beat"):
        assert f"\nlapor_reactions_{name} " in text


def test_a_worker_reacts(town: StaffedService, monkeypatch: pytest.MonkeyPatch) -> None:
    from lapor import worker

    town.routed()
    monkeypatch.setattr("signal.signal", lambda *_: None)
    stop = threading.Event()
    settings = type(town.running.settings)(
        data=town.running.settings.data, database_url=town.url, clock="2026-11-27T10:00:00+07:00"
    )
    running = threading.Thread(target=worker.run, args=(settings, stop))
    running.start()
    for _ in range(int(200 * slack())):
        if town.command("SELECT count(*) > 3 FROM event WHERE topic = 'lapor.complaint.reminded'") == [
            (True,)
        ]:
            break
        stop.wait(0.1)
    stop.set()
    running.join()

    assert town.command("SELECT count(*) > 3 FROM event WHERE topic = 'lapor.complaint.reminded'") == [
        (True,)
    ]


def test_the_command_shows_the_state_of_reactions(
    town: StaffedService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAPOR_DATABASE_URL", town.url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))
    monkeypatch.setenv("LAPOR_CLOCK", "2026-11-24T09:00:00+07:00")
    assert "start `lapor work`" in CliRunner().invoke(main, ["reactions"]).stderr
    town.routed()
    settle(town.scheduler())

    shown = CliRunner().invoke(main, ["reactions"])
    found = json.loads(CliRunner().invoke(main, ["reactions", "--json"]).stdout)

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert dict(line.split("\t") for line in shown.stdout.splitlines())["late seconds"] == "0.0"
    assert (found["due"], found["failed"], found["lag"]) == (0, 0, 0)
    assert found["next_at"].startswith("2026-11-2")
