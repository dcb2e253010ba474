"""Answers that are made while they are sent: as long as the log, and never in memory as a whole."""

from collections.abc import Callable, Iterator
from threading import BoundedSemaphore

from flask import Response

from lapor.domain.errors import BusyError

AT_ONCE = 2
"""So many in a process: each has one of its threads for as long as somebody reads it."""
Begun = Callable[[], tuple[Iterator[bytes], str, int]]
"""Makes an answer: its pieces, their media type, the log's position."""


class StreamSlots:
    """Room for long answers. Whoever finds none comes again later."""

    def __init__(self, places: int = AT_ONCE) -> None:
        self._free = BoundedSemaphore(places)

    def streamed(self, begin: Begun) -> Response:
        """The answer that ``begin`` makes; its place is free when it has ended, or nobody reads on.

        Raises ``BusyError``, and what ``begin`` raises.
        """
        if not self._free.acquire(blocking=False):
            raise BusyError
        leave = _once(self._free.release)
        try:
            pieces, media_type, position = begin()
            response = Response(_left_at_the_end(pieces, leave), mimetype=media_type)
        except BaseException:
            leave()
            raise
        response.call_on_close(leave)  # also where not one piece was asked for
        response.headers["Lapor-Position"] = str(position)
        return response


def _left_at_the_end(pieces: Iterator[bytes], leave: Callable[[], None]) -> Iterator[bytes]:
    try:
        yield from pieces
    finally:
        leave()


def _once(do: Callable[[], None]) -> Callable[[], None]:
    left = [do]
    return lambda: left.pop()() if left else None
