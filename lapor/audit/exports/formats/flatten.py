"""An event as names and plain values, for formats without lists and nested objects."""

from typing import Any

import msgspec

from lapor.audit.exports.streams import Scalar

_METADATA = frozenset({"at", "by", "role", "channel", "cause"})
_DUE, _ENDED = "due_", "ended_"


def flatten(data: dict[str, Any]) -> dict[str, Scalar]:
    """Return all fields but the metadata: ``place_village`` for a field of an object, a list as JSON.

    A clock is given by its due time and its end: ``due_resolve``, ``ended_resolve``; of several clocks of one
    step only the first.
    """
    plain: dict[str, Scalar] = {}
    for name, value in data.items():
        if name in _METADATA:
            continue
        if name == "starts":
            for clock in value:
                plain.setdefault(_DUE + clock["step"], clock["due_at"])
        elif name == "stops":
            for stop in value:
                plain.setdefault(_ENDED + stop["step"], stop["outcome"])
        elif isinstance(value, dict):
            plain |= {f"{name}_{inner}": _scalar(item) for inner, item in value.items()}
        else:
            plain[name] = _scalar(value)
    return plain


def _scalar(value: Any) -> Scalar:
    if isinstance(value, str | int | float):
        return value
    return msgspec.json.encode(value).decode()


def type_of(name: str, value: Scalar) -> str:
    """Return OCEL 2.0's name of a value's type."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "float"
    return "time" if name.startswith(_DUE) else "string"
