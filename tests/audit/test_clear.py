"""An event's clear fields are all its fields but the sealed ones, in every kind of event."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lapor.audit.exports.clear_fields import clear_fields
from lapor.store.event_log import RecordedEvent

FOSSILS = sorted((Path(__file__).parents[1] / "fossils").glob("*.json"))
DAY = datetime(2026, 11, 24, tzinfo=UTC)


def without_seals(value: Any) -> Any:
    """Return the same without values that look sealed, and without objects that contain nothing else."""
    if isinstance(value, dict):
        kept = {name: without_seals(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in (None, {}, [])}
    if isinstance(value, list):
        return [item for item in map(without_seals, value) if item is not None]
    return None if isinstance(value, str) and value.startswith("s1.") else value


def stored(fossil: Path) -> RecordedEvent:
    return RecordedEvent(1, uuid4(), 1, fossil.stem.rpartition(".")[0], fossil.read_bytes().rstrip())


@pytest.mark.parametrize("fossil", FOSSILS, ids=lambda path: path.stem)
def test_every_clear_field_is_selected_and_no_sealed_one(fossil: Path) -> None:
    told = clear_fields(stored(fossil))

    assert "s1." not in json.dumps(told)
    assert without_seals(told) == without_seals(json.loads(fossil.read_bytes()))


@pytest.mark.parametrize("fossil", FOSSILS, ids=lambda path: path.stem)
def test_every_instant_can_be_cut(fossil: Path) -> None:
    told = clear_fields(stored(fossil), lambda _: DAY)

    assert told["at"] == DAY.isoformat()
    assert "Z" not in {str(value)[-1:] for value in strings(told)}


def strings(value: Any) -> list[str]:
    """Yield all texts within that are instants."""
    if isinstance(value, dict):
        return [each for item in value.values() for each in strings(item)]
    if isinstance(value, list):
        return [each for item in value for each in strings(item)]
    return [value] if isinstance(value, str) and value[10:11] == "T" else []
