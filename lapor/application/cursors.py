"""Where a list goes on, sealed: a cursor holds exact instants, which not everybody may see."""

import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Place = tuple[datetime | None, UUID]
"""The sorted instant and the stream of the last row that was shown."""
_NONCE = 12


class CursorError(ValueError):
    """A cursor that was not given out here, or for another list."""

    def __init__(self) -> None:
        super().__init__("This cursor was not given out for this list; begin without one.")


class Cursors:
    """Makes and reads cursors under one key, each for the list that it is named after."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.blake2b(b"cursors", key=key, digest_size=32).digest())

    def make(self, of: str, place: Place) -> str:
        nonce = os.urandom(_NONCE)
        return urlsafe_b64encode(
            nonce + self._cipher.encrypt(nonce, msgspec.json.encode(place), of.encode())
        ).decode()

    def read(self, of: str, cursor: str) -> Place:
        """The place again. Raises ``CursorError``."""
        try:
            raw = urlsafe_b64decode(cursor.encode())
            plain = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], of.encode())
            place: Place = msgspec.json.decode(plain, type=Place)
        except (ValueError, InvalidTag, msgspec.MsgspecError):
            raise CursorError from None
        return place
