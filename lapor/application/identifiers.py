"""Numbers given to people: tracking codes, receipts, tokens. All are random and reveal nothing."""

import hashlib
import hmac
import secrets
from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_RECEIPT_BITS = 120
_CODE_LETTERS = 8
TRACKING_CODE = "tracking code"
"""The kind of unique name by which a complaint is found from its public number."""
TOKEN_PREFIX = "lapor_"  # noqa: S105 - scanners find a leaked token by it


def _letters(number: int, count: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(count)))


def _check_letter(letters: str) -> str:
    """Return the check digit of Luhn's algorithm modulo 32: finds any one wrong letter and most swaps."""
    total = 0
    for place, letter in enumerate(reversed(letters)):
        addend = _VALUE[letter] * (2 if place % 2 == 0 else 1)
        total += addend // 32 + addend % 32
    return _ALPHABET[-total % 32]


def new_tracking_code() -> str:
    """Return a public number such as ``LP-7K3M-9QX2C``: 40 random bits and a check digit."""
    letters = _letters(secrets.randbits(5 * _CODE_LETTERS), _CODE_LETTERS)
    return f"LP-{letters[:4]}-{letters[4:]}{_check_letter(letters)}"


def tracking_code(typed: str) -> str | None:
    """Return a typed tracking code in its one form; None: it is not one."""
    letters = _normal(typed.strip().upper().removeprefix("LP"))
    if letters is None or len(letters) != _CODE_LETTERS + 1 or _check_letter(letters[:-1]) != letters[-1]:
        return None
    return f"LP-{letters[:4]}-{letters[4:]}"


def _normal(typed: str) -> str | None:
    letters = [_VALUE.get(letter) for letter in typed.upper() if letter not in "- "]
    return None if None in letters else "".join(_ALPHABET[value] for value in letters if value is not None)


def new_receipt() -> str:
    """Return 24 letters, 120 random bits: its holder counts as the reporter."""
    return _letters(secrets.randbits(_RECEIPT_BITS), _RECEIPT_BITS // 5)


def repeatable_receipt(secret: bytes, stream: UUID, key: UUID) -> str:
    """Return the receipt of a filing with an Idempotency-Key: the same for a repeat, stored nowhere."""
    mac = hmac.digest(secret, stream.bytes + key.bytes, hashlib.sha256)
    return _letters(int.from_bytes(mac) >> (len(mac) * 8 - _RECEIPT_BITS), _RECEIPT_BITS // 5)


def receipt_digest(receipt: str) -> bytes:
    """Return the digest that is stored of a receipt. Similar letters, case and hyphens make no difference."""
    return hashlib.sha256((_normal(receipt) or "").encode()).digest()


def same(one: bytes | None, other: bytes) -> bool:
    """Compare digests in constant time; None equals no digest."""
    return hmac.compare_digest(one or b"", other)


def new_token() -> str:
    """Return an officer's or machine's token: 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """Return the digest under which a token is stored."""
    return hashlib.sha256(token.encode()).digest()
