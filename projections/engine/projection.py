"""The declaration of a projection: a fold over small typed rows, each of which belongs to one stream.

``project(event, rows)`` treats its table as a mapping. It knows no SQL, no clock and no encryption key. The
same function runs over a plain ``Rows`` in tests, replays and rebuilds, and in batches over the live table.

A fold may change a row in place or replace it. The engine keeps the values of each row that it loads for a
batch, and writes the rows that differ afterwards. Therefore the values in a row must be immutable: codes,
numbers, instants, tuples of frozen structs. Rows are msgspec structs, which are made in a fifth of a
dataclass's time; a rebuild makes millions.
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
"""The stream's id if the key is ("stream",), otherwise a tuple that begins with it."""


class Rows(MutableMapping[Key, R], Generic[R]):
    """The rows of a projection, by key and by stream.

    The rows of the last stream are cached, because the events of a stream mostly follow each other, and
    comparing and hashing ids takes most of the time of an access.
    """

    __slots__ = ("_cached", "_cached_stream", "_load", "_one_per_stream", "_streams", "position")

    def __init__(self, *, one_per_stream: bool = True, load: Callable[[], None] | None = None) -> None:
        """Make an empty mapping. ``one_per_stream``: the key is the stream's id alone.

        ``load`` fills in the stored rows when a fold first asks for any: most events concern few projections.
        """
        self._one_per_stream, self._load = one_per_stream, load
        self._streams: dict[UUID, dict[Any, R]] = {}
        self._cached_stream: UUID | None = None
        self._cached: dict[Any, R] = {}
        self.position = 0
        """The position in the log of the event that is being folded."""

    def within(self, stream: UUID) -> dict[Any, R]:
        """Return the rows of a stream by the rest of their keys. The caller must not change the mapping."""
        if stream is not self._cached_stream:
            if self._load is not None:
                load, self._load = self._load, None
                load()
            self._cached_stream, self._cached = stream, self._streams.setdefault(stream, {})
        return self._cached

    def of(self, stream: UUID) -> list[R]:
        """Return all rows of a stream, in no particular order."""
        return list(self.within(stream).values())

    def get(self, key: Key, default: Any = None) -> Any:
        if self._one_per_stream:
            return self.within(key).get(None, default)
        return self.within(key[0]).get(key[1:], default)

    def __getitem__(self, key: Key) -> R:
        if self._one_per_stream:
            return self.within(key)[None]
        return self.within(key[0])[key[1:]]

    def __setitem__(self, key: Key, row: R) -> None:
        if self._one_per_stream:
            self.within(key)[None] = row
        else:
            self.within(key[0])[key[1:]] = row

    def __delitem__(self, key: Key) -> None:
        if self._one_per_stream:
            del self.within(key)[None]
        else:
            del self.within(key[0])[key[1:]]

    def __iter__(self) -> Iterator[Key]:
        for stream, rows in self._streams.items():
            if self._one_per_stream:
                yield from (stream for _ in rows)
            else:
                yield from ((stream, *rest) for rest in rows)

    def __len__(self) -> int:
        return sum(map(len, self._streams.values()))

    def pairs(self) -> Iterator[tuple[Key, R]]:
        """Yield the same as ``items``, without a lookup for each key."""
        for stream, rows in self._streams.items():
            for rest, row in rows.items():
                yield (stream if self._one_per_stream else (stream, *rest)), row

    def all(self) -> Iterator[R]:
        """Yield every row."""
        for rows in self._streams.values():
            yield from rows.values()


Count = tuple[date, tuple[Any, ...], str]
"""One count: when (an instant or a local day), the values of the dimensions, and the measure."""


@dataclass(frozen=True)
class Rollup:
    """Counts of a projection's rows by local day, by month and by some of their fields.

    ``counts_of`` yields the counts in which a row is one more. The engine maintains the rollup: it subtracts
    the counts of the row before a batch and adds those after it. So counts must follow from the row alone.
    """

    dimensions: tuple[str, ...]
    """Fields of the row class; the columns have their types."""
    measures: tuple[str, ...]
    counts_of: Callable[[Any], Iterable[Count]]


class _Offered(dict[type[Event], bool]):
    def __init__(self, reads: tuple[type[Event], ...]) -> None:
        self._reads = reads

    def __missing__(self, kind: type[Event]) -> bool:
        self[kind] = offered = issubclass(kind, self._reads)
        return offered


@dataclass(frozen=True)
class Projection:
    """The declaration of one read model. A change of its rows or their meaning needs a higher ``version``."""

    name: str
    version: int
    row: type[msgspec.Struct]
    project: Callable[[Any, Rows[Any]], None]
    reads: tuple[type[Event], ...]
    """The classes of events that its fold is offered."""
    key: tuple[str, ...] = ("stream",)
    indexes: tuple[str, ...] = ()
    """The rest of each ``CREATE INDEX ON table`` statement."""
    history: tuple[str, ...] = ()
    """The fields with a row history: a change of one of them begins a new version of the row."""
    history_indexes: tuple[str, ...] = ()
    rollup: Rollup | None = None

    def __post_init__(self) -> None:
        if self.key[0] != "stream" or self.row.__struct_fields__[0] != "stream":
            message = f"{self.name}: row and key must begin with the stream's id"
            raise TypeError(message)

    def __hash__(self) -> int:
        return hash((self.name, self.version))  # not of every field: a projection is looked up in each batch

    @cached_property
    def offered(self) -> Mapping[type[Event], bool]:
        """Whether the fold is offered events of a class. Cached by class, since every event asks."""
        return _Offered(self.reads)

    @property
    def table(self) -> str:
        return f"{self.name}_v{self.version}"

    @property
    def key_of(self) -> Callable[[Any], Key]:
        """Return a function from a row to its key."""
        return attrgetter(*self.key)

    @property
    def values_of(self) -> Callable[[Any], tuple[Any, ...]]:
        """Return a function from a row to the values of its fields, in order."""
        return cast("Callable[[Any], tuple[Any, ...]]", attrgetter(*self.row.__struct_fields__))

    def rows(self, load: Callable[[], None] | None = None) -> Rows[Any]:
        """Return an empty mapping for the fold; ``load`` fills it at the first access."""
        return Rows(one_per_stream=len(self.key) == 1, load=load)
