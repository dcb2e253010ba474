"""OCEL 2.0 in JSON (Berti et al., "OCEL Specification 2.0", RWTH Aachen 2024, §7).

Every stream is an object of its sort, every event an event. Initial values of attributes are dated 1970, as
the standard demands; each later change has the time of its event. ``lapor``, next to the standard's four
lists, describes the file and names the position of the log at which it was taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

import msgspec

from lapor.audit.exports.formats.flatten import flatten, type_of
from lapor.audit.exports.service import GrantedExport
from lapor.audit.exports.streams import ExportedEvent, ExportedStream, Scalar

_FROM_THE_START = "1970-01-01T00:00:00Z"
_AGENCIES = ("agency", "suggested_agency")
_COMPLAINTS = ("into", "follower", "split_from")
_CHUNK = 1 << 16  # bytes
_encode = msgspec.json.Encoder().encode
Types = dict[str, dict[str, str]]
"""The attributes of each type of event or object, with the type of each attribute."""


def write(export: GrantedExport, streams: Iterable[ExportedStream]) -> Iterator[bytes]:
    """Yield the file in pieces. The objects wait in a temporary file until all events are written."""
    event_types: Types = defaultdict(dict)
    object_types: Types = defaultdict(dict)
    yield b'{"lapor":' + _encode(export.about) + b',"events":['
    with TemporaryFile() as objects:
        first_event = first_object = True
        for stream in streams:
            events = [_event(stream, event, event_types, whole=export.whole) for event in stream.events]
            if events:
                yield (b"" if first_event else b",\n") + b",\n".join(map(_encode, events))
                first_event = False
            objects.write((b"" if first_object else b",\n") + _encode(_object(stream, object_types)))
            first_object = False
        yield b'],"objects":['
        objects.seek(0)
        while piece := objects.read(_CHUNK):
            yield piece
    yield b'],"eventTypes":' + _encode(_types(event_types))
    yield b',"objectTypes":' + _encode(_types(object_types)) + b"}\n"


def _event(stream: ExportedStream, event: ExportedEvent, types: Types, *, whole: bool) -> dict[str, Any]:
    data = event.data
    values: dict[str, Scalar] = {"role": data["role"], "channel": data["channel"], "by": data["by"]}
    if event.position is not None:
        values["position"] = event.position
    values |= flatten(data)
    return {
        "id": f"{stream.stream}/{event.version}",
        "type": event.activity,
        "time": data["at"],
        "attributes": _attributes(types, event.activity, values),
        "relationships": list(_relations(stream, data, whole=whole)),
    }


def _relations(stream: ExportedStream, data: dict[str, Any], *, whole: bool) -> Iterator[dict[str, str]]:
    """Yield relations to the stream itself, the officer, the agencies named, and other complaints.

    The last only in a ``whole`` export, because other exports may not contain those complaints.
    """
    yield {"objectId": str(stream.stream), "qualifier": stream.sort}
    if _is_officer(data["by"]):
        yield {"objectId": data["by"], "qualifier": "by"}
    for name in _AGENCIES:
        if name in data:
            yield {"objectId": data[name], "qualifier": name}
    if whole:
        for name in _COMPLAINTS:
            if name in data:
                yield {"objectId": data[name], "qualifier": name}
        for child in data.get("children", ()):
            yield {"objectId": child, "qualifier": "child"}


def _object(stream: ExportedStream, types: Types) -> dict[str, Any]:
    declared = types[stream.sort]
    changes = []
    for change in stream.changes:
        declared.setdefault(change.name, type_of(change.name, change.value))
        time = _FROM_THE_START if change.version == 1 else change.at
        changes.append({"name": change.name, "value": change.value, "time": time})
    for name, value in stream.identity.items():
        declared.setdefault(name, "string")
        changes.append({"name": name, "value": value, "time": _FROM_THE_START})
    lead = stream.last.get("lead")
    answers = [{"objectId": lead, "qualifier": "answered by"}] if lead else []
    return {"id": str(stream.stream), "type": stream.sort, "attributes": changes, "relationships": answers}


def _attributes(types: Types, of: str, values: dict[str, Scalar]) -> list[dict[str, Scalar]]:
    declared = types[of]
    for name, value in values.items():
        declared.setdefault(name, type_of(name, value))
    return [{"name": name, "value": value} for name, value in values.items()]


def _types(types: Types) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": item, "type": type_} for item, type_ in declared.items()]}
        for name, declared in sorted(types.items())
    ]


def _is_officer(by: str) -> bool:
    """Whether the actor is an officer, who has an id, and not ``citizen`` or ``system:…``."""
    try:
        UUID(by)
    except ValueError:
        return False
    return True
