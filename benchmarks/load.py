"""A cheap HTTP client: prepared bytes over kept-alive connections."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat


@dataclass
class Run:
    """The results of a run: its seconds, the seconds of each request, and the number of error answers."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the seconds within which this share of the requests was answered."""
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


def post(path: str, body: bytes, port: int) -> bytes:
    """Return the bytes of a POST request."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def get(path: str, token: str, port: int) -> bytes:
    """Return the bytes of an officer's GET request."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Length: 0\r\n\r\n".encode()


def exchange(connection: socket.socket) -> tuple[int, bytes]:
    """Read one answer; return its status and body. Raises ``OSError`` if the connection ends."""
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(rest) < length:
        rest += _more(connection)
    return int(head[9:12]), rest


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


def drive_each(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Run:
    """Send each of these requests once, until they or the seconds are over."""
    run, lock = Run(), threading.Lock()
    deadline = time.monotonic() + seconds

    def client() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (began := time.monotonic()) < deadline:
                with lock:
                    request = next(requests, None)
                if request is None:
                    return
                connection.sendall(request)
                status, _ = exchange(connection)
                run.times.append(time.monotonic() - began)
                run.errors += status >= 400

    clients = [threading.Thread(target=client) for _ in range(connections)]
    began = time.monotonic()
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    run.seconds = time.monotonic() - began
    return run


def drive(port: int, request: bytes, *, connections: int, seconds: float) -> Run:
    """Send the same request repeatedly on each connection."""
    return drive_each(port, repeat(request), connections=connections, seconds=seconds)
