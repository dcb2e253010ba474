"""Events are for ever: each is documented, is in the glossary, and has a fossil that must load."""

import dataclasses
import json
import re
from pathlib import Path
from uuid import UUID

import pytest

from lapor.domain.aggregate import Event
from lapor.domain.command_fields import fields_of
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.vocabulary import Sealed
from lapor.store import codec

ROOT = Path(__file__).parents[1]
FOSSILS = ROOT / "tests" / "fossils"
EVENTS = (ROOT / "docs" / "events.md").read_text()
TOPICS = sorted(codec.events_by_topic())
STREAM = UUID("0b2c7d5e-4f1a-4c3b-9a8d-7e6f5a4b3c2d")


def section(topic: str) -> str:
    return EVENTS.partition(f"### {topic}\n")[2].partition("\n#")[0]


def own_fields(event: type[Event]) -> list[str]:
    base = ComplaintEvent if issubclass(event, ComplaintEvent) else Event
    common = {field.name for field in dataclasses.fields(base)}
    return [field.name for field in dataclasses.fields(event) if field.name not in common]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_field_of_an_event_is_documented_as_clear_or_sealed(topic: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w*) ?\|", section(topic), re.MULTILINE))
    event = codec.events_by_topic()[topic]

    assert sorted(rows) == sorted(own_fields(event))
    for field in fields_of(event):
        if field.name in rows and not field.nested:
            assert rows[field.name] == ("sealed" if field.type is Sealed else "clear"), field.name


@pytest.mark.parametrize("topic", TOPICS)
def test_every_event_is_in_the_glossary(topic: str) -> None:
    assert f"| `{topic}` |" in (ROOT / "docs" / "glossary.md").read_text()


@pytest.mark.parametrize("page", ["events.md", "glossary.md"])
def test_nothing_is_left_to_be_described(page: str) -> None:
    assert "to be described" not in (ROOT / "docs" / page).read_text().lower()


def test_no_event_uses_a_reserved_topic() -> None:
    groups = re.findall(r"`(lapor\.\w+\.)` ([\w\s]+)", EVENTS.partition("## Reserved topics")[2])
    reserved = {prefix + name for prefix, names in groups for name in names.split()}

    assert "lapor.officer.role_taken" in reserved
    assert reserved.isdisjoint(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_event_has_a_fossil(topic: str) -> None:
    assert list(FOSSILS.glob(f"{topic}.*.json"))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_field_of_an_event_stands_in_a_fossil(topic: str) -> None:
    stored = {name for fossil in FOSSILS.glob(f"{topic}.*.json") for name in json.loads(fossil.read_bytes())}

    assert set(own_fields(codec.events_by_topic()[topic])) <= stored, f"run make fossil TOPIC={topic}"


@pytest.mark.parametrize("fossil", sorted(FOSSILS.glob("*.json")), ids=lambda path: path.stem)
def test_every_fossil_loads_and_is_written_the_same_again(fossil: Path) -> None:
    topic = fossil.stem.rpartition(".")[0]
    state = fossil.read_bytes().rstrip(b"\n")

    event = codec.decode(STREAM, 1, topic, state)

    assert topic == type(event).TOPIC
    assert codec.encode(event) == state
