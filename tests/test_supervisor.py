"""A supervisor restarts and stops real processes, and none of them outlives it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lapor.operations.supervisor import BackOff, end_with_parent, end_with_server

from .faults.slack import slack

ENV = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}

# Creates a file named after its process id, starts a grandchild if asked to, and waits to be ended.
CHILD = """
import os, signal, subprocess, sys, time
from pathlib import Path
from lapor.operations.supervisor import end_with_parent
folder, name, manner = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
end_with_parent()
if manner == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
worker = subprocess.Popen(["sleep", "60"]) if manner == "parent" else None
if worker:
    signal.signal(signal.SIGTERM, lambda *_: (worker.kill(), worker.wait(), sys.exit(0)))
    (folder / f"{name}-worker.{worker.pid}").touch()
(folder / f"{name}.{os.getpid()}").touch()
if manner == "failing":
    sys.exit(3)
time.sleep(60)
"""

# A hang-up of the terminal ends it or does not, as ON_HANGING_UP says, however these tests were started.
SUPERVISOR = """
import os, signal, sys
from pathlib import Path
signal.signal(signal.SIGHUP, signal.Handlers[os.environ["ON_HANGING_UP"]])
import lapor.operations.supervisor
from lapor.operations.supervisor import Supervisor
folder, manners = Path(sys.argv[1]), sys.argv[2:]
lapor.operations.supervisor.GRACE = 0.5
child = [sys.executable, str(folder / "child.py"), str(folder)]
def watch():
    (folder / "watched").touch()
    if (folder / "break").exists():
        raise RuntimeError("broken")
    return False
