"""An application on a log in memory, filled with histories, and helpers to take exports from it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from lapor.application.application import CommandRequest, LaporApplication
from lapor.audit.exports import FORMS
from lapor.audit.exports.service import Exports, ExportSelection
from lapor.audit.exports.streams import ExportedStream
from lapor.bootstrap import make_application
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.aggregate import Event
from lapor.domain.export import ExportFormat
from lapor.domain.vocabulary import Role
from lapor.settings import Settings
from lapor.store.codec import Codec
from lapor.store.event_log import SideWrites
from lapor.store.memory_event_log import MemoryEventLog

from ..clock import CLOCK

EVERYTHING = ExportSelection()
NOTE = "lapor.test/log\n4711\nq1Zs\n\n— lapor.test/log 1+a=\n"
AUDITOR = OPERATOR
DPO = Caller(str(uuid4()), (RoleAssignment(Role.DPO),))
NATIONAL = Caller(str(uuid4()), (RoleAssignment(Role.NATIONAL),))


@dataclass
class Archive:
    """An application, and the exports of its log."""

    application: LaporApplication

    def store(self, events: Sequence[Event]) -> int:
        codec = Codec()
        return self.application.log.append([codec.to_stored_event(event) for event in events], SideWrites())

    def file(self, form: str, wanted: ExportSelection = EVERYTHING, caller: Caller = AUDITOR) -> bytes:
        """Return a whole file."""
        exporting = Exports(self.application, lambda position: NOTE if position else None)
        order = exporting.begin(ExportFormat(form), wanted, CommandRequest(caller))
        return b"".join(FORMS[ExportFormat(form)].write(order, exporting.read_streams(order)))

    def lives(
        self,
        wanted: ExportSelection = EVERYTHING,
        caller: Caller = AUDITOR,
    ) -> dict[UUID, ExportedStream]:
        exporting = Exports(self.application, lambda _: None)
        order = exporting.begin(ExportFormat.CSV, wanted, CommandRequest(caller))
        return {life.stream: life for life in exporting.read_streams(order)}

    def ocel(self, wanted: ExportSelection = EVERYTHING, caller: Caller = AUDITOR) -> dict[str, Any]:
        return dict(json.loads(self.file("ocel", wanted, caller)))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(make_application(Settings(data=tmp_path, clock=CLOCK), MemoryEventLog()))


@pytest.fixture
def new_archive(tmp_path: Path) -> Callable[[], Archive]:
    return lambda: Archive(make_application(Settings(data=tmp_path, clock=CLOCK), MemoryEventLog()))
