"""A database that takes no writes or has no room: writers are told, readers read on, nothing is lost."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from lapor.store.database import Database
from lapor.store.postgres_event_log import PostgresEventLog

from .clients import carry_out
from .folders import a_folder, started
from .history import History
from .service import API, BODIES, ApiClient, Service, await_ready
from .slack import slack

pytestmark = pytest.mark.faults
SOON = 5.0  # seconds until a writer is told
BACK = 10.0  # seconds until it goes on by itself


@pytest.fixture
def on_a_small_disk() -> Iterator[Service]:
    with a_folder() as folder:
        size = ["mount", "-t", "tmpfs", "-o", "size=360m,mode=0711", "lapor", str(folder)]
        if subprocess.run(size, capture_output=True, check=False).returncode != 0:
            pytest.skip("a disk of its own can be had by root alone")
        try:
            with started(folder) as it:
                yield it
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)


class ObservedService:
    """Clients of a service, and what was acknowledged to them."""

    def __init__(self, service: Service) -> None:
        service.cli("agency", "add", "BINAMARGA", "Bina Marga")
        self.token = service.cli("officer", "add", "Ani", "--role", "coordinator", "--token")["token"]
        self.api = ApiClient(service.port, self.token, "")
        self.database = Database(service.url, connections=1)
        self.history = History(set_up=PostgresEventLog(self.database).head())

    def file(self) -> Any:
        return carry_out(self.api.send, self.history, "file", patience=BACK)

    def try_to_file(self) -> tuple[int, Any, float]:
        """Return the answer to a writer, and after how many seconds it came."""
        began = time.monotonic()
        headers = {"Content-Type": "application/json"}
        status, body, _ = self.api.call("POST", API, json.dumps(BODIES["file"]), headers)
        return status, body, time.monotonic() - began

    def read(self, path: str) -> tuple[int, Any]:
        status, body, _ = self.api.call("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        return status, body

    def close(self) -> None:
        self.api.close_all()
        self.database.close()


def test_while_the_database_is_read_only_writers_are_told_and_readers_read_on(service: Service) -> None:
    town = ObservedService(service)
    filed = town.file()
    with psycopg.connect(service.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.3)

        status, body, seconds = town.try_to_file()
        assert (status, seconds < SOON * slack()) == (503, True)
        assert body["code"]
        assert town.read(f"{API}/{filed.stream}")[0] == 200
        assert town.read(API)[0] == 200
        health, said = town.read("/health/ready")
        assert (health, said["database"]) == (503, "takes no writes")

        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        connection.execute("SELECT pg_reload_conf()")
    back = time.monotonic()
    await_ready(town.api, BACK * slack())
    assert town.file() is not None
    assert time.monotonic() - back < BACK * slack()
    assert PostgresEventLog(town.database).head() == town.history.set_up + 2, "what was refused is not there"
    town.close()


def test_on_a_full_disk_writers_are_told_and_with_room_again_it_goes_on_by_itself(
    on_a_small_disk: Service,
) -> None:
    service, town = on_a_small_disk, ObservedService(on_a_small_disk)
    acknowledged = [town.file() for _ in range(20)]
    ballast = service.data / "ballast"
    free = shutil.disk_usage(service.data).free
    ballast.write_bytes(b"\0" * (free - 2**19))

    until = time.monotonic() + 30 * slack()
    told = 0
    while not told and time.monotonic() < until:
        try:
            status, _, seconds = town.try_to_file()
        except OSError:
            continue
        if status == 201:
            acknowledged.append(status)
        else:
            told = status
            assert seconds < SOON * slack()
    assert told in {503, 507}
    assert town.read(API)[0] == 200, "readers read on"

    ballast.unlink()
    back = time.monotonic()
    await_ready(town.api, 2 * BACK * slack())
    assert town.file() is not None
    print(f"back {time.monotonic() - back:.1f} s after there was room")  # noqa: T201
    head = PostgresEventLog(town.database).head()
    assert head >= town.history.set_up + len(acknowledged) + 1
    town.close()
