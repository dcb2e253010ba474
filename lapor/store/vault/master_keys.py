"""The master keys in their files: ``master`` is version 1, ``master.N`` version N; no backup holds them.

There are two only while the keys are rotated (``lapor.store.vault.key_rotation``). The newest wraps, all
unwrap. A process reads the files again after a second, and when it meets a version that it does not know,
so nothing has to be restarted.
"""

import re
import time
from pathlib import Path
from uuid import UUID

from lapor.store.vault.seal import MasterKey, StreamKey, secret_file

LOOKED_AT = 1.0  # seconds
MOST = 255
_NUMBER = re.compile(r"\.([1-9]\d{0,2})")


def key_files(first: Path) -> dict[int, Path]:
    """The files that are there, by version; ``first`` is where version 1 stands, or stood."""
    found = {1: first} if first.exists() else {}
    for path in first.parent.glob(f"{first.name}.*"):
        number = _NUMBER.fullmatch(path.name.removeprefix(first.name))
        if number:
            found[int(number[1])] = path
    return dict(sorted(found.items()))


class MasterKeys:
    """The keys as the files say, for all threads of a process."""

    def __init__(self, first: Path) -> None:
        self._first = first
        self._keys: dict[int, MasterKey] = {}
        self._looked = float("-inf")

    @classmethod
    def from_files(cls, first: Path) -> "MasterKeys":
        """Read the keys; make version 1, readable by its owner alone, where there is none yet.

        Raises ``ValueError`` for a file that holds another number of bytes.
        """
        if not key_files(first):
            secret_file(first)
        keys = cls(first)
        keys.look()
        return keys

    def look(self) -> dict[int, MasterKey]:
        """Know the keys that are there now, and forget those that are not. By version, the newest last."""
        known = self._keys
        found = {}
        for version, path in key_files(self._first).items():
            try:
                found[version] = MasterKey(secret_file(path, make=False), version)
            except FileNotFoundError:  # destroyed since
                continue
        self._keys, self._looked = found or known, time.monotonic()
        return self._keys

    def files(self) -> dict[int, Path]:
        """The keys' files by version, the newest last."""
        return key_files(self._first)

    def add(self, version: int) -> None:
        """Make the file of a version, unless it is there."""
        secret_file(self._first.with_name(f"{self._first.name}.{version}"))
        self.look()

    def new_key(self, stream: UUID) -> tuple[StreamKey, bytes]:
        """A fresh key for a stream, and the same wrapped for the vault by the newest master key."""
        keys = self._known()
        return keys[max(keys)].new_key(stream)

    def unwrap(self, stream: UUID, wrapped: bytes) -> StreamKey:
        """The key of a stream. Raises ``ValueError`` where the master key that wrapped it is not here."""
        key = self._known().get(wrapped[0]) or self.look().get(wrapped[0])
        if key is None:
            version = f"version {wrapped[0]}"
            message = (
                f"the vault was wrapped with another master key ({version}): check LAPOR_MASTER_KEY_FILE"
            )
            raise ValueError(message)
        return key.unwrap(stream, wrapped)

    def _known(self) -> dict[int, MasterKey]:
        if time.monotonic() - self._looked > LOOKED_AT:
            return self.look()
        return self._keys
