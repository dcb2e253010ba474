"""A search for erased texts in every file of a folder, as an attacker with the disk and every key would."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from lapor.domain.command_fields import Field, fields_of
from lapor.domain.vocabulary import Sealed
from lapor.store.codec import events_by_topic
from lapor.store.vault.master_keys import MasterKeys
from lapor.store.vault.seal import StreamKey

from .life import CANARY

_WRAPPED = 60  # bytes after the version: a nonce, a key and a tag
_SEALED = re.compile(rb"s1\.[A-Za-z0-9+/]{100,}={0,2}")
_BINARY = re.compile(rb"\\\\x((?:[0-9a-f]{2})+)")
_RANDOM = 38  # of 60 random bytes at least so many differ


def _sealed(fields: Iterable[Field], inside: str = "") -> Iterator[str]:
    """Yield the name under which each sealed field is encrypted."""
    for field in fields:
        if field.sealed:
            yield inside + field.name
        yield from _sealed(field.nested, f"{inside}{field.name}.")


FIELDS = {name for event in events_by_topic().values() for name in _sealed(fields_of(event))}


def files(*places: Path) -> Iterator[Path]:
    """Yield these files, and every file below these folders."""
    for place in places:
        yield from (path for path in sorted(place.rglob("*")) if path.is_file() and not path.is_symlink())
        if place.is_file():
            yield place


def content_of(path: Path) -> bytes:
    """Return a file's bytes; for a dump also its binary values, which it writes in digits."""
    content = path.read_bytes()
    if path.suffix != ".sql":
        return content
    return content + b"\n".join(bytes.fromhex(each.decode()) for each in _BINARY.findall(content))


def in_clear(*places: Path) -> list[str]:
    """Return the files that contain a canary in clear."""
    return [str(path) for path in files(*places) if CANARY.encode() in content_of(path)]


def keys_in(keys: MasterKeys, streams: Iterable[UUID], *places: Path) -> dict[UUID, StreamKey]:
    """Return the keys of these streams of which a file has a copy that an existing master key unwraps.

    Every byte is a possible start: of tables, write-ahead logs and dead rows.
    """
    streams, found = list(streams), dict[UUID, StreamKey]()
    for path in files(*places):
        content = content_of(path)
        for version, master in keys.reload().items():
            starts = re.finditer(rb"(?=" + re.escape(bytes([version])) + rb"[\s\S]{60})", content)
            for start in (each.start() for each in starts):
                wrapped = content[start : start + 1 + _WRAPPED]
                if len(set(wrapped)) < _RANDOM:
                    continue
                for stream in streams:
                    if stream not in found:
                        try:
                            found[stream] = master.unwrap(stream, wrapped)
                        except ValueError:
                            continue
    return found


def opened(keys: dict[UUID, StreamKey], *places: Path) -> set[str]:
    """Return the canaries that these keys open in any file."""
    found: set[str] = set()
    for path in files(*places):
        for sealed in set(_SEALED.findall(content_of(path))):
            text = Sealed(sealed.decode())
            for key in keys.values():
                for field in FIELDS:
                    try:
                        plain = key.open(field, text)
                    except ValueError:
                        continue
                    if plain.startswith(CANARY):
                        found.add(plain)
    return found
