"""One process tree: a supervisor starts named commands, restarts dead ones, and stops them all together.

No child outlives its supervisor, even if the supervisor is killed with ``kill -9``: every child gets the read
end of a pipe whose write end only the supervisor has, and a child that calls `end_with_parent` ends when the
kernel closes that pipe.
"""

import contextlib
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

PIPE_VARIABLE = "LAPOR_PARENT_PIPE"
GRACE = 10.0  # seconds from SIGTERM to SIGKILL
ORPHANS_GRACE = 2.0  # the same if the parent was killed: its next start waits for our port
CHECK_EVERY = 0.25  # seconds
FIRST_DELAY, LONGEST_DELAY = 0.2, 5.0  # seconds before a start, when the one before failed too
SOUND_AFTER = 10.0  # seconds of life after which a failure counts as the first again


def say(sentence: str) -> None:
    """Write a line to stderr, unless it is closed."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


@dataclass(slots=True)
class BackOff:
    """The time of the next try: at once after a first failure, then after delays that double."""

    failures: int = 0
    not_before: float = 0.0
    since: float = 0.0

    def began(self) -> None:
        self.since = time.monotonic()

    def failed(self) -> float:
        """Count a failure and return the seconds until the next try."""
        now = time.monotonic()
        self.failures = 1 if now - self.since >= SOUND_AFTER else self.failures + 1
        delay = 0.0 if self.failures == 1 else min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (self.failures - 2))
        self.not_before = now + delay
        return delay

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.not_before


@dataclass(slots=True)
class SupervisedProcess:
    """A command that should be running."""

    name: str
    argv: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    back_off: BackOff = field(default_factory=BackOff)


class Supervisor:
    """Keeps commands running until SIGTERM, SIGINT or SIGHUP.

    ``env`` is the children's whole environment (default: ours). ``watch`` is called every 250 ms, before the
    check of the children; it returns True if it had to repair something, and an error in it is logged and
    tried again. To be run in the main thread, where Python handles signals.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        *,
        env: Mapping[str, str] | None = None,
        watch: Callable[[], bool] | None = None,
        log: Callable[[str], None] = say,
    ) -> None:
        self._children = [SupervisedProcess(name, argv) for name, argv in commands.items()]
        self._env = os.environ if env is None else env
        self._watch = watch
        self._watch_back_off = BackOff()
        self._log = log
        self._stopping = False

    def run(self) -> int:
        """Run until asked to stop, then stop every child; return the exit code, 0."""
        self._stopping = False
        read_end, write_end = os.pipe()  # neither is inherited but by `pass_fds`
        wake, waker = os.pipe()
        os.set_blocking(waker, False)
        try:
            with self._signals(waker):
                try:
                    while not self._stopping:
                        self._check(read_end)
                        if select.select([wake], [], [], self._pause())[0]:
                            os.read(wake, 4096)
                finally:
                    self._stop()
        finally:
            for descriptor in (read_end, write_end, wake, waker):
                os.close(descriptor)
        return 0

    @contextlib.contextmanager
    def _signals(self, waker: int) -> Iterator[None]:
        """Let a request to stop, and the death of a child, end the wait between two checks."""

        def wake_up(number: int, _frame: FrameType | None) -> None:
            if number != signal.SIGCHLD:
                self._stopping = True
            with contextlib.suppress(BlockingIOError):  # full: it will wake up anyway
                os.write(waker, b".")

        numbers = [signal.SIGTERM, signal.SIGINT, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # which nohup sets
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, wake_up) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _pause(self) -> float:
        """Return the seconds until the next check."""
        now = time.monotonic()
        starts = [child.back_off.not_before - now for child in self._children if child.process is None]
        return max(0.0, min([CHECK_EVERY, *starts]))

    def _check(self, read_end: int) -> None:
        if self._watch is not None and self._watch_back_off.over:
            self._call(self._watch)
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._reap(child, child.process)
            if child.process is None and child.back_off.over and not self._stopping:
                self._start(child, read_end)

    def _call(self, watch: Callable[[], bool]) -> None:
        try:
            if watch():
                self._log("the watch had to repair something")
        except Exception as error:  # noqa: BLE001 - the children must stay supervised after any fault
            delay = self._watch_back_off.failed()
            self._log(f"the watch failed and is tried again in {max(delay, CHECK_EVERY):.1f} s: {error}")
        else:
            self._watch_back_off.failures = 0

    def _start(self, child: SupervisedProcess, read_end: int) -> None:
        child.back_off.began()
        try:
            child.process = subprocess.Popen(  # noqa: S603 - the caller's commands, no shell
                child.argv,
                env={**self._env, PIPE_VARIABLE: str(read_end)},
                pass_fds=[read_end],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us alone, and its group can be ended as one
            )
        except OSError as error:
            delay = child.back_off.failed()
            self._log(f"{child.name} cannot be started ({error}); next try in {delay:.1f} s")
        else:
            self._log(f"{child.name} runs as process {child.process.pid}")

    def _reap(self, child: SupervisedProcess, process: subprocess.Popen[bytes]) -> None:
        _kill_group(process.pid)  # workers that it left would keep its port
        child.process = None
        delay = child.back_off.failed()
        self._log(f"{child.name} ended with {_ending(process.returncode)}; next start in {delay:.1f} s")

    def _stop(self) -> None:
        running = [(child, child.process) for child in self._children if child.process is not None]
        for _, process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for child, process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._log(f"{child.name} did not stop within {GRACE:.0f} s and is killed")
            _kill_group(process.pid)
            process.wait()
            child.process = None
            self._log(f"{child.name} stopped")


def end_with_parent() -> None:
    """End this process when its supervisor has ended: SIGTERM first, after 2 s the whole process group.

    For a child of a `Supervisor`, at its start; in any other process it does nothing.
    """
    named = os.environ.pop(PIPE_VARIABLE, None)
    if named is None:
        return
    read_end = int(named)
    os.set_inheritable(read_end, False)  # noqa: FBT003 - the function's name says what is set
    # No process ever writes: the read returns when the write end is closed.
    _end_after(lambda: os.read(read_end, 1))


def end_with_server() -> None:
    """End this process when the server that forked it has ended, or at a SIGTERM.

    For a web worker, at its start: until it has signal handlers of its own it has the server's, and a SIGTERM
    in that time would have no effect.
    """
    server = multiprocessing.parent_process()
    if server is None:
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_after(server.join)


def _end_after(wait: Callable[[], object]) -> None:
    def end() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHANS_GRACE)
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=end, name="end-with-parent", daemon=True).start()


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says EPERM of a group of zombies
        os.killpg(pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code} ({signal.strsignal(-code)})"
