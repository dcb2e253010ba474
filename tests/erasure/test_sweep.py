"""After an erasure and a rotation no erased text is left anywhere: not on the disk, not in a copy.

Without the erasure or the rotation the same sweep finds the texts: otherwise it would prove nothing.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from lapor.bootstrap import build
from lapor.settings import Settings
from lapor.store.embedded_postgres.binaries import find_binaries
from lapor.store.vault.master_keys import MasterKeys

from ..clock import CLOCK
from ..faults.folders import a_folder, started
from ..faults.service import API, ApiClient, Service, await_ready
from ..people import People
from .life import CANARY, ServiceUsers, every_field
from .sweep import in_clear, keys_in, opened

pytestmark = pytest.mark.slow
GONE = "[dihapus]"
ROLES = ("coordinator", "arbiter", "dpo", "auditor", "administrator")


@dataclass
class Sweep:
    """A service with many sealed texts, and an earlier copy of its database."""

    folder: Path
    service: Service
    town: ServiceUsers
    filed: list[dict[str, Any]] = field(default_factory=list)
    officer: str = ""

    @property
    def streams(self) -> list[UUID]:
        return [UUID(each["id"]) for each in self.filed] + [UUID(self.officer)]

    @property
    def backup(self) -> Path:
        return self.folder / "yesterday"

    @property
    def keys(self) -> MasterKeys:
        return MasterKeys(self.service.data / "keys" / "master")

    def restart(self) -> None:
        tokens = self.town._tokens
        self.town.leave()
        self.service.start()
        self.town = ServiceUsers(_api(self.service), tokens)

    def speak(self) -> None:
        self.filed = self.town.live()
        said = {"name": f"{CANARY} officer-name", "contact": f"{CANARY} officer-contact", "role": "auditor"}
        status, made = self.town.call("POST", "/api/v1/officers", "administrator", said)
        assert status == 201, made
        self.officer = made["id"]
        status, found = self.town.call("GET", f"{API}?q={CANARY}", "coordinator")
        assert status == 200, found
        status, _ = self.town.call(
            "POST", f"{API}/{self.filed[0]['id']}/note", "coordinator", {CANARY: CANARY}
        )
        assert status == 422

    def erase(self) -> None:
        for each in self.filed:
            path = f"{API}/{each['id']}"
            status, answer = self.town.call("POST", f"{path}/erase", "dpo", {"basis": "request"})
            assert (status, CANARY in str(answer)) == (200, False), answer
            until = time.monotonic() + 1
            reads = 0
            while time.monotonic() < until and (reads < 12 or each is self.filed[0]):
                for rest in ("", "/history", "/ombudsman"):
                    _, seen = self.town.call("GET", path + rest, "coordinator")
                    assert CANARY not in str(seen)
                    reads += 1
        for verb, by in (("dismiss", "administrator"), ("erase", "dpo")):
            body = {"basis": "retention"} if verb == "erase" else {}
            status, answer = self.town.call("POST", f"/api/v1/officers/{self.officer}/{verb}", by, body)
            assert status == 200, answer
        assert answer["name"] == GONE

    def rotate(self) -> None:
        """Rotate while the service reads complaints and takes in new ones all the time."""
        before = self.town.file()
        done = self.service.command("keys", "rotate")
        assert done.returncode == 0, done.stderr
        after = self.town.file()
        for each in (before, after) * 4:
            status, seen = self.town.call("GET", f"{API}/{each['id']}", receipt=each["receipt"])
            assert (status, seen["text"]) == (200, f"{CANARY} file-text")

    def settle_down(self) -> Path:
        """Write everything to the disk, dump the database, stop, and return the dump."""
        dump = self.folder / "dump.sql"
        with psycopg.connect(self.service.url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        with dump.open("wb") as output:
            subprocess.run([find_binaries() / "pg_dump", self.service.url], stdout=output, check=True)
        assert self.service.stop() == 0
        return dump


def _api(service: Service) -> ApiClient:
    api = ApiClient(service.port, "", "")
    await_ready(api)
    return api


@pytest.fixture
def sweep() -> Iterator[Sweep]:
    with a_folder("sweep") as folder, started(folder) as service:
        it = Sweep(folder, service, ServiceUsers(_api(service), _tokens(service)))
        yield it
        it.town.leave()


def _tokens(service: Service) -> dict[str, str]:
    """Return the tokens of an officer in each role, agency roles in BINAMARGA; there is another agency."""
    running = build(Settings(data=service.data, clock=CLOCK), service.url)
    people = People(running, running.app.test_client())
    people.agency("DUKCAPIL")
    tokens = {role: people.token(role) for role in ROLES}
    tokens |= {role: people.token(role, "BINAMARGA") for role in ("liaison", "head")}
    running.database.close()
    return tokens


def test_no_erased_text_is_left_anywhere_and_the_sweep_would_find_one(sweep: Sweep) -> None:
    sweep.speak()
    assert every_field() - sweep.town.said == set(), "say these too"
    assert sweep.service.stop() == 0
    shutil.copytree(sweep.service.data / "postgres", sweep.backup)
    sweep.restart()
    places = (
        sweep.folder,
    )  # the data folder with its logs, the processes' output, the dump, yesterday's copy

    # Nothing was erased yet: every key is there.
    assert set(keys_in(sweep.keys, sweep.streams, sweep.backup)) == set(sweep.streams)
    sweep.erase()
    # Erased, but not rotated: yesterday's copy still opens every text; so do dead rows.
    kept = keys_in(sweep.keys, sweep.streams, sweep.backup)
    assert set(kept) == set(sweep.streams)
    found = {word.partition(" ")[2] for word in opened(kept, sweep.backup)}
    assert found >= {"file-text", "file-reporter-national_id", "officer-name", "officer-contact"}
    assert len(found) > 60
    assert keys_in(sweep.keys, sweep.streams, sweep.service.data / "postgres")

    sweep.rotate()
    dump = sweep.settle_down()

    assert dump.stat().st_size > 10_000
    assert in_clear(*places) == []
    assert keys_in(sweep.keys, sweep.streams, *places) == {}


def test_without_the_erasure_the_rotation_alone_hides_nothing(sweep: Sweep) -> None:
    sweep.speak()
    sweep.rotate()
    dump = sweep.settle_down()

    kept = keys_in(sweep.keys, sweep.streams, sweep.service.data / "postgres")

    assert set(kept) == set(sweep.streams)
    assert len(opened(kept, dump)) > 60
    assert in_clear(sweep.folder) == []  # without a key there is nothing to read, erased or not


def test_the_sweep_finds_a_text_in_clear() -> None:
    with a_folder("sweep") as folder, started(folder) as service:
        with psycopg.connect(service.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE forgotten AS SELECT %s::text AS said", [f"{CANARY} somewhere"])
            connection.execute("CHECKPOINT")
        found = in_clear(folder)
        assert any("/base/" in path for path in found)
        assert any("/pg_wal/" in path for path in found)
