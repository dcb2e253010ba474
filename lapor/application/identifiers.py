"""Numbers handed to people: tracking codes, receipts, tokens. All are random; none tells who or when."""

import hashlib
import hmac
import secrets
from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_VALUE = {notification: value for value, notification in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_RECEIPT_BITS = 120
_CODE_LETTERS = 8
TRACKING_CODE = "tracking code"
"""The kind of claim by which a complaint is found from its public number."""
TOKEN_PREFIX = "lapor_"  # noqa: S105 - so that a leaked token is recognised by scanners


def _letters(number: int, count: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(count)))


def _check_letter(notifications: str) -> str:
    """The check digit of Luhn's algorithm modulo 32: finds any one wrong letter and most swaps."""
    total = 0
    for place, notification in enumerate(reversed(notifications)):
        addend = _VALUE[notification] * (2 if place % 2 == 0 else 1)
        total += addend // 32 + addend % 32
    return _ALPHABET[-total % 32]


def new_tracking_code() -> str:
    """A public number such as ``LP-7K3M-9QX2C``: 40 random bits and a check digit."""
    notifications = _letters(secrets.randbits(5 * _CODE_LETTERS), _CODE_LETTERS)
    return f"LP-{notifications[:4]}-{notifications[4:]}{_check_letter(notifications)}"


def tracking_code(typed: str) -> str | None:
    """The tracking code that somebody typed, in its one form; None where it is not one."""
    notifications = _normal(typed.strip().upper().removeprefix("LP"))
    if (
        notifications is None
        or len(notifications) != _CODE_LETTERS + 1
        or _check_letter(notifications[:-1]) != notifications[-1]
    ):
        return None
    return f"LP-{notifications[:4]}-{notifications[4:]}"


def _normal(typed: str) -> str | None:
    notifications = [_VALUE.get(notification) for notification in typed.upper() if notification not in "- "]
    return (
        None
        if None in notifications
        else "".join(_ALPHABET[value] for value in notifications if value is not None)
    )


def new_receipt() -> str:
    """24 letters, 120 random bits: who holds it is the reporter."""
    return _letters(secrets.randbits(_RECEIPT_BITS), _RECEIPT_BITS // 5)


def repeatable_receipt(secret: bytes, stream: UUID, key: UUID) -> str:
    """The receipt of a complaint filed with an Idempotency-Key: the same for a repeat, stored nowhere."""
    mac = hmac.digest(secret, stream.bytes + key.bytes, hashlib.sha256)
    return _letters(int.from_bytes(mac) >> (len(mac) * 8 - _RECEIPT_BITS), _RECEIPT_BITS // 5)


def receipt_digest(receipt: str) -> bytes:
    """What is stored of a receipt. Letters that look alike, case and hyphens make no difference."""
    return hashlib.sha256((_normal(receipt) or "").encode()).digest()


def same(one: bytes | None, other: bytes) -> bool:
    """Compare digests in constant time; no digest equals None."""
    return hmac.compare_digest(one or b"", other)


def new_token() -> str:
    """An officer's or machine's token: 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