commands = {f"c{n}": [*child, f"c{n}", manner] for n, manner in enumerate(manners)}
sys.exit(Supervisor(commands, watch=watch).run())
"""


def eventually(command: Callable[[], bool], within: float = 5.0) -> bool:
    deadline = time.monotonic() + within * slack()
    while not (answer := command()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return answer


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or before it was read
        return False


class Tree:
    """A supervisor in a process of its own, and the files that its children made."""

    def __init__(self, folder: Path, *manners: str, on_hanging_up: signal.Handlers = signal.SIG_DFL) -> None:
        self.folder = folder
        (folder / "child.py").write_text(CHILD)
        (folder / "supervisor.py").write_text(SUPERVISOR)
        self.stderr = (folder / "stderr").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, str(folder / "supervisor.py"), str(folder), *manners],
            env={**ENV, "ON_HANGING_UP": on_hanging_up.name},
            stderr=self.stderr,
        )

    def pids(self, name: str) -> list[int]:
        return sorted(int(path.suffix[1:]) for path in self.folder.glob(f"{name}.*") if path.suffix != ".py")

    def pid(self, name: str, *, other_than: tuple[int, ...] = ()) -> int:
        assert eventually(lambda: bool(set(self.pids(name)) - set(other_than))), self.said
        return next(pid for pid in self.pids(name) if pid not in other_than)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(10 * slack())

    @property
    def said(self) -> str:
        return (self.folder / "stderr").read_text()


@pytest.fixture
def grow(tmp_path: Path) -> Iterator[Callable[..., Tree]]:
    trees: list[Tree] = []

    def plant(*manners: str, **more: signal.Handlers) -> Tree:
        trees.append(Tree(tmp_path, *manners, **more))
        return trees[-1]

    yield plant
    for tree in trees:
        tree.process.kill()
        tree.process.wait(5 * slack())
        tree.stderr.close()
        for path in tree.folder.glob("c*.[0-9]*"):
            assert eventually(lambda path=path: not alive(int(path.suffix[1:])))  # type: ignore[misc]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_every_child_and_the_exit_code_is_0(grow: Callable[..., Tree], number: int) -> None:
    tree = grow("calm", "parent")
    pids = [tree.pid("c0"), tree.pid("c1"), tree.pid("c1-worker")]

    assert tree.end(number) == 0
    assert [pid for pid in pids if alive(pid)] == []
    assert "c0 stopped" in tree.said


def test_a_supervisor_under_nohup_goes_on_when_its_terminal_hangs_up(grow: Callable[..., Tree]) -> None:
    tree = grow("calm", on_hanging_up=signal.SIG_IGN)
    calm = tree.pid("c0")

    tree.process.send_signal(signal.SIGHUP)
    (tree.folder / "watched").unlink(missing_ok=True)

    assert eventually((tree.folder / "watched").exists)
    assert tree.process.poll() is None
    assert alive(calm)


def test_a_child_that_ignores_the_request_is_killed(grow: Callable[..., Tree]) -> None:
    tree = grow("deaf")
    pid = tree.pid("c0")

    assert tree.end() == 0
    assert not alive(pid)
    assert "is killed" in tree.said


def test_a_dead_child_is_restarted_at_once_and_its_own_children_are_ended(
    grow: Callable[..., Tree],
) -> None:
    tree = grow("parent", "calm")
    first, worker, neighbour = tree.pid("c0"), tree.pid("c0-worker"), tree.pid("c1")

    os.kill(first, signal.SIGKILL)
    began = time.monotonic()
    second = tree.pid("c0", other_than=(first,))

    assert time.monotonic() - began < 1 * slack()
    assert eventually(lambda: not alive(worker))
    assert alive(second)
    assert tree.pids("c1") == [neighbour]
    assert "c0 ended with signal 9 (Killed); next start in 0.0 s" in tree.said


def test_a_child_that_keeps_failing_is_started_ever_less_often(grow: Callable[..., Tree]) -> None:
    tree = grow("failing")

    assert eventually(lambda: "next start in 0.8 s" in tree.said), tree.said
    assert tree.end() == 0
    delays = [line.rpartition(" in ")[2] for line in tree.said.splitlines() if "exit code 3" in line]
    assert delays[:4] == ["0.0 s", "0.2 s", "0.4 s", "0.8 s"]


def test_children_end_when_the_supervisor_is_killed(grow: Callable[..., Tree]) -> None:
    tree = grow("calm", "parent")
    pids = [tree.pid("c0"), tree.pid("c1"), tree.pid("c1-worker")]

    assert tree.end(signal.SIGKILL) == -signal.SIGKILL
    assert eventually(lambda: not any(alive(pid) for pid in pids))


def test_a_watch_that_fails_is_called_again_and_harms_no_child(
    grow: Callable[..., Tree], tmp_path: Path
) -> None:
    tree = grow("calm")
    pid = tree.pid("c0")

    (tmp_path / "break").touch()
    assert eventually(lambda: "the watch failed" in tree.said)
    (tmp_path / "break").unlink()
    (tmp_path / "watched").unlink()

    assert eventually((tmp_path / "watched").exists)
    assert alive(pid)


def test_a_command_that_does_not_exist_is_tried_again() -> None:
    program = "from lapor.operations.supervisor import Supervisor; Supervisor({'web': ['/no/such']}).run()"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env=ENV,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(2)]
        process.terminate()
        assert process.wait(5 * slack()) == 0

    assert "cannot be started" in said[0]
    assert "next try in 0.2 s" in said[1]


def test_a_failure_after_ten_seconds_of_life_counts_as_the_first_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("lapor.operations.supervisor.time.monotonic", lambda: now[0])
    back_off = BackOff()
    delays = []
    for _ in range(8):
        back_off.began()
        now[0] += 1
        delays.append(back_off.failed())
    back_off.began()
    now[0] += 10

    assert delays == [0.0, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert back_off.failed() == 0.0


def test_a_process_without_a_supervisor_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAPOR_PARENT_PIPE", raising=False)

    end_with_parent()


def fork_worker(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server that ignores SIGTERM; return it and the process id of the worker it forked."""
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(folder)], env=ENV)
    assert eventually(lambda: len(list(folder.glob("worker.*"))) == 1)
    return server, int(next(folder.glob("worker.*")).suffix[1:])


SERVER = """
import multiprocessing, os, signal, sys, time
from pathlib import Path
from lapor.operations.supervisor import end_with_server
def work():
    end_with_server()
    (Path(sys.argv[1]) / f"worker.{os.getpid()}").touch()
    time.sleep(60)
signal.signal(signal.SIGTERM, lambda *_: None)
worker = multiprocessing.get_context("fork").Process(target=work)
worker.start()
worker.join()
"""


def test_a_worker_ends_with_the_server_that_forked_it(tmp_path: Path) -> None:
    server, worker = fork_worker(tmp_path)

    server.kill()
    server.wait()

    assert eventually(lambda: not alive(worker))


def test_a_worker_that_has_just_started_obeys_a_request_to_stop(tmp_path: Path) -> None:
    server, worker = fork_worker(tmp_path)

    os.kill(worker, signal.SIGTERM)

    assert eventually(lambda: not alive(worker))
    server.wait()


def test_a_process_that_no_server_forked_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)

    end_with_server()

    assert signal.getsignal(signal.SIGTERM) is before
