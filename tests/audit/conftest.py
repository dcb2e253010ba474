"""A desk on a log in memory, filled with histories, and ways to take exports from it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from lapor.application.application import Ask, Desk
from lapor.audit.exports import FORMS
from lapor.audit.exports.service import Exporting, Wanted
from lapor.audit.exports.streams import Life
from lapor.bootstrap import make_desk
from lapor.cli.agencies_officers import OPERATOR
from lapor.domain.access import Caller, Held
from lapor.domain.aggregate import Fact
from lapor.domain.export import ExportFormat
from lapor.domain.vocabulary import Role
from lapor.settings import Settings
from lapor.store.codec import Codec
from lapor.store.event_log import Beside
from lapor.store.memory_event_log import MemoryLog

NOTE = "lapor.test/log\n4711\nq1Zs\n\n— lapor.test/log 1+a=\n"
AUDITOR = OPERATOR
DPO = Caller(str(uuid4()), (Held(Role.DPO),))
NATIONAL = Caller(str(uuid4()), (Held(Role.NATIONAL),))


@dataclass
class Archive:
    """A desk, and what can be taken out of its log."""

    desk: Desk

    def store(self, facts: Sequence[Fact]) -> int:
        codec = Codec()
        return self.desk.log.append([codec.to_stored_event(fact) for fact in facts], Beside())  # type: ignore[attr-defined, no-any-return]

    def file(self, form: str, wanted: Wanted = Wanted(), caller: Caller = AUDITOR) -> bytes:  # noqa: B008
        """A whole file."""
        exporting = Exporting(self.desk, lambda position: NOTE if position else None)
        order = exporting.begin(ExportFormat(form), wanted, Ask(caller))
        return b"".join(FORMS[ExportFormat(form)].write(order, exporting.lives(order)))

    def lives(self, wanted: Wanted = Wanted(), caller: Caller = AUDITOR) -> dict[UUID, Life]:  # noqa: B008
        exporting = Exporting(self.desk, lambda _: None)
        order = exporting.begin(ExportFormat.CSV, wanted, Ask(caller))
        return {life.stream: life for life in exporting.lives(order)}

    def ocel(self, wanted: Wanted = Wanted(), caller: Caller = AUDITOR) -> dict[str, Any]:  # noqa: B008
        return dict(json.loads(self.file("ocel", wanted, caller)))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(make_desk(Settings(data=tmp_path), MemoryLog()))


@pytest.fixture
def new_archive(tmp_path: Path) -> Callable[[], Archive]:
    return lambda: Archive(make_desk(Settings(data=tmp_path), MemoryLog()))
