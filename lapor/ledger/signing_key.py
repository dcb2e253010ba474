"""The key that signs checkpoints: a file here, its public half in the database, a new one at times.

A new key is put beside the old one first, as ``….next``; it takes its place once the database knows it.
So a crash between any two steps leaves one key in force, and its file.
"""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lapor.ledger.signed_note import PublicKey
from lapor.ledger.tiles import LedgerError, SigningKey
from lapor.store.vault.seal import secret_file


def public_half(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


class KeyFile:
    """The signing key of this machine, 32 bytes that their owner alone can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = path.with_name(f"{path.name}.next")

    def first(self, origin: str | None) -> tuple[Ed25519PrivateKey, SigningKey]:
        """The key of a log that has none yet, made at need. Without an ``origin`` it names the log."""
        private = _key(self._path)
        public = public_half(private)
        name = origin or f"lapor-{public[:4].hex()}"
        return private, SigningKey(1, PublicKey(name, public), 0)

    def current(self, known: SigningKey) -> Ed25519PrivateKey:
        """The key that signs by now. Raises ``LedgerError`` where this machine does not have it."""
        found = self._having(known)
        if found is None:
            raise LedgerError(
                f"The key in {self._path} is not the one that signs this log (number {known.number},"
                f" {known.key.vkey}): copy that one here, or let `lapor keys rotate-signing` make a new one"
                " where the old one is."
            )
        return found

    def _having(self, known: SigningKey) -> Ed25519PrivateKey | None:
        for path in (self._path, self._next):
            if path.exists() and public_half(found := _key(path)) == known.key.public:
                if path == self._next:
                    self.take_next()
                return found
        return None

    def next(self, known: SigningKey) -> tuple[Ed25519PrivateKey, SigningKey]:
        """The key that shall follow, made at need: not in force yet, its first size is not known."""
        private = _key(self._next)
        key = PublicKey(known.key.name, public_half(private))
        return private, SigningKey(known.number + 1, key, 0)

    def take_next(self) -> None:
        """Put the next key in the place of the old one, which is then gone."""
        self._next.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(secret_file(path))
    except ValueError as error:
        raise LedgerError(f"This is no signing key: {error}.") from error
