"""The key that signs checkpoints: a file on this machine, its public half in the database.

A new key is first written next to the old one, as ``….next``; it replaces the old file once the database has
its public half. So a crash between any two steps leaves one key in force, and its file.
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
    """The file of the signing key: 32 bytes that only the file's owner can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = path.with_name(f"{path.name}.next")

    def first(self, origin: str | None) -> tuple[Ed25519PrivateKey, SigningKey]:
        """Return the first key of a log, made if there is none; ``origin`` names the log, else its key does.

        Raises ``LedgerError`` if the file is no key.
        """
        private = _key(self._path)
        public = public_half(private)
        name = origin or f"lapor-{public[:4].hex()}"
        return private, SigningKey(1, PublicKey(name, public), 0)

    def current(self, newest: SigningKey) -> Ed25519PrivateKey:
        """Return the private half of the log's newest key. Raises ``LedgerError`` if it is not here."""
        private = self._find(newest)
        if private is None:
            raise LedgerError(
                f"The key in {self._path} is not the one that signs this log (number {newest.number},"
                f" {newest.key.vkey}): copy that one here, or make a new one by `lapor keys rotate-signing`"
                " on the machine that has the old one."
            )
        return private

    def _find(self, newest: SigningKey) -> Ed25519PrivateKey | None:
        for path in (self._path, self._next):
            if path.exists() and public_half(private := _key(path)) == newest.key.public:
                if path == self._next:
                    self.activate_next()
                return private
        return None

    def next(self, newest: SigningKey) -> tuple[Ed25519PrivateKey, SigningKey]:
        """Return the successor of a key, made if there is none; not in force yet, so ``since`` is 0."""
        private = _key(self._next)
        key = PublicKey(newest.key.name, public_half(private))
        return private, SigningKey(newest.number + 1, key, 0)

    def activate_next(self) -> None:
        """Replace the old key's file by the next key's; the old key is then gone."""
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
