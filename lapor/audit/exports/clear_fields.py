"""The fields of a stored event that are in clear: its bytes without sealed values, by its class's types."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, TypeAlias, get_args, get_type_hints

import msgspec

from lapor.domain.vocabulary import Sealed
from lapor.store.codec import events_by_topic
from lapor.store.event_log import RecordedEvent

AsShown = Callable[[datetime], datetime]
_CLEAR, _INSTANT = "clear", "instant"
_Shape: TypeAlias = Mapping[str, "str | _Shape"]
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def clear_fields(row: RecordedEvent, as_shown: AsShown | None = None) -> dict[str, Any]:
    """Return the fields of an event that are in clear, its metadata included, as JSON values.

    Only declared fields are selected, so that nothing unknown can be exported. ``as_shown`` turns each
    instant into the one that may be shown.
    """
    return _select(_decode(row.state), _shape_of(row.topic), as_shown)


@cache
def _shape_of(topic: str) -> _Shape:
    return {"at": _INSTANT, **_shape(events_by_topic()[topic])}


def _shape(declaration: Any) -> _Shape:
    """Return the fields of a dataclass that are in clear, with those of nested objects."""
    shape: dict[str, str | _Shape] = {}
    hints = get_type_hints(declaration)
    for field in dataclasses.fields(declaration):
        inner = _inner_type(hints[field.name])
        if dataclasses.is_dataclass(inner):
            shape[field.name] = _shape(inner)
        elif inner is not Sealed:
            shape[field.name] = _INSTANT if inner is datetime else _CLEAR
    return shape


def _inner_type(hint: Any) -> Any:
    """Return the type of a field's value, or of the items if the value is a list."""
    inner = [arg for arg in get_args(hint) if arg not in {NoneType, Ellipsis}]
    return _inner_type(inner[0]) if inner else hint


def _select(plain: dict[str, Any], shape: _Shape, as_shown: AsShown | None) -> dict[str, Any]:
    selected: dict[str, Any] = {}
    for name, value in plain.items():
        kind = shape.get(name)
        if kind is None:
            continue
        if kind is _INSTANT and as_shown:
            selected[name] = as_shown(datetime.fromisoformat(value)).isoformat()
        elif isinstance(kind, str):
            selected[name] = value
        elif isinstance(value, list):
            selected[name] = [
                _select(item, kind, as_shown) if isinstance(item, dict) else item for item in value
            ]
        elif inner := _select(value, kind, as_shown):
            selected[name] = inner
    return selected
