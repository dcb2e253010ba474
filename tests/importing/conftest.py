"""An office that imports into a log in memory."""

from pathlib import Path

import pytest

from lapor.bootstrap import make_application
from lapor.settings import Settings
from lapor.store.memory_event_log import MemoryEventLog

from .office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, make_application(Settings(data=tmp_path / "data"), MemoryEventLog()))
