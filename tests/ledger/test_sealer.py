"""After any kill, loss or repetition all events are sealed, once, and every checkpoint fits."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from lapor.domain.errors import Refusal
from lapor.ledger import tiles
from lapor.ledger.tiles import LedgerError
from lapor.ledger.trust import KeptCheckpoints
from lapor.ledger.verifier import verify
from lapor.operations.health import Health
from lapor.store.database import Database

from ..dying import Dying, Lost
from ..faults.slack import slack
from .conftest import SealedLog


def check_whole(town: SealedLog) -> None:
    """Check that all is sealed, the ledger fits the log, and the file has the database's checkpoints."""
    with psycopg.connect(town.url) as connection:
        stored = [each.note for each in tiles.checkpoints(connection, after=(-1, 0), limit=10_000)]
    report = verify(town.url, kept=[KeptCheckpoints("file", town.file.notes(), named=False)])
    assert report.findings == []
    assert report.events == report.sealed == town.size
    assert [each.note() for each in town.file.notes()] == stored


def run_sql(town: SealedLog, query: str) -> None:
    with psycopg.connect(town.url, autocommit=True) as connection:
        connection.execute(query.encode())


@pytest.mark.parametrize("batch", [1, 7, 256, 300, 5000])
def test_all_is_sealed_with_any_size_of_batch(town: SealedLog, batch: int) -> None:
    town.add(700 if batch > 1 else 30)
    sealer = town.sealer(batch=batch)
    assert sealer.checkpoint().size == town.size
    town.add(5)
    assert sealer.step() == min(5, batch)
    sealer.checkpoint()

    assert sealer.step() == 0
    check_whole(town)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_crash_between_any_two_statements_leaves_the_ledger_whole(town: SealedLog, before: bool) -> None:
    database, crashes = Dying(town.url, connections=2), 0
    database.before = before
    for place in range(1, 60):
        town.add(3)
        database.countdown = place
        try:
            town.sealer(database=database, batch=2).step()
        except Lost:
            crashes += 1
    database.countdown = -1
    town.sealer().checkpoint()
    database.close()

    assert crashes > 10, "more than all statements of a seal"
    check_whole(town)


def test_a_crash_while_a_key_is_replaced_leaves_one_key_in_force(town: SealedLog) -> None:
    database, crashes = Dying(town.url, connections=2), 0
    town.add(3)
    town.sealer().checkpoint()
    for before in (True, False):
        database.before = before
        for place in range(1, 40):
            town.add(1)
            database.countdown = place
            try:
                town.sealer(database=database).rotate()
            except Lost:
                crashes += 1
            database.countdown = -1
            town.sealer().checkpoint()
    database.close()

    assert crashes > 20, "more than all statements of a rotation"
    check_whole(town)


def test_two_sealers_at_once_seal_each_event_once(town: SealedLog) -> None:
    failed, done = list[BaseException](), threading.Event()

    def work() -> None:
        database = Database(town.url, connections=2)
        sealer = town.sealer(database=database, batch=9)
        while not done.is_set():
            try:
                sealer.step()
            except BaseException as error:  # noqa: BLE001 - the test reports it
                failed.append(error)
        database.close()

    sealers = [threading.Thread(target=work) for _ in range(2)]
    for each in sealers:
        each.start()
    for _ in range(40):
        town.add(11)
    done.set()
    for each in sealers:
        each.join()
    town.sealer().checkpoint()

    assert failed == []
    check_whole(town)


