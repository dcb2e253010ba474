"""What a projection is: a fold over small typed rows, each belonging to one stream.

``project(event, rows)`` treats its table as a mapping. It knows no SQL, no clock and no key of a seal,
and the same function runs over a plain ``Rows`` in a test, a replay and a rebuild, and over a table,
in batches, when live.

A fold may change a row in place or put another in its stead: before a batch the engine keeps the
values of each row it loads, and afterwards it writes what differs. So what a row holds must itself be
immutable: codes, numbers, instants, tuples of frozen structs. Rows are structs of msgspec: one is made
in a fifth of a dataclass's time, and a rebuild makes millions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import msgspec

from lapor.domain.aggregate import Event

R = TypeVar("R")
Key = Any
"""A stream's id alone where the key is ("stream",), otherwise a tuple that begins with it."""


class Rows(MutableMapping[Key, R], Generic[R]):
    """The rows of a projection by key, and by stream.

    Events of a stream mostly come together, so the stream that was looked at last is kept at hand: comparing
    and hashing ids is the greater part of a look.
    """

    __slots__ = ("_alone", "_at_hand", "_load", "_of_stream", "_streams", "position")

    def __init__(self, *, alone: bool = True, load: Callable[[], None] | None = None) -> None:
        """``alone``: the key is the stream's id, so that a stream has one row at most.

        ``load`` puts in what there is, once a fold first asks: most events are nothing to most projections.
        """
        self._alone, self._load = alone, load
        self._streams: dict[UUID, dict[Any, R]] = {}
        self._of_stream: UUID | None = None
        self._at_hand: dict[Any, R] = {}
        self.position = 0
        """Where in the log the event stands that is being folded."""

    def within(self, stream: UUID) -> dict[Any, R]:
        """The rows of a stream by the rest of their keys; not to be changed."""
        if stream is not self._of_stream:
            if self._load is not None:
                load, self._load = self._load, None
                load()
            self._of_stream, self._at_hand = stream, self._streams.setdefault(stream, {})
        return self._at_hand

    def of(self, stream: UUID) -> list[R]:
        """All rows of a stream, in no order that may be relied on."""
        return list(self.within(stream).values())

    def get(self, key: Key, default: Any = None) -> Any:
        if self._alone:
            return self.within(key).get(None, default)
        return self.within(key[0]).get(key[1:], default)

    def __getitem__(self, key: Key) -> R:
        if self._alone:
            return self.within(key)[None]
        return self.within(key[0])[key[1:]]

    def __setitem__(self, key: Key, row: R) -> None:
        if self._alone:
            self.within(key)[None] = row
        else:
            self.within(key[0])[key[1:]] = row

    def __delitem__(self, key: Key) -> None:
        if self._alone:
            del self.within(key)[None]
        else:
            del self.within(key[0])[key[1:]]

    def __iter__(self) -> Iterator[Key]:
        for stream, rows in self._streams.items():
            if self._alone:
                yield from (stream for _ in rows)
            else:
                yield from ((stream, *rest) for rest in rows)

    def __len__(self) -> int:
        return sum(map(len, self._streams.values()))

    def pairs(self) -> Iterator[tuple[Key, R]]:
        """What ``items`` says, without looking each key up again."""
        for stream, rows in self._streams.items():
            for rest, row in rows.items():
                yield (stream if self._alone else (stream, *rest)), row

    def all(self) -> Iterator[R]:
        """Every row."""
        for rows in self._streams.values():
            yield from rows.values()


Count = tuple[date, tuple[Any, ...], str, int | None]
"""When something counts (an instant, or a local day), as what (the dimensions' values), in which measure, and
the position of the event that says so; None where it is taken back later, so that it is of now only."""


@dataclass(frozen=True)
class Rollup:
    """What is counted of a projection's rows, by local day, by month and by some of their fields.

    ``of`` says for a row in which counts it is one more. The engine keeps the sums: it asks for each row
    as it was and as it has become. So a count must follow from its row alone.
    """

    dimensions: tuple[str, ...]
    """Fields of the row class, whose types they have."""
    measures: tuple[str, ...]
    of: Callable[[Any], Iterable[Count]]


class _Offered(dict[type[Event], bool]):
    def __init__(self, reads: tuple[type[Event], ...]) -> None:
        self._reads = reads

    def __missing__(self, kind: type[Event]) -> bool:
        self[kind] = found = issubclass(kind, self._reads)
        return found


@dataclass(frozen=True)
class Projection:
    """One question, declared. Whatever changes its rows or their meaning raises ``version``."""

    name: str
    version: int
    row: type[msgspec.Struct]
    project: Callable[[Any, Rows[Any]], None]
    reads: tuple[type[Event], ...]
    """The kinds of events that its fold is offered."""
    key: tuple[str, ...] = ("stream",)
    indexes: tuple[str, ...] = ()
    """What follows ``CREATE INDEX ON table``."""
    history: tuple[str, ...] = ()
    """The fields of which the past is kept: a new version of a row begins where one of them changes."""
    past_indexes: tuple[str, ...] = ()
    sums: Rollup | None = None

    def __post_init__(self) -> None:
        if self.key[0] != "stream" or self.row.__struct_fields__[0] != "stream":
            message = f"{self.name}: row and key must begin with the stream's id"
            raise TypeError(message)

    def __hash__(self) -> int:
        return hash((self.name, self.version))  # not of all that it declares: it is looked up in each batch

    @cached_property
    def offered(self) -> Mapping[type[Event], bool]:
        """Whether it is offered events of a class; asked of each event, so each class is looked at once."""
        return _Offered(self.reads)

    @property
    def table(self) -> str:
        return f"{self.name}_v{self.version}"

    @property
    def key_of(self) -> Callable[[Any], Key]:
        """A function from a row to its key."""
        return attrgetter(*self.key)

    @property
    def values_of(self) -> Callable[[Any], tuple[Any, ...]]:
        """A function from a row to the values of its fields, in order."""
        return cast("Callable[[Any], tuple[Any, ...]]", attrgetter(*self.row.__struct_fields__))

    def rows(self, load: Callable[[], None] | None = None) -> Rows[Any]:
        """An empty mapping for the fold; ``load`` fills it when it is first asked."""
        return Rows(alone=len(self.key) == 1, load=load)
