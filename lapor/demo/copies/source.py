"""The simulated complaints as copies need them: lives, and their events cut where copies differ."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from lapor.domain.vocabulary import Sealed
from lapor.store.vault.master_keys import MasterKeys
from lapor.store.vault.seal import StreamKey

Connection = psycopg.Connection[Any]
_EVENTS = """
    SELECT stream, version, topic, state FROM event
     WHERE starts_with(topic, 'lapor.complaint.') ORDER BY position
"""
_SUBJECTS = "SELECT stream, wrapped_key, receipt_digest, terms FROM vault.subject"
_CLAIMS = "SELECT stream, kind, value FROM claim WHERE stream = ANY(%s) ORDER BY kind"


@dataclass(frozen=True)
class CopiedComplaint:
    """A copy to be made of a complaint."""

    stream: UUID
    key: StreamKey
    wrapped: bytes
    receipt: bytes
    names: tuple[str, ...]
    """Its unique names, in the order of the original's."""
    later: timedelta
    together: Mapping[UUID, UUID]
    """The copies made together with it, by the ids of the originals; empty if it is alone."""


@dataclass
class PlayedComplaint:
    """A simulated complaint, and the copies to be made of it, in the order of time."""

    stream: UUID
    key: StreamKey
    receipt: bytes
    terms: list[int]
    unique_names: list[tuple[str, str]] = field(default_factory=list)
    """Its unique names, as (kind, name): its code, its number elsewhere."""
    began: datetime | None = None
    copies: list[CopiedComplaint] = field(default_factory=list)


_Own = Callable[[CopiedComplaint], bytes]
"""Returns a copy's own bytes for a piece of the original event."""


@dataclass(frozen=True)
class CopiedEvent:
    """An event of a simulated complaint, cut where its copies differ."""

    life: PlayedComplaint
    at: datetime
    version: int
    topic: str
    pieces: tuple[bytes | _Own, ...]
    names: frozenset[UUID]
    """The other complaints that it names."""

    def state(self, copy: CopiedComplaint) -> bytes:
        return b"".join(piece if isinstance(piece, bytes) else piece(copy) for piece in self.pieces)


def read_played(
    connection: Connection, master: MasterKeys
) -> tuple[list[PlayedComplaint], list[CopiedEvent]]:
    """Return the lives in the order in which they began, and the events in the order of their instants."""
    vault_entries = {stream: said for stream, *said in connection.execute(_SUBJECTS)}
    events = connection.execute(_EVENTS, binary=True).fetchall()
    lives = {}
    for stream in dict.fromkeys(stream for stream, *_ in events):
        wrapped, receipt, terms = vault_entries[stream]
        lives[stream] = PlayedComplaint(stream, master.unwrap(stream, wrapped), receipt, terms)
    for stream, kind, value in connection.execute(_CLAIMS, [list(lives)]):
        lives[stream].unique_names.append((kind, value))
    ids = {str(stream): stream for stream in lives}
    patterns = []
    for stream, version, topic, state in events:
        life = lives[stream]
        pattern = _pattern(life, version, topic, state, ids)
        life.began = life.began or pattern.at
        patterns.append(pattern)
    return list(lives.values()), sorted(patterns, key=attrgetter("at"))


def _pattern(
    life: PlayedComplaint, version: int, topic: str, state: bytes, ids: Mapping[str, UUID]
) -> CopiedEvent:
    said = msgspec.json.decode(state)
    at, texts = datetime.fromisoformat(said["at"]), set(_texts(said))
    others = {text: ids[text] for text in texts & ids.keys()}
    own: dict[str, _Own] = {said["at"]: partial(_moment, at)}
    own |= {sealed: partial(_seal, name, life.key.open(name, sealed)) for name, sealed in _sealed(said)}
    own |= {text: partial(_other, stream) for text, stream in others.items()}
    own |= {value: partial(_claimed, n) for n, (_, value) in enumerate(life.unique_names) if value in texts}
    pieces: list[bytes | _Own] = []
    for text in sorted(own, key=lambda text: state.index(f'"{text}"'.encode())):
        before, _, state = state.partition(f'"{text}"'.encode())
        pieces += (before, own[text])
    return CopiedEvent(life, at, version, topic, (*pieces, state), frozenset(others.values()))


def _moment(at: datetime, copy: CopiedComplaint) -> bytes:
    return msgspec.json.encode(at + copy.later)


def _seal(name: str, text: str, copy: CopiedComplaint) -> bytes:
    return f'"{copy.key.seal(name, text)}"'.encode()


def _other(played: UUID, copy: CopiedComplaint) -> bytes:
    return f'"{copy.together[played]}"'.encode()


def _claimed(n: int, copy: CopiedComplaint) -> bytes:
    return f'"{copy.names[n]}"'.encode()


def _texts(value: Any) -> Iterator[str]:
    """Yield each text in an event."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _sealed(said: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, Sealed]]:
    """Yield each sealed value with the name of its field."""
    for name, value in said.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _sealed(each, f"{inside}{name}.")
            elif isinstance(each, str) and each.startswith("s1."):
                yield inside + name, Sealed(each)
