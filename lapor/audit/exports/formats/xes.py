"""XES (IEEE 1849-2016): one trace for each complaint, in the order of its events.

It uses the extensions concept, time, lifecycle and organizational; an event's other fields have their own
names. Agencies, officers and other streams that are no complaints have no trace.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import quoteattr

from lapor.audit.exports.formats.flatten import flatten, type_of
from lapor.audit.exports.service import GrantedExport
from lapor.audit.exports.streams import ExportedEvent, ExportedStream, Scalar

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/" xes.version="1849.2016" xes.features="">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event">
<string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>
<string key="lifecycle:transition" value="complete"/>
</global>
<classifier name="Activity" keys="concept:name"/>
<string key="lifecycle:model" value="standard"/>
"""
_TAGS = {"boolean": "boolean", "integer": "int", "float": "float", "time": "date", "string": "string"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(export: GrantedExport, streams: Iterable[ExportedStream]) -> Iterator[bytes]:
    """Yield the file in pieces, one for each complaint."""
    about = {f"lapor:{name}": value for name, value in export.about.items()}
    yield (_HEAD + "".join(_values(about))).encode()
    for stream in streams:
        if stream.sort == "complaint":
            yield "".join(_trace(stream)).encode()
    yield b"</log>\n"


def _trace(stream: ExportedStream) -> Iterator[str]:
    attributes = stream.last
    yield "<trace>\n"
    named = {"concept:name": attributes.get("code", str(stream.stream)), "stream": str(stream.stream)}
    yield from _values({**named, **attributes, **stream.identity})
    for event in stream.events:
        yield from _event(event)
    yield "</trace>\n"


def _event(event: ExportedEvent) -> Iterator[str]:
    data = event.data
    yield "<event>\n"
    yield _value("date", "time:timestamp", data["at"])
    values: dict[str, Scalar] = {
        "concept:name": event.activity,
        "lifecycle:transition": "complete",
        "org:resource": data["by"],
        "org:role": data["role"],
    }
    if event.position is not None:
        values["position"] = event.position
    yield from _values({**values, "channel": data["channel"], **flatten(data)})
    yield "</event>\n"


def _values(values: Mapping[str, Scalar]) -> Iterator[str]:
    for name, value in values.items():
        yield _value(_TAGS[type_of(name, value)], name, value)


def _value(tag: str, name: str, value: Scalar) -> str:
    text = str(value).lower() if isinstance(value, bool) else _NOT_XML.sub("\ufffd", str(value))
    # a line break in an attribute would be read as a space unless it is written as a reference
    quoted = quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
    return f'<{tag} key="{name}" value={quoted}/>\n'
