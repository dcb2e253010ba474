"""Answers that are written while they are sent: as long as the log, and never in memory as a whole."""

from collections.abc import Callable, Iterator
from threading import BoundedSemaphore

from flask import Response

from lapor.domain.errors import BusyError

AT_ONCE = 2
"""How many a process sends at once: each occupies one of its threads for as long as it is read."""
Begun = Callable[[], tuple[Iterator[bytes], str, int]]
"""Begins an answer: returns its pieces, their media type, the log's position."""


class StreamSlots:
    """Slots for long answers. A request without a free slot is refused."""

    def __init__(self, slots: int = AT_ONCE) -> None:
        self._free = BoundedSemaphore(slots)

    def streamed(self, begin: Begun) -> Response:
        """Return the answer that ``begin`` makes. Its slot is free when it has ended or the client has gone.

        Raises ``BusyError`` if no slot is free, and the errors of ``begin``.
        """
        if not self._free.acquire(blocking=False):
            raise BusyError
        release = _once(self._free.release)
        try:
            pieces, media_type, position = begin()
            response = Response(_releasing(pieces, release), mimetype=media_type)
        except BaseException:
            release()
            raise
        response.call_on_close(release)  # also if no piece was read
        response.headers["Lapor-Position"] = str(position)
        return response


def _releasing(pieces: Iterator[bytes], release: Callable[[], None]) -> Iterator[bytes]:
    try:
        yield from pieces
    finally:
        release()


def _once(do: Callable[[], None]) -> Callable[[], None]:
    left = [do]
    return lambda: left.pop()() if left else None
