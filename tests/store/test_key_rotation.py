"""The master key is rotated while the service runs, and nothing is lost if the rotation is interrupted."""

import os
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from lapor.bootstrap import RunningServices
from lapor.operations.doctor import OK, WARN, examine
from lapor.store.vault import key_rotation
from lapor.store.vault.key_rotation import RotationError, rotate
from lapor.store.vault.master_keys import MasterKeys, key_files
from lapor.store.vault.seal import destroy

from ..people import People

TEXT = "Lampu padam di depan pasar."


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr("lapor.store.vault.master_keys.RELOAD_SECONDS", 0.0)


@pytest.fixture
def keys(running: RunningServices) -> MasterKeys:
    return running.application.master_key


@pytest.fixture
def first(running: RunningServices) -> Path:
    return running.settings.master_key_path


def versions(url: str) -> dict[int, int]:
    """Return how many keys each master key wraps."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT get_byte(wrapped_key, 0), count(*) FROM vault.subject GROUP BY 1"
        ).fetchall()
    return dict(rows)


def readable(people: People, complaint: dict[str, Any]) -> bool:
    seen = people.call("GET", f"/complaints/{complaint['id']}", people.token("coordinator"))
    return bool(seen.status_code == 200 and seen.get_json()["text"] == TEXT)


def test_all_keys_are_rewrapped_and_the_old_master_key_is_gone(
    people: People, url: str, keys: MasterKeys, first: Path
) -> None:
    filed = [people.file(text=TEXT) for _ in range(key_rotation.BATCH + 5)]
    before = first.read_bytes()

    assert rotate(url, keys) == 2

    assert list(key_files(first)) == [2]
    assert set(versions(url)) == {2}
    assert before != key_files(first)[2].read_bytes()
    assert key_files(first)[2].stat().st_mode & 0o777 == 0o600
    assert readable(people, filed[0])
    assert readable(people, filed[-1])
    assert rotate(url, keys) == 3
    assert readable(people, filed[0])


def test_other_processes_load_the_new_key_without_a_restart(
    running: RunningServices, people: People, url: str, first: Path
) -> None:
    """This process has other keys in memory than the rotating one, and files complaints in between."""
    old = people.file(text=TEXT)

    rotate(url, MasterKeys.from_files(first))

    assert readable(people, old)
    assert readable(people, people.file(text=TEXT))
    assert set(versions(url)) == {2}


def test_nothing_is_wrapped_by_a_key_that_was_closed(
    running: RunningServices, people: People, url: str, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that missed the rotation answers 503, busy, and stores nothing of the filing."""
    monkeypatch.setattr("lapor.store.vault.master_keys.RELOAD_SECONDS", 3600.0)
    people.file(text=TEXT)  # it has loaded the keys
    head = running.services.head()
    monkeypatch.setattr(key_rotation, "destroy", lambda _: None)

    rotate(url, MasterKeys.from_files(first))

    answer = people.call("POST", "/complaints", body={"text": TEXT, "consent": True})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "busy")
    assert running.services.head() == head
    monkeypatch.setattr("lapor.store.vault.master_keys.RELOAD_SECONDS", 0.0)
    assert readable(people, people.file(text=TEXT))


def test_people_file_and_read_during_a_rotation(
    running: RunningServices, people: People, url: str, keys: MasterKeys, first: Path
) -> None:
    first_ones = [people.file(text=TEXT) for _ in range(50)]
    over, strange, filed = threading.Event(), list[str](), list[dict[str, Any]]()
    client = people.client.application.test_client()

    def work() -> None:
        while not over.is_set():
            answer = client.post("/api/v1/complaints", json={"text": TEXT, "consent": True})
            if answer.status_code == 201:
                filed.append(answer.get_json())
            elif answer.get_json()["code"] != "busy":
                strange.append(answer.text)

    working = threading.Thread(target=work)
    working.start()
    for version in (2, 3, 4):
        assert rotate(url, MasterKeys.from_files(first)) == version
        time.sleep(0.05)
    over.set()
    working.join()

    assert strange == []
    assert len(filed) > 10
    assert set(versions(url)) == {4}
    assert all(readable(people, each) for each in [*first_ones[::10], *filed[::10]])


class Broken(Exception):
    """The process died here."""


STEPS = ("add", "_close", "_rewrap_all", "half", "_await_standbys", "destroy", "after destroy")


