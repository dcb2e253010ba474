"""An event as names and plain values, for forms that know no lists and no objects in objects."""

from typing import Any

import msgspec

from lapor.audit.exports.streams import Scalar

_METADATA = frozenset({"at", "by", "role", "channel", "cause"})
_DUE, _ENDED = "due_", "ended_"


def flat(said: dict[str, Any]) -> dict[str, Scalar]:
    """All but the metadata: ``place_village`` for what stands in an object, a list as JSON.

    Of clocks the moment and the end: ``due_resolve``, ``ended_resolve``; of several of one step the first.
    """
    plain: dict[str, Scalar] = {}
    for name, value in said.items():
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
    """The word of OCEL 2.0 for a value's type."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "float"
    return "time" if name.startswith(_DUE) else "string"
