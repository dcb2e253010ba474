"""An event's stored bytes are canonical, complete and never change."""

import dataclasses
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, NewType, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import msgspec
import pytest

from lapor.domain.aggregate import Event
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Hours, Opening
from lapor.store.codec import (
    Codec,
    UnknownTopicError,
    decode,
    encode,
    event_class_of,
    events_by_topic,
    instant,
    leaf,
)
from lapor.store.event_log import RecordedEvent

EVENTS = events_by_topic()
every_event = pytest.mark.parametrize("event_class", EVENTS.values(), ids=EVENTS.keys())
PLAIN: dict[Any, list[Any]] = {
    str: ["", 'Jalan <rusak> & "gelap" — Rp 5.000\n\u2028😀', "'; --"],
    int: [0, 1, -7, 2**40],
    bool: [True, False],
    UUID: [UUID(int=0), UUID(int=2**128 - 1)],
    date: [date(2026, 3, 1), date.max],
    datetime: [datetime(2026, 3, 1, 2, 3, 4, 5, UTC), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)],
    time: [time(7, 30)],
    Hours: [
        INDONESIAN_HOURS,
        dataclasses.replace(INDONESIAN_HOURS, extra=(Opening(date(2026, 12, 25), time(8), time(9)),)),
    ],
}


def values(hint: Any, *, full: bool) -> list[Any]:
    """Return some values of a type; with ``full`` none of them is absent or empty."""
    if NoneType in get_args(hint):
        (inner,) = (arg for arg in get_args(hint) if arg is not NoneType)
        return values(inner, full=True) if full else [None]
    if isinstance(hint, NewType):
        return values(hint.__supertype__, full=full)
    if get_origin(hint) is tuple:
        found = values(get_args(hint)[0], full=full)
        return [tuple(found), tuple(found[:1])] if full else [()]
    if hint in PLAIN:
        return PLAIN[hint]
    if issubclass(hint, Enum):
        return list(hint)
    return list(instances(hint, full=full))


def instances(made: Any, *, full: bool, **given: Any) -> Iterator[Any]:
    """Yield as many instances of a class as its richest field has values."""
    hints = get_type_hints(made)
    fields = {
        field.name: values(hints[field.name], full=full)
        for field in dataclasses.fields(made)
        if field.name not in given
    }
    for number in range(max(map(len, fields.values()))):
        yield made(**given, **{name: found[number % len(found)] for name, found in fields.items()})


def examples(event_class: type[Event]) -> list[Event]:
    stamp = {"originator_id": uuid4(), "originator_version": 3}
    return [event for full in (True, False) for event in instances(event_class, full=full, **stamp)]


def fields(plain: dict[str, Any]) -> Iterator[Any]:
    """Yield the value of every field, including those of nested objects."""
    for value in plain.values():
        yield value
        for inner in value if isinstance(value, list) else [value]:
            yield from fields(inner) if isinstance(inner, dict) else ()


@every_event
def test_every_event_comes_back_as_it_was(event_class: type[Event]) -> None:
    for event in examples(event_class):
        state = encode(event)

        again = decode(event.originator_id, event.originator_version, event.TOPIC, state)

        assert type(again) is event_class
        assert vars(again) == vars(event)
        assert encode(again) == state
        assert Codec().to_domain_event(Codec().to_stored_event(event)) == again


@every_event
def test_when_it_happened_can_be_read_without_the_rest(event_class: type[Event]) -> None:
    for event in examples(event_class):
        assert instant(encode(event)) == event.at


@every_event
def test_the_bytes_are_canonical_json(event_class: type[Event]) -> None:
    for event in examples(event_class):
        state = encode(event)

        plain = json.loads(state)
        assert state == json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert not [value for value in fields(plain) if value is None or value == []]
        assert not plain.keys() & {"originator_id", "originator_version", "timestamp"}
        assert plain["at"].endswith("Z")


@every_event
def test_a_state_without_a_required_field_is_refused(event_class: type[Event]) -> None:
    state = json.loads(encode(examples(event_class)[-1]))
    for name in state:
        rest = {other: value for other, value in state.items() if other != name}
        with pytest.raises(msgspec.ValidationError):
            decode(uuid4(), 1, event_class.TOPIC, json.dumps(rest).encode())


def test_topics_are_lapors_own_and_no_two_events_share_one() -> None:
    assert len(EVENTS) == len(set(EVENTS.values())) > 10
    kinds = {topic.rpartition(".")[0] for topic in EVENTS}
    known = ("complaint", "agency", "officer", "calendar", "policy", "export", "retention_policy")
    assert kinds == {f"lapor.{kind}" for kind in known}


def test_an_event_of_a_newer_release_is_never_skipped_in_silence() -> None:
    with pytest.raises(UnknownTopicError) as unknown:
        decode(uuid4(), 1, "lapor.complaint.teleported", b"{}")

    assert unknown.value.topic == "lapor.complaint.teleported"
    with pytest.raises(UnknownTopicError):
        event_class_of("lapor.complaint.teleported")


def test_a_process_that_imports_the_codec_alone_knows_every_kind_of_event() -> None:
    asked = "from lapor.store.codec import events_by_topic; print(*sorted(events_by_topic()))"

    known = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout

    assert known.split() == sorted(topic for topic in events_by_topic() if topic.startswith("lapor."))


def part(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def test_anyone_can_compute_the_leaf_from_the_documents() -> None:
    draw = random.Random(7)
    for size in (0, 1, 400, 70_000):
        position, version = draw.randrange(1, 2**63), draw.randrange(1, 2**31)
        stream, state = UUID(int=draw.getrandbits(128)), draw.randbytes(size)
        topic = "lapor.complaint.filed"
        parts = [position.to_bytes(8, "big"), stream.bytes, version.to_bytes(8, "big"), topic.encode(), state]

        expected = hashlib.sha256(b"\0" + b"".join(map(part, parts))).digest()

        assert leaf(position, stream, version, topic, state) == expected
        assert RecordedEvent(position, stream, version, topic, state).leaf() == expected


def test_no_two_events_share_a_leaf_by_moving_bytes_between_topic_and_state() -> None:
    stream = UUID(int=1)

    assert leaf(1, stream, 1, "ab", b"c") != leaf(1, stream, 1, "a", b"bc")


def test_an_event_that_could_never_be_read_again_is_refused_before_it_is_stored() -> None:
    fossil = Path(__file__).parents[1] / "fossils" / "lapor.agency.registered.1.json"
    registered = decode(UUID(int=1), 1, "lapor.agency.registered", fossil.read_bytes().rstrip())
    without: dict[str, Any] = {"owner_type": None}
    silent = dataclasses.replace(registered, **without)

    with pytest.raises(ValueError, match="must say owner_type"):
        encode(silent)
