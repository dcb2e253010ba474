"""A database that dies while the service starts does not keep it from starting."""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from .service import Door, Service, await_ready

pytestmark = pytest.mark.faults


def get_ready(service: Service) -> None:
    door = Door(service.port, "", "")
    try:
        await_ready(door, patience=20)
    finally:
        door.close_all()


@pytest.fixture
def service() -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="lapor-faults-"))  # short: a socket's path has little room
    folder.chmod(0o711)
    it = Service(folder)
    it.start()
    get_ready(it)
    yield it
    it.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.3])
def test_a_postmaster_killed_during_the_start_is_started_again_and_the_service_gets_ready(
    service: Service, after: float
) -> None:
    service.kill("everything", Random(1))
    until = time.monotonic() + 10
    while (postmaster := service.postmaster) is None and time.monotonic() < until:
        time.sleep(0.002)
    assert postmaster is not None
    time.sleep(after)

    with contextlib.suppress(ProcessLookupError):
        os.kill(postmaster, signal.SIGKILL)

    get_ready(service)