def test_after_an_outage_the_sealer_catches_up_by_itself(town: SealedLog) -> None:
    database, stop = Database(town.url, connections=2), threading.Event()
    town.add(10)
    thread = threading.Thread(target=town.sealer(database=database, batch=100).run, args=(stop,))
    thread.start()
    wait_until(lambda: sealed(town) == town.size)
    run_sql(
        town,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    town.add(1000)
    wait_until(lambda: sealed(town) == town.size)
    stop.set()
    thread.join()
    database.close()

    check_whole(town)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30 * slack()
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sealed(town: SealedLog) -> int:
    with psycopg.connect(town.url) as connection:
        newest = tiles.newest(connection)
    return newest.size if newest else 0


@pytest.mark.slow
def test_a_worker_that_is_killed_again_and_again_seals_everything(town: SealedLog) -> None:
    env = {**os.environ, "LAPOR_DATABASE_URL": town.url, "LAPOR_DATA": str(town.folder)}
    env["LAPOR_CLOCK"] = "2026-03-02T10:00:00+07:00"  # nothing is due yet: the worker adds no events
    chance = random.Random(3)
    for _ in range(4):
        worker = subprocess.Popen(
            [sys.executable, "-m", "lapor", "work"],
            env=env,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        before = sealed(town)
        town.add(200)
        wait_until(lambda: sealed(town) > before)  # noqa: B023 - called within the round
        time.sleep(chance.random() / 50)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        town.add(50)
    town.sealer().checkpoint()

    check_whole(town)


def test_a_log_that_grows_during_a_verification_is_verified_as_it_was(town: SealedLog) -> None:
    town.add(300)
    town.sealer().checkpoint()

    def meanwhile(_done: int, _of: int) -> None:
        town.add(5)
        town.sealer().checkpoint()

    kept = [KeptCheckpoints("file", town.file.notes(), named=False)]
    report = verify(town.url, kept=kept, progress=meanwhile)

    assert (report.findings, report.events, report.sealed) == ([], 300, 300)
    assert town.size > 300
    check_whole(town)


def test_a_file_that_is_no_key_is_refused(town: SealedLog) -> None:
    town.add(1)
    (town.folder / "keys").mkdir()
    (town.folder / "keys" / "signing").write_text("x")
    with pytest.raises(LedgerError, match="should hold 32 bytes"):
        town.sealer().step()


def test_a_half_written_note_in_the_file_is_written_again(town: SealedLog) -> None:
    town.add(5)
    town.sealer().checkpoint()
    one = town.file.path.stat().st_size
    town.add(5)
    town.sealer().checkpoint()
    two = town.file.path.read_bytes()
    for length in range(one, len(two)):
        town.file.path.write_bytes(two[:length])
        kept = [each.size for each in town.file.notes()]
        assert kept == [5]
        town.sealer().step()
        assert town.file.path.read_bytes() == two
    town.file.path.unlink()
    town.sealer().step()
    assert town.file.path.read_bytes() == two


def refuses(town: SealedLog, match: str) -> None:
    """Check that the sealer signs nothing, and that health says why."""
    before, database, stop = town.file.path.read_text(), Database(town.url, connections=3), threading.Event()
    with pytest.raises(LedgerError, match=match):
        town.sealer().step()
    thread = threading.Thread(target=town.sealer(database=database).run, args=(stop,))
    thread.start()
    health = Health(database)
    wait_until(lambda: any("not been sealed for" in each for each in health()["warnings"]))
    stop.set()
    thread.join()
    database.close()
    assert town.file.path.read_text() == before


def test_nothing_is_signed_over_a_database_restored_to_an_older_state(town: SealedLog) -> None:
    for _ in range(3):
        town.add(10)
        town.sealer().checkpoint()
    run_sql(
        town,
        "DELETE FROM event WHERE position > 20; DELETE FROM ledger_checkpoint WHERE size > 20;"
        "DELETE FROM ledger_tile WHERE first >= 20",
    )
    town.add(50)

    refuses(town, "does not have the checkpoint of size 30")
    report = verify(town.url, kept=[KeptCheckpoints("file", town.file.notes(), named=False)])
    assert report.first_bad == (21, 30)


def test_nothing_is_signed_over_hashes_that_were_changed(town: SealedLog) -> None:
    town.add(10)
    town.sealer().checkpoint()
    run_sql(town, "UPDATE ledger_tile SET hashes = sha256('x') || substr(hashes, 33)")
    town.add(1)

    refuses(town, "stored hashes are not those of the checkpoint of size 10")


def test_nothing_is_signed_over_a_checkpoint_that_another_key_signed(town: SealedLog) -> None:
    town.add(10)
    town.sealer().checkpoint()
    town.file.path.write_text("")
    run_sql(town, "UPDATE ledger_checkpoint SET note = replace(note, E'\\n10\\n', E'\\n11\\n'), size = 11")
    town.add(5)
    with pytest.raises(LedgerError, match="was not signed by this log's key"):
        town.sealer().step()


def test_nothing_is_sealed_beyond_a_hole_in_the_log(town: SealedLog) -> None:
    town.add(10)
    town.sealer().checkpoint()
    town.add(10)
    run_sql(town, "DELETE FROM event WHERE position = 15")

    refuses(town, "no event at position 15")


def test_a_machine_without_the_key_signs_nothing_and_makes_none(town: SealedLog, tmp_path: Path) -> None:
    town.add(3)
    town.sealer().checkpoint()
    town.add(3)
    other = tmp_path / "elsewhere" / "signing"
    for _ in range(2):
        with pytest.raises(LedgerError, match="is not the one that signs this log"):
            town.sealer(key=other).step()
        assert not other.exists()


def test_a_new_key_is_vouched_for_by_the_old_one_unless_that_is_lost(town: SealedLog) -> None:
    town.add(3)
    first = town.sealer(origin="pengaduan.example.go.id/lapor").checkpoint()
    assert first.origin == "pengaduan.example.go.id/lapor"
    town.sealer().rotate()
    town.add(3)
    second = town.sealer().checkpoint()
    old, new = (each.key for each in town.sealer().signing_keys())
    both = [each for each in town.file.notes() if each.size == 3][-1]

    assert (first.is_signed_by(old), first.is_signed_by(new)) == (True, False)
    assert (both.is_signed_by(old), both.is_signed_by(new)) == (True, True)
    assert (second.is_signed_by(old), second.is_signed_by(new)) == (False, True)
    check_whole(town)

    (town.folder / "keys" / "signing").unlink()
    with pytest.raises(LedgerError, match="rotate-signing"):
        town.sealer().rotate()
    third = town.sealer().rotate(lost=True).key
    alone = verify(town.url)
    told = verify(town.url, keys=[old, third])
    assert [each.what for each in alone.findings] == ["key", "checkpoint"]
    assert "name it with --key" in alone.findings[0].says
    assert told.findings == []


def test_the_service_may_only_add_to_the_ledger(town: SealedLog) -> None:
    town.add(3)
    town.sealer().checkpoint()
    with psycopg.connect(town.url, autocommit=True) as connection:
        connection.execute("SET ROLE lapor_app")
        for table in ("ledger_tile", "ledger_key", "ledger_checkpoint"):
            for harm in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"UPDATE {table} SET {column(table)}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(harm.encode())


def column(table: str) -> str:
    return {"ledger_tile": "first = 1", "ledger_key": "name = 'x'", "ledger_checkpoint": "note = 'x'"}[table]


def test_an_unreachable_database_is_refused_and_does_not_end_the_sealer(town: SealedLog) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none", connections=1)
    with pytest.raises(Refusal):
        town.sealer(database=database).step()
