"""Where a list continues, encrypted: a cursor contains exact instants, which not every caller may see."""

import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from projections.engine.as_of import SortKey

_NONCE = 12


class CursorError(ValueError):
    """A cursor that was not issued here, or was issued for another list."""

    def __init__(self) -> None:
        super().__init__("This cursor was not given out for this list; begin without one.")


class Cursors:
    """Makes and reads cursors under one key. Each is valid for the list that it names."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.blake2b(b"cursors", key=key, digest_size=32).digest())

    def make(self, of: str, last: SortKey) -> str:
        """Return the cursor of the page that begins after the row with this sort key."""
        nonce = os.urandom(_NONCE)
        return urlsafe_b64encode(
            nonce + self._cipher.encrypt(nonce, msgspec.json.encode(last), of.encode())
        ).decode()

    def read(self, of: str, cursor: str | None) -> SortKey | None:
        """Return the sort key that a cursor names; None without a cursor. Raises ``CursorError``."""
        if not cursor:
            return None
        try:
            raw = urlsafe_b64decode(cursor.encode())
            plain = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], of.encode())
            last: SortKey = msgspec.json.decode(plain, type=SortKey)
        except (ValueError, InvalidTag, msgspec.MsgspecError):
            raise CursorError from None
        return last
