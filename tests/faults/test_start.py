"""Nothing that dies while the service starts, or lives on from before, keeps it from starting."""

import contextlib
import os
import signal
import time
from random import Random

import pytest

from .service import Service, await_whole, command_line
from .slack import load, slack

pytestmark = pytest.mark.faults
SOON = 5.0  # seconds, on a machine that has nothing else to do


def test_a_folder_that_was_prepared_is_served_within_five_seconds(service: Service) -> None:
    assert service.stop() == 0
    began, busiest = time.monotonic(), load()

    service.start()
    await_whole(service)

    assert time.monotonic() - began < SOON * slack(busiest)


@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.3])
def test_a_postmaster_killed_during_the_start_is_started_again_and_the_service_gets_ready(
    service: Service, after: float
) -> None:
    service.kill("everything", Random(1))
    until = time.monotonic() + 10 * slack()
    while (postmaster := service.postmaster) is None and time.monotonic() < until:
        time.sleep(0.002)
    assert postmaster is not None
    time.sleep(after)

    with contextlib.suppress(ProcessLookupError):
        os.kill(postmaster, signal.SIGKILL)

    await_whole(service)


@pytest.mark.parametrize("after", [0.1, 0.3, 0.5, 0.7])
def test_a_web_server_orphaned_while_its_workers_start_leaves_its_port_to_the_next(
    service: Service, after: float
) -> None:
    assert service.kill("the web server", Random(1))
    time.sleep(after)

    service.kill("the supervisor", Random(1))

    await_whole(service)


def test_web_workers_whose_server_and_supervisor_were_killed_leave_their_port_to_the_next(
    service: Service,
) -> None:
    os.kill(service.supervisor, signal.SIGSTOP)  # it cannot clear up after its child
    workers = service.web_workers()
    assert service.kill("the web server", Random(1))

    service.kill("the supervisor", Random(1))

    await_whole(service)
    assert not set(workers) & set(service.tree())
    assert not any("serve" in command_line(pid) for pid in workers)
