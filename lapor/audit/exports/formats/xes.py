"""XES (IEEE 1849-2016): one trace for each complaint, in the order of its events.

Extensions concept, time, lifecycle and organizational; all else that an event says stands under its own name.
Agencies, officers and what else is no complaint have no trace.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import quoteattr

from lapor.audit.exports.formats.flatten import flat, type_of
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


def write(order: GrantedExport, lives: Iterable[ExportedStream]) -> Iterator[bytes]:
    """The file in pieces, one for each complaint."""
    about = {f"lapor:{name}": value for name, value in order.about.items()}
    yield (_HEAD + "".join(_values(about))).encode()
    for life in lives:
        if life.sort == "complaint":
            yield "".join(_trace(life)).encode()
    yield b"</log>\n"


def _trace(life: ExportedStream) -> Iterator[str]:
    attributes = life.last
    yield "<trace>\n"
    named = {"concept:name": attributes.get("code", str(life.stream)), "stream": str(life.stream)}
    yield from _values({**named, **attributes, **life.identity})
    for told in life.told:
        yield from _event(told)
    yield "</trace>\n"


def _event(told: ExportedEvent) -> Iterator[str]:
    said = told.said
    yield "<event>\n"
    yield _value("date", "time:timestamp", said["at"])
    values: dict[str, Scalar] = {
        "concept:name": told.activity,
        "lifecycle:transition": "complete",
        "org:resource": said["by"],
        "org:role": said["role"],
    }
    if told.position is not None:
        values["position"] = told.position
    yield from _values({**values, "channel": said["channel"], **flat(said)})
    yield "</event>\n"


def _values(values: Mapping[str, Scalar]) -> Iterator[str]:
    for name, value in values.items():
        yield _value(_TAGS[type_of(name, value)], name, value)


def _value(tag: str, name: str, value: Scalar) -> str:
    text = str(value).lower() if isinstance(value, bool) else _NOT_XML.sub("\ufffd", str(value))
    # a line break in an attribute would be read as a space, were it not written as a reference
    quoted = quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
    return f'<{tag} key="{name}" value={quoted}/>\n'
