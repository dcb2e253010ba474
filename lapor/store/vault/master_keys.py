"""The master keys in their files: ``master`` is version 1, ``master.N`` version N; no backup contains them.

There are two only during a rotation (``lapor.store.vault.key_rotation``). The newest wraps, all unwrap.
A process reads the files again after a second, and when it finds a version that it does not know, so it
need not be restarted.
"""

import re
import time
from pathlib import Path
from uuid import UUID

from lapor.store.vault.seal import MasterKey, StreamKey, secret_file

RELOAD_SECONDS = 1.0
MAX_VERSION = 255
_NUMBER = re.compile(r"\.([1-9]\d{0,2})")


def key_files(first: Path) -> dict[int, Path]:
    """Return the existing files by version, in order; ``first`` is the path of version 1, even if deleted."""
    versions = {1: first} if first.exists() else {}
    for path in first.parent.glob(f"{first.name}.*"):
        number = _NUMBER.fullmatch(path.name.removeprefix(first.name))
        if number:
            versions[int(number[1])] = path
    return dict(sorted(versions.items()))


class MasterKeys:
    """The keys in the files, for all threads of a process."""

    def __init__(self, first: Path) -> None:
        self._first = first
        self._keys: dict[int, MasterKey] = {}
        self._loaded_at = float("-inf")

    @classmethod
    def from_files(cls, first: Path) -> "MasterKeys":
        """Read the keys; make version 1, readable by its owner alone, if there is none yet.

        Raises ``ValueError`` for a file with another number of bytes.
        """
        if not key_files(first):
            secret_file(first)
        keys = cls(first)
        keys.reload()
        return keys

    def reload(self) -> dict[int, MasterKey]:
        """Read the files again, forget keys whose files are gone, and return the rest, the newest last."""
        before = self._keys
        keys = {}
        for version, path in key_files(self._first).items():
            try:
                keys[version] = MasterKey(secret_file(path, make=False), version)
            except FileNotFoundError:  # destroyed since
                continue
        self._keys, self._loaded_at = keys or before, time.monotonic()
        return self._keys

    def files(self) -> dict[int, Path]:
        """Return the keys' files by version, the newest last."""
        return key_files(self._first)

    def add(self, version: int) -> None:
        """Make the file of a version, unless it exists."""
        secret_file(self._first.with_name(f"{self._first.name}.{version}"))
        self.reload()

    def new_key(self, stream: UUID) -> tuple[StreamKey, bytes]:
        """Return a fresh key for a stream, and the same wrapped for the vault by the newest master key."""
        keys = self._current()
        return keys[max(keys)].new_key(stream)

    def unwrap(self, stream: UUID, wrapped: bytes) -> StreamKey:
        """Return the key of a stream. Raises ``ValueError`` if the master key that wrapped it is not here."""
        key = self._current().get(wrapped[0]) or self.reload().get(wrapped[0])
        if key is None:
            version = f"version {wrapped[0]}"
            message = (
                f"the vault was wrapped with another master key ({version}): check LAPOR_MASTER_KEY_FILE"
            )
            raise ValueError(message)
        return key.unwrap(stream, wrapped)

    def _current(self) -> dict[int, MasterKey]:
        if time.monotonic() - self._loaded_at > RELOAD_SECONDS:
            return self.reload()
        return self._keys
