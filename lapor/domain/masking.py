"""Masks for personal data: enough to tell two people apart, and no more.

The levels are those of the field (L1 in ``docs/explanation.md``): the first name and initials, the ends of a
number. A value that is too short to be masked in part is hidden entirely.
"""

from collections.abc import Callable, Mapping

HIDDEN = "***"
_LEAST_PHONE = 9  # digits, of which five are shown at most
_SHOWN_OF_ID = 4  # a NIK's serial number; the digits before it contain the date of birth
_LEAST_ID = 12


def name(full: str) -> str:
    """Return the first name, and the initials of the others: ``Siti R. A.``."""
    first, *others = full.split() or [HIDDEN]
    return " ".join([first, *(f"{other[0].upper()}." for other in others)])


def phone(number: str) -> str:
    """Return the operator's digits and the last three: ``0812****789``. A short number is hidden."""
    digits = "".join(filter(str.isdigit, number))
    if len(digits) < _LEAST_PHONE:
        return HIDDEN
    first = 4 if len(digits) > _LEAST_PHONE else 2
    return f"{digits[:first]}{'*' * (len(digits) - first - 3)}{digits[-3:]}"


def email(address: str) -> str:
    """Return the first letter, and the last label of the domain: ``s***@***.id``."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local:
        return HIDDEN
    _, dot, last = domain.rpartition(".")
    return f"{local[0]}{HIDDEN}@{HIDDEN}{dot}{last if dot else ''}"


def national_id(number: str) -> str:
    """Return the last four digits, the others masked. A short number is hidden."""
    digits = "".join(filter(str.isalnum, number))
    if len(digits) < _LEAST_ID:
        return HIDDEN
    return "*" * (len(digits) - _SHOWN_OF_ID) + digits[-_SHOWN_OF_ID:]


def hidden(_: str) -> str:
    """Return no character of the value."""
    return HIDDEN


_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": name,
    "phone": phone,
    "email": email,
    "national_id": national_id,
}


def masked(reporter: Mapping[str, str], erased: str) -> dict[str, object]:
    """Return the same keys with masked values, and ``masked``: true.

    A field without a mask of its own is hidden entirely. ``erased`` is the text in place of an erased value;
    it stays.
    """
    shown: dict[str, object] = {
        key: value if value == erased else _MASKS.get(key, hidden)(value) for key, value in reporter.items()
    }
    return {**shown, "masked": True}
