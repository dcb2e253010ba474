"""OCEL 2.0 in JSON (Berti et al., "OCEL Specification 2.0", RWTH Aachen 2024, §7).

Every stream is an object of its sort, every event an event. What an object was from the start is dated 1970,
as the standard asks; each later change has the time of its event. Beside the four lists that the standard
knows stands ``lapor``: what the file is, and at which position of the log it was taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

import msgspec

from lapor.audit.exports.formats.flatten import flat, type_of
from lapor.audit.exports.service import GrantedExport
from lapor.audit.exports.streams import ExportedEvent, ExportedStream, Scalar

_FROM_THE_START = "1970-01-01T00:00:00Z"
_AGENCIES = ("agency", "suggested_agency")
_COMPLAINTS = ("into", "follower", "split_from")
_CHUNK = 1 << 16  # bytes
_encode = msgspec.json.Encoder().encode
Types = dict[str, dict[str, str]]
"""The attributes of each type of event or object, and of what type these are."""


def write(order: GrantedExport, lives: Iterable[ExportedStream]) -> Iterator[bytes]:
    """The file in pieces. The objects wait in a temporary file until the events are out."""
    event_types: Types = defaultdict(dict)
    object_types: Types = defaultdict(dict)
    yield b'{"lapor":' + _encode(order.about) + b',"events":['
    with TemporaryFile() as objects:
        first_event = first_object = True
        for life in lives:
            events = [_event(life, told, event_types, whole=order.whole) for told in life.told]
            if events:
                yield (b"" if first_event else b",\n") + b",\n".join(map(_encode, events))
                first_event = False
            objects.write((b"" if first_object else b",\n") + _encode(_object(life, object_types)))
            first_object = False
        yield b'],"objects":['
        objects.seek(0)
        while piece := objects.read(_CHUNK):
            yield piece
    yield b'],"eventTypes":' + _encode(_types(event_types))
    yield b',"objectTypes":' + _encode(_types(object_types)) + b"}\n"


def _event(life: ExportedStream, told: ExportedEvent, types: Types, *, whole: bool) -> dict[str, Any]:
    said = told.said
    values: dict[str, Scalar] = {"role": said["role"], "channel": said["channel"], "by": said["by"]}
    if told.position is not None:
        values["position"] = told.position
    values |= flat(said)
    return {
        "id": f"{life.stream}/{told.version}",
        "type": told.activity,
        "time": said["at"],
        "attributes": _attributes(types, told.activity, values),
        "relationships": list(_relations(life, said, whole=whole)),
    }


def _relations(life: ExportedStream, said: dict[str, Any], *, whole: bool) -> Iterator[dict[str, str]]:
    """To the stream itself, who did it, the agencies named; to other complaints if all of them are here."""
    yield {"objectId": str(life.stream), "qualifier": life.sort}
    if _is_id(said["by"]):
        yield {"objectId": said["by"], "qualifier": "by"}
    for name in _AGENCIES:
        if name in said:
            yield {"objectId": said[name], "qualifier": name}
    if whole:
        for name in _COMPLAINTS:
            if name in said:
                yield {"objectId": said[name], "qualifier": name}
        for child in said.get("children", ()):
            yield {"objectId": child, "qualifier": "child"}


def _object(life: ExportedStream, types: Types) -> dict[str, Any]:
    known = types[life.sort]
    changes = []
    for change in life.changes:
        known.setdefault(change.name, type_of(change.name, change.value))
        time = _FROM_THE_START if change.version == 1 else change.at
        changes.append({"name": change.name, "value": change.value, "time": time})
    for name, value in life.identity.items():
        known.setdefault(name, "string")
        changes.append({"name": name, "value": value, "time": _FROM_THE_START})
    lead = life.last.get("lead")
    answers = [{"objectId": lead, "qualifier": "answered by"}] if lead else []
    return {"id": str(life.stream), "type": life.sort, "attributes": changes, "relationships": answers}


def _attributes(types: Types, of: str, values: dict[str, Scalar]) -> list[dict[str, Scalar]]:
    known = types[of]
    for name, value in values.items():
        known.setdefault(name, type_of(name, value))
    return [{"name": name, "value": value} for name, value in values.items()]


def _types(types: Types) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": each, "type": type_} for each, type_ in known.items()]}
        for name, known in sorted(types.items())
    ]


def _is_id(by: str) -> bool:
    """Whether somebody acted: an officer's id, not ``citizen`` nor ``system:…``."""
    try:
        UUID(by)
    except ValueError:
        return False
    return True
