"""Sealing of personal data: AES-256-GCM under a key of the stream's own, itself wrapped by a master key.

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

from lapor.domain.vocabulary import Sealed

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
        """Return the plain text. Raises ``ValueError`` if it was not sealed for this field under this key."""
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
    """Wraps the keys of streams. Its version, 1 to 255, is the first byte of what it wraps."""

    def __init__(self, key: bytes, version: int = 1) -> None:
        self._cipher = AESGCM(key)
        self.version = version

    def new_key(self, stream: UUID) -> tuple[StreamKey, bytes]:
        """Return a fresh key for a stream, and the same wrapped for the vault."""
        key = AESGCM.generate_key(256)
        return StreamKey(stream, key), self._wrapped(stream, key)

    def unwrap(self, stream: UUID, wrapped: bytes) -> StreamKey:
        """Return the key of a stream. Raises ``ValueError`` if another master key wrapped it."""
        return StreamKey(stream, self._unwrapped(stream, wrapped))

    def rewrap(self, stream: UUID, wrapped: bytes, by: "MasterKey") -> bytes:
        """Return a stream's key wrapped by another master key. Raises ``ValueError`` as ``unwrap``."""
        return by._wrapped(stream, self._unwrapped(stream, wrapped))  # noqa: SLF001 - the same class

    def _wrapped(self, stream: UUID, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return bytes([self.version]) + nonce + self._cipher.encrypt(nonce, key, stream.bytes)

    def _unwrapped(self, stream: UUID, wrapped: bytes) -> bytes:
        nonce, body = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, body, stream.bytes)
        except InvalidTag:
            message = "the vault was wrapped with another master key: check LAPOR_MASTER_KEY_FILE"
            raise ValueError(message) from None


def secret_file(path: Path, length: int = 32, *, make: bool = True) -> bytes:
    """Return the random bytes kept in ``path``; the first call draws them and writes them with mode 0600.

    Two processes may call it at once: the file is linked into place whole, and the first one stays.
    Raises ``ValueError`` if the file has another number of bytes, ``FileNotFoundError`` if there is none and
    ``make`` is False.
    """
    if make and not path.exists():
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
            _sync_folder(path.parent)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    content = path.read_bytes()
    if len(content) != length:
        message = f"{path} should hold {length} bytes, but holds {len(content)}"
        raise ValueError(message)
    return content


def destroy(path: Path) -> None:
    """Overwrite a file with random bytes and remove it; do nothing if it does not exist.

    The medium may keep the old bytes all the same: a flash disk, a copy-on-write file system, a snapshot. If
    that matters, encrypt the disk or keep the folder in memory.
    """
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Write a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