def _broken(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the rotation die before a step, or in its middle."""

    def die(*_: Any, **__: Any) -> Any:
        raise Broken

    if step == "add":
        real = MasterKeys.add
        monkeypatch.setattr(MasterKeys, "add", lambda *given: (real(*given), die())[1])
    elif step == "half":
        real_rewrap = key_rotation._rewrap
        calls = iter(range(10**6))
        monkeypatch.setattr(
            key_rotation,
            "_rewrap",
            lambda *given: real_rewrap(*given) if next(calls) < key_rotation.BATCH + 3 else die(),
        )
    elif step == "after destroy":
        real_destroy = destroy
        monkeypatch.setattr(key_rotation, "destroy", lambda path: (real_destroy(path), die())[1])
    else:
        monkeypatch.setattr(key_rotation, step, die)


@pytest.mark.parametrize("step", STEPS)
def test_after_an_interruption_at_any_step_the_service_runs_and_the_next_call_completes_the_rotation(
    people: People, url: str, first: Path, step: str
) -> None:
    filed = [people.file(text=TEXT) for _ in range(2 * key_rotation.BATCH)]
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(key_rotation, "SETTLE_SECONDS", 0.0)
        _broken(step, monkeypatch)
        with pytest.raises(Broken):
            rotate(url, MasterKeys.from_files(first))

    assert all(readable(people, each) for each in filed[:: len(filed) // 4])
    filed.append(people.file(text=TEXT))
    assert rotate(url, MasterKeys.from_files(first)) == (3 if step == "after destroy" else 2)
    assert len(key_files(first)) == 1
    assert set(versions(url)) == set(key_files(first))
    assert all(readable(people, each) for each in [*filed[:: len(filed) // 4], filed[-1]])


def test_an_erased_row_does_not_come_back(people: People, url: str, keys: MasterKeys) -> None:
    kept, gone = people.file(text=TEXT), people.file(text=TEXT)
    real = key_rotation._rewrap

    def erasing(stream: UUID, *given: Any) -> bytes:
        if str(stream) == gone["id"]:  # it has been read, and not been written yet
            assert people.act(gone, "erase", people.token("dpo"), basis="request").status_code == 200
        return real(stream, *given)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(key_rotation, "_rewrap", erasing)
        rotate(url, keys)

    assert people.running.application.log.vault_entries([UUID(gone["id"])]) == []
    assert readable(people, kept)


def test_two_rotations_at_once_are_refused(url: str, keys: MasterKeys) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(key_rotation._LOCK)
        with pytest.raises(RotationError, match="being rotated already"):
            rotate(url, keys)


def test_a_key_that_no_master_key_unwraps_is_named_and_nothing_is_destroyed(
    people: People, url: str, keys: MasterKeys, first: Path
) -> None:
    complaint = people.file(text=TEXT)
    lost = uuid4()
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO vault.subject (stream, at, wrapped_key) VALUES (%s, now(), %s)",
            [lost, b"\x07" + os.urandom(60)],
        )
    with pytest.raises(RotationError, match=f"{lost} was wrapped by master key 7"):
        rotate(url, keys)
    assert list(key_files(first)) == [1, 2]
    assert readable(people, complaint)


def test_the_file_is_overwritten_before_it_is_removed(tmp_path: Path) -> None:
    path, kept = tmp_path / "master", tmp_path / "other name"
    path.write_bytes(b"k" * 32)
    os.link(path, kept)
    destroy(path)
    assert not path.exists()
    assert len(kept.read_bytes()) == 32
    assert kept.read_bytes() != b"k" * 32
    destroy(path)  # once more does no harm


def test_a_backup_of_before_a_rotation_takes_new_complaints(
    people: People, running: RunningServices, url: str, first: Path, tmp_path: Path
) -> None:
    """The restored database does not know the present master key."""
    old = people.file(text=TEXT)
    with psycopg.connect(url) as connection:
        backup = connection.execute("SELECT version FROM vault.master_key").fetchall()
        wrapped = connection.execute("SELECT wrapped_key FROM vault.subject WHERE stream = %s", [old["id"]])
        (as_it_was,) = wrapped.fetchone() or (b"",)
    rotate(url, MasterKeys.from_files(first))
    with psycopg.connect(url) as connection:  # as if that had been restored
        connection.execute("DELETE FROM vault.master_key WHERE version > 1")
        connection.execute("UPDATE vault.master_key SET closed_at = NULL, destroyed_at = NULL")
        connection.execute(
            "UPDATE vault.subject SET wrapped_key = %s WHERE stream = %s", [as_it_was, old["id"]]
        )
    assert backup == [(1,)]
    assert readable(people, people.file(text=TEXT))
    with pytest.raises(ValueError, match="another master key"):
        running.application.master_key.unwrap(old["id"], as_it_was)


@pytest.mark.parametrize(("days", "verdict"), [(29, OK), (31, WARN)])
def test_doctor_says_how_old_the_master_key_is(
    people: People, url: str, running: RunningServices, days: int, verdict: str
) -> None:
    assert (
        people.act(people.file(text=TEXT), "erase", people.token("dpo"), basis="request").status_code == 200
    )
    with psycopg.connect(url) as connection:
        changed = connection.execute(
            "UPDATE vault.master_key SET erased_since = erased_since - make_interval(days => %s)", [days]
        )
    assert changed.rowcount == 1

    found = [each for each in examine(running.settings, url) if "version 1" in each.finding]

    assert [each.verdict for each in found] == [verdict]
    if verdict == WARN:
        assert "lapor keys rotate" in found[0].finding
        rotate(url, running.application.master_key)
        again = [each for each in examine(running.settings, url) if each.what == "master key"]
        assert {each.verdict for each in again} == {OK}


def test_the_command_rotates(
    people: People, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from lapor.cli import main

    complaint = people.file(text=TEXT)
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(people.running.settings.data))
    done = CliRunner().invoke(main, ["keys", "rotate"])
    assert (done.exit_code, "Master key 2 wraps all keys" in done.stdout) == (0, True)
    assert readable(people, complaint)
