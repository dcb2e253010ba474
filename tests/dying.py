"""A process that ends between any two statements."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from lapor.store.database import Connection, Database


class Lost(Exception):
    """The process is gone."""


class Dying(Database):
    """Connections that end the process at the nth thing they do: before it is done, or just after."""

    countdown, before = -1, True

    def _tick(self, *, before: bool) -> None:
        if before is self.before:
            self.countdown -= 1
            if self.countdown == 0:
                raise Lost

    @contextlib.contextmanager
    def connection(self, *args: Any, **given: Any) -> Iterator[Any]:
        with super().connection(*args, **given) as connection:
            yield _Watched(connection, self._tick)


class _Watched:
    def __init__(self, connection: Connection, tick: Callable[..., None]) -> None:
        self._connection, self._tick = connection, tick

    def _done(self, do: Any, *args: Any, **given: Any) -> Any:
        self._tick(before=True)
        answer = do(*args, **given)
        self._tick(before=False)
        return answer

    def execute(self, *args: Any, **given: Any) -> Any:
        return self._done(self._connection.execute, *args, **given)

    def rows(self, *args: Any) -> Any:
        return self._done(self._connection.rows, *args)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction():
            yield
            self._tick(before=True)
        self._tick(before=False)
