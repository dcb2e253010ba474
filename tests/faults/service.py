"""The real ``lapor up`` on a folder of its own, and what can be killed of it."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from ..clock import CLOCK
from ..ports import free_port
from .clients import LostError, RefusedError
from .history import Answered, Command
from .slack import slack

API = "/api/v1/complaints"
WEB_WORKERS = 2
BACK = 20.0  # seconds after which it is not coming back
SILENCE = 12.0  # seconds without an answer: one may have had to wait behind another that got none


class Service:
    """``lapor up``, started again by us only where its supervisor was killed."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "data"
        ours = {"LAPOR_WEB_WORKERS": str(WEB_WORKERS), "LAPOR_LIMITS": "off"}
        self._env = {**environment(), **ours, **settings}
        self._log = folder / "output"
        self.port = free_port()
        self.url = f"postgresql://postgres@/lapor?host={self.data / 'run'}&port=5432"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lapor", "up", "--port", str(self.port), "--data", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=self._env,
            )

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30 * slack())

    def cli(self, *words: str) -> dict[str, Any]:
        """Return the JSON answer of a command of the CLI."""
        done = self.command(*words, "--json")
        done.check_returncode()
        return dict(json.loads(done.stdout))

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the CLI next to the service."""
        command = [sys.executable, "-m", "lapor", *words, "--data", str(self.data)]
        return subprocess.run(
            command, check=False, capture_output=True, env=self._env, timeout=60 * slack(), text=True
        )

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    # Processes

    @property
    def supervisor(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def postmaster(self) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.data / "postgres" / "postmaster.pid").read_text().partition("\n")[0])
            if Path(f"/proc/{pid}/cwd").samefile(self.data / "postgres"):
                return pid
        return None

    def child(self, word: str) -> list[int]:
        """The supervisor's child that runs ``lapor <word>``."""
        return [pid for pid in children(self.supervisor) if f"\0{word}\0" in command_line(pid)]

    def web_workers(self) -> list[int]:
        return [pid for parent in self.child("serve") for pid in children(parent)]

    def backends(self) -> list[int]:
        """PostgreSQL's processes that serve a connection."""
        found = children(self.postmaster) if self.postmaster else []
        return [pid for pid in found if "postgres lapor [local]" in command_line(pid)]

    def tree(self) -> list[int]:
        """Everything that runs, PostgreSQL included, parents first."""
        roots = [self.supervisor, *([self.postmaster] if self.postmaster else [])]
        return [pid for root in roots for pid in (root, *descendants(root))]

    @property
    def whole(self) -> bool:
        parts = [self.child("work"), self.postmaster, len(self.web_workers()) == WEB_WORKERS]
        return all(parts)

    # Killing

    def kill(self, what: str, chance: Random) -> bool:
        """Kill -9 the named process; True if there was one. Restart the service if its supervisor died."""
        ones: dict[str, Callable[[], list[int]]] = {
            "a web worker": self.web_workers,
            "the web server": lambda: self.child("serve"),
            "the worker": lambda: self.child("work"),
            "the postmaster": lambda: [self.postmaster] if self.postmaster else [],
            "a backend": self.backends,
            "the supervisor": lambda: [self.supervisor],
        }
        if what == "everything":
            victims = self.tree()
        else:
            found = ones[what]()
            victims = [chance.choice(found)] if found else []
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.supervisor in victims:
            assert self._process is not None
            self._process.wait(10 * slack())
            self.start()
        return bool(victims)


KINDS = ("a web worker", "the web server", "the worker", "the postmaster", "a backend", "the supervisor")


def environment() -> dict[str, str]:
    ours = ("LAPOR_", "PG", "PYTHONTRACE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "LAPOR_CLOCK": CLOCK}


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """The living children of a process."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(each) for each in listed.split() if command_line(int(each))]


def descendants(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from descendants(child)


class ApiClient:
    """Sends commands over HTTP; a connection for each thread."""

    def __init__(self, port: int, coordinator: str, liaison: str, agency: str = "BINAMARGA") -> None:
        self._port, self._mine = port, threading.local()
        self._open: set[http.client.HTTPConnection] = set()
        self._tokens = {"route": coordinator, "follow-up": liaison, "respond": liaison}
        self._bodies = BODIES | {"route": BODIES["route"] | {"agency": agency}}
        self.strange: list[str] = []
        """Answers that no client should ever get."""

    def send(self, command: Command, stream: UUID | None, receipt: str | None) -> Answered:
        headers = {"Idempotency-Key": command.key, "If-Match": "*", "Content-Type": "application/json"}
        if command.verb in self._tokens:
            headers["Authorization"] = f"Bearer {self._tokens[command.verb]}"
        elif receipt:
            headers["Lapor-Receipt"] = receipt
        path = f"{API}/{stream}/{command.verb}" if stream else API
        status, body, said = self.call("POST", path, json.dumps(self._bodies[command.verb]), headers)
        if status == 503:
            raise LostError
        if status >= 500:
            self.strange.append(f"{command.verb} got {status}: {body}")
            raise LostError
        if status >= 400:
            raise RefusedError(f"{status} {body}")
        position, version = int(said["lapor-position"]), int(said["etag"].strip('"'))
        return Answered(UUID(body["id"]), version, position, body.get("receipt"))

    def call(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        """One request. Raises ``LostError`` where no whole answer came."""
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=SILENCE * slack()
            )
            self._open.add(connection)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            said = {name.lower(): value for name, value in response.getheaders()}
            return response.status, json.loads(response.read()), said
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise LostError from error

    def close(self) -> None:
        """End this thread's connection."""
        connection = getattr(self._mine, "connection", None)
        if connection is not None:
            connection.close()
            self._open.discard(connection)
            self._mine.connection = None

    def close_all(self) -> None:
        """End every thread's, once all have gone."""
        for connection in self._open:
            connection.close()


BODIES: dict[str, dict[str, object]] = {
    "file": {"text": "Lampu jalan padam.", "consent": True},
    "route": {"kind": "complaint", "category": "roads", "title": "Lampu jalan"},
    "follow-up": {"text": "Petugas ke lokasi.", "public": True},
    "respond": {"text": "Sudah diperbaiki.", "outcome": "fixed"},
    "accept-response": {"rating": 5},
}


def await_ready(api: ApiClient, patience: float = 60.0) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with contextlib.suppress(LostError):
            if api.call("GET", "/health/ready")[0] == 200:
                return
        time.sleep(0.05)
    message = "the service did not become ready"
    raise TimeoutError(message)


def await_whole(service: Service) -> None:
    """Wait until it answers, and every process of it is there: those of an earlier start may answer too."""
    api = ApiClient(service.port, "", "")
    until = time.monotonic() + 10 * slack()
    try:
        while True:
            await_ready(api, patience=20 * slack())
            if service.whole:
                return
            assert time.monotonic() < until, service.output
            time.sleep(0.02)
    finally:
        api.close_all()


def open_api(service: Service) -> ApiClient:
    """Wait for the service, and let an agency and two officers take part."""
    first = ApiClient(service.port, "", "")
    await_ready(first)
    first.close()
    service.cli("agency", "add", "BINAMARGA", "Bina Marga")
    coordinator = service.cli("officer", "add", "Ani", "--role", "coordinator", "--token")
    liaison = service.cli("officer", "add", "Budi", "--role", "liaison", "--agency", "BINAMARGA", "--token")
    return ApiClient(service.port, coordinator["token"], liaison["token"])
