"""What a stored event says in clear: its bytes without what is sealed, by the declaration of its kind."""

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
_KEPT, _INSTANT = "kept", "instant"
_Shape: TypeAlias = Mapping[str, "str | _Shape"]
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def said(row: RecordedEvent, as_shown: AsShown | None = None) -> dict[str, Any]:
    """All that an event says in clear, its metadata included, as JSON has it.

    Only what its kind declares is taken, so that nothing unknown can slip out. ``as_shown`` makes of each
    instant what may be shown of it.
    """
    return _taken(_decode(row.state), _shape_of(row.topic), as_shown)


@cache
def _shape_of(topic: str) -> _Shape:
    return {"at": _INSTANT, **_shape(events_by_topic()[topic])}


def _shape(declaration: Any) -> _Shape:
    """The fields of a dataclass that are in clear, with those of the objects in them."""
    shape: dict[str, str | _Shape] = {}
    hints = get_type_hints(declaration)
    for field in dataclasses.fields(declaration):
        held = _held(hints[field.name])
        if dataclasses.is_dataclass(held):
            shape[field.name] = _shape(held)
        elif held is not Sealed:
            shape[field.name] = _INSTANT if held is datetime else _KEPT
    return shape


def _held(hint: Any) -> Any:
    """What a field holds, or a list in it."""
    inner = [each for each in get_args(hint) if each not in {NoneType, Ellipsis}]
    return _held(inner[0]) if inner else hint


def _taken(plain: dict[str, Any], shape: _Shape, as_shown: AsShown | None) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for name, value in plain.items():
        kind = shape.get(name)
        if kind is None:
            continue
        if kind is _INSTANT and as_shown:
            taken[name] = as_shown(datetime.fromisoformat(value)).isoformat()
        elif isinstance(kind, str):
            taken[name] = value
        elif isinstance(value, list):
            taken[name] = [_taken(item, kind, as_shown) if isinstance(item, dict) else item for item in value]
        elif inner := _taken(value, kind, as_shown):
            taken[name] = inner
    return taken
