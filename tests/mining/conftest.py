"""Logs that a process miner reads: a demo, and the city's real data, each exported once."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from lapor.application.application import CommandRequest
from lapor.audit.exports import FORMS
from lapor.audit.exports.service import Exports, ExportSelection
from lapor.bootstrap import RunningServices, build
from lapor.cli.shared.common import OPERATOR
from lapor.demo.run import DemoSettings, run_demo
from lapor.domain.deadlines.policy import NO_LIMITS
from lapor.domain.export import ExportFormat
from lapor.importing.batches import Import
from lapor.importing.myla311 import myla311
from lapor.importing.reader import read
from lapor.settings import Settings
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.event_log import RecordedEvent

from ..demo.conftest import UNTIL
from ..importing.test_real import FILE

SUFFIX = {ExportFormat.OCEL: "json"}


@pytest.fixture(scope="session")
def pm4py() -> Any:
    """The process miner, which says who it is at every import."""
    return pytest.importorskip("pm4py", reason="pm4py, which reads our exports, is installed by make mining")


@dataclass(frozen=True)
class Mined:
    """A log, and the files that were taken of it."""

    rows: list[RecordedEvent]
    folder: Path

    @property
    def of_complaints(self) -> list[RecordedEvent]:
        return [row for row in self.rows if row.topic.startswith("lapor.complaint.")]

    def file(self, form: ExportFormat) -> str:
        return str(self.folder / f"log.{SUFFIX.get(form, form.value)}")

    def activities(self, rows: list[RecordedEvent]) -> Counter[str]:
        return Counter(row.topic.removeprefix("lapor.") for row in rows)


def _taken(running: RunningServices, folder: Path) -> Mined:
    head, rows = running.application.log.head(), list[RecordedEvent]()
    while page := running.application.log.page(len(rows), 5_000):
        rows += page
    mined = Mined(rows, folder)
    for form in ExportFormat:
        exporting = Exports(running.application, lambda _: None)
        order = exporting.begin(form, ExportSelection(), CommandRequest(OPERATOR))
        with Path(mined.file(form)).open("wb") as file:
            file.writelines(FORMS[form].write(order, exporting.read_streams(order)))
    assert len(rows) == head
    return mined


def _demo(running: RunningServices) -> None:
    run_demo(running, DemoSettings(120, 1, UNTIL), lambda *_: None)


def _real(running: RunningServices) -> None:
    if not FILE.exists():
        pytest.skip("the city's data are not part of the project")
    Import(running.application, myla311(), NO_LIMITS).run(read(FILE, myla311()))


FILLED: dict[str, Callable[[RunningServices], None]] = {"a demo": _demo, "the city's data": _real}


@pytest.fixture(scope="session", params=FILLED)
def mined(
    pm4py: Any,
    request: pytest.FixtureRequest,
    server: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mined:
    name, folder = f"mined_{uuid4().hex}", tmp_path_factory.mktemp("mined")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated".encode())
    url = psycopg.conninfo.make_conninfo(server.url, dbname=name)
    running = build(Settings(data=folder, limits=False), url)
    with closing(running.database):
        running.application.catch_up()
        FILLED[request.param](running)
        return _taken(running, folder)
