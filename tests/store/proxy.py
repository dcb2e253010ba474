"""A proxy in front of the embedded server's socket that misbehaves on demand."""

import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import psycopg

SOCKET = ".s.PGSQL.5432"


class Mode(Enum):
    PASS = "passes everything on"
    SILENT = "takes every byte and sends none"
    REFUSE = "cuts open links and refuses new ones"
    SWALLOW = "swallows the server's next answer, then cuts the link"


class Proxy:
    """A proxy between clients and a server. A link that was silent once stays silent: its bytes are lost."""

    def __init__(self, folder: Path, server: Path) -> None:
        self._here, self._server = folder / SOCKET, server / SOCKET
        self._links: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._mode = Mode.PASS
        self._listener = self._listen()
        self.swallowed = 0

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._here))
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def be(self, mode: Mode) -> None:
        """Behave like this from now on."""
        before, self._mode = self._mode, mode
        if mode is Mode.REFUSE:
            self._close_listener()
            self.cut()
        elif before is Mode.REFUSE:
            self._listener = self._listen()

    def cut(self) -> None:
        """End every open link."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            _end(*link)

    def close(self) -> None:
        self._close_listener()
        self.cut()

    def _close_listener(self) -> None:
        self._here.unlink(missing_ok=True)
        _end(self._listener)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                with self._lock:
                    self._links.append((client, server))
                if self._mode is not Mode.SILENT:
                    server.connect(str(self._server))
                threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool = False) -> None:
        silent = False
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                silent = silent or self._mode is Mode.SILENT
                if answers and self._mode is Mode.SWALLOW:
                    self._mode = Mode.PASS
                    self.swallowed += 1
                    break
                if not silent:
                    sink.sendall(data)
        _end(source, sink)


def _end(*sockets: socket.socket) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@contextlib.contextmanager
def proxy_before(url: str) -> Iterator[tuple[Proxy, str]]:
    """Yield a proxy in front of the server that ``url`` names by its socket, and the URL through it."""
    server = Path(str(psycopg.conninfo.conninfo_to_dict(url)["host"]))
    folder = Path(tempfile.mkdtemp(prefix="lapor-proxy-"))
    proxy = Proxy(folder, server)
    try:
        yield proxy, psycopg.conninfo.make_conninfo(url, host=str(folder))
    finally:
        proxy.close()
        shutil.rmtree(folder, ignore_errors=True)
