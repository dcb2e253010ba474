"""Sealing what is personal: AES-256-GCM under a key of the stream's own, itself wrapped by a master key.

A sealed value is ``s1.`` + base64(nonce ‖ ciphertext). Its plain text is padded to a multiple of 64
bytes (ISO/IEC 7816-4), so that lengths tell little; associated data are the stream's id and the
field's name, so that no sealed value can be moved elsewhere. Deleting the wrapped key makes every
copy of the sealed bytes unreadable.
"""

import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lapor.domain.terms import Sealed

ERASED = "[dihapus]"
_PREFIX = "s1."
_NONCE = 12
_BLOCK = 64


def _pad(plain: bytes) -> bytes:
    return plain + b"\x80" + b"\0" * (-(len(plain) + 1) % _BLOCK)


class StreamKey:
    """The key of one complaint or account."""

    __slots__ = ("_cipher", "_stream")

    def __init__(self, stream: UUID, key: bytes) -> None:
        self._stream = stream.bytes
        self._cipher = AESGCM(key)

    def seal(self, field: str, text: str) -> Sealed:
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, _pad(text.encode()), self._stream + field.encode())
        return Sealed(_PREFIX + b64encode(nonce + sealed).decode())

    def open(self, field: str, sealed: Sealed) -> str:
        """The text again. Raises ``ValueError`` where it was not sealed for this field under this key."""
        if not sealed.startswith(_PREFIX):
            message = f"field '{field}' is not sealed"
            raise ValueError(message)
        raw = b64decode(sealed[len(_PREFIX) :])
        try:
            padded = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._stream + field.encode())
        except InvalidTag:
            message = f"field '{field}' does not open: it was sealed for another stream, field or key"
            raise ValueError(message) from None
        return padded.rstrip(b"\0")[:-1].decode()


class MasterKey:
    """Wraps the keys of streams. It lives in a file that is in no backup of the database."""

    VERSION = 1

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def from_file(cls, path: Path) -> "MasterKey":
        """Read the key; make it, readable by its owner alone, if the file is not there yet."""
        return cls(secret_file(path))

    def new_key(self, stream: UUID) -> tuple[StreamKey, bytes]:
        """A fresh key for a stream, and the same wrapped for the vault."""
        key = AESGCM.generate_key(256)
        nonce = os.urandom(_NONCE)
        wrapped = bytes([self.VERSION]) + nonce + self._cipher.encrypt(nonce, key, stream.bytes)
        return StreamKey(stream, key), wrapped

    def unwrap(self, stream: UUID, wrapped: bytes) -> StreamKey:
        """The key of a stream. Raises ``ValueError`` where the master key is another than the one used."""
        nonce, body = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
        try:
            return StreamKey(stream, self._cipher.decrypt(nonce, body, stream.bytes))
        except InvalidTag:
            message = "the vault was wrapped with another master key: check LAPOR_MASTER_KEY_FILE"
            raise ValueError(message) from None


def secret_file(path: Path, length: int = 32) -> bytes:
    """The random bytes kept in ``path``; drawn and written with mode 0600 at the first call.

    Two processes may come at once: the file is linked into place whole, and the first one stays.
    Raises ``ValueError`` where the file holds another number of bytes.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(length))
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    found = path.read_bytes()
    if len(found) != length:
        message = f"{path} should hold {length} bytes, but holds {len(found)}"
        raise ValueError(message)
    return found
