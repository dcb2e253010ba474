"""A process miner reads our exports, counts what the log counts, and finds no way that is forbidden."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from lapor.audit.conformance.allowed_transitions import ALLOWED_TRANSITIONS
from lapor.domain.complaint import WORKFLOW, events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.export import ExportFormat
from lapor.domain.vocabulary import Role, Stage
from lapor.store.event_log import RecordedEvent

from .conftest import Mined

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("mining"),
    pytest.mark.filterwarnings("ignore"),  # pm4py's own, and those of what it stands on
]
_NAMED = {"name": {"type": "string"}, "value": {"type": ["string", "number", "boolean"]}}
_RELATIONS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"objectId": {"type": "string"}, "qualifier": {"type": "string"}},
        "required": ["objectId", "qualifier"],
        "additionalProperties": False,
    },
}
_TIME = {"type": "string", "format": "date-time"}


def _things(attribute: dict[str, Any], **more: Any) -> dict[str, Any]:
    attributes = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": attribute,
            "required": list(attribute),
            "additionalProperties": False,
        },
    }
    text = {"type": "string"}
    own = {"id": text, "type": text, "attributes": attributes, "relationships": _RELATIONS, **more}
    return {
        "type": "array",
        "items": {"type": "object", "properties": own, "required": list(own), "additionalProperties": False},
    }


_TYPES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "attributes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "type": {"enum": ["string", "time", "integer", "float", "boolean"]},
                    },
                    "required": ["name", "type"],
                },
            },
        },
        "required": ["name", "attributes"],
    },
}
OCEL_2 = {
    "type": "object",
    "properties": {
        "eventTypes": _TYPES,
        "objectTypes": _TYPES,
        "events": _things(_NAMED, time=_TIME),
        "objects": _things({**_NAMED, "time": _TIME}),
    },
    "required": ["eventTypes", "objectTypes", "events", "objects"],
}
"""The format of "OCEL 2.0 Specification", §7 (JSON), closed where the standard leaves it open."""


def test_the_ocel_file_has_the_form_of_the_standard(mined: Mined) -> None:
    file = json.loads(Path(mined.file(ExportFormat.OCEL)).read_bytes())

    Draft202012Validator(OCEL_2, format_checker=FormatChecker()).validate(file)


def test_the_object_centric_log_counts_what_the_log_counts(mined: Mined, pm4py: Any) -> None:
    log = pm4py.read_ocel2_json(mined.file(ExportFormat.OCEL))

    assert len(log.events) == len(mined.rows)
    assert Counter(log.events["ocel:activity"]) == mined.activities(mined.rows)
    sorts = {row.stream: row.topic.split(".")[1] for row in mined.rows}
    assert Counter(log.objects["ocel:type"]) == Counter(sorts.values())
    assert set(log.objects["ocel:oid"]) == {str(stream) for stream in sorts}
    assert set(log.relations["ocel:oid"]) <= set(log.objects["ocel:oid"])
    assert set(log.o2o["ocel:oid_2"]) <= set(log.objects["ocel:oid"])
    assert sum(log.relations["ocel:qualifier"] == "complaint") == len(mined.of_complaints)
    assert len(log.object_changes) > 0


def test_the_xes_log_counts_what_the_log_counts(mined: Mined, pm4py: Any) -> None:
    frame = pm4py.read_xes(mined.file(ExportFormat.XES))

    assert len(frame) == len(mined.of_complaints)
    assert Counter(frame["concept:name"]) == mined.activities(mined.of_complaints)
    assert frame["case:concept:name"].nunique() == len({row.stream for row in mined.of_complaints})
    assert set(pm4py.get_start_activities(frame)) == {"complaint.filed"}
    for time, role in zip(frame["time:timestamp"].head(50), frame["org:role"].head(50), strict=True):
        assert time.utcoffset().total_seconds() == 0
        assert role in set(Role)


def test_the_csv_file_is_read_as_a_log_too(mined: Mined, pm4py: Any) -> None:
    import pandas as pd

    frame = pd.read_csv(mined.file(ExportFormat.CSV))[:-1]
    frame = frame[frame["sort"] == "complaint"]
    frame = pm4py.format_dataframe(
        frame.astype({"at": "datetime64[us, UTC]"}), case_id="code", activity_key="type", timestamp_key="at"
    )

    assert len(frame) == len(mined.of_complaints)
    assert Counter(frame["concept:name"]) == Counter(row.topic for row in mined.of_complaints)
    assert frame["case:concept:name"].nunique() == len({row.stream for row in mined.of_complaints})


def _activity(event: type[ComplaintEvent]) -> str:
    return event.TOPIC.removeprefix("lapor.")


def _before(event: type[ComplaintEvent]) -> set[Stage]:
    """The stages at which somebody can cause it."""
    return {
        stage for stage, role in product(Stage, Role) if ALLOWED_TRANSITIONS[event].from_stage(stage, role)
    }


def _after(event: type[ComplaintEvent]) -> set[Stage]:
    """The stages at which a complaint can stand after it."""
    if event.STAGE is not None:
        return {event.STAGE}
    leads_to = {stage for name in ALLOWED_TRANSITIONS[event].verbs for stage in WORKFLOW[name].leads_to}
    chooses = "stage" in event.__dataclass_fields__
    if event is events.DeemedWithdrawn:
        return {Stage.WITHDRAWN, *WORKFLOW["ask-reporter"].stages}
    if not chooses:
        return _before(event)
    return leads_to | (_before(event) if event in {events.Reclassified, events.ObjectionDecided} else set())


ALLOWED = {
    (_activity(one), _activity(other))
    for one, other in product(ALLOWED_TRANSITIONS, ALLOWED_TRANSITIONS)
    if other is not events.Filed and _after(one) & _before(other)
}


def test_no_complaint_took_a_way_that_the_workflow_forbids(mined: Mined, pm4py: Any) -> None:
    edges, starts, _ = pm4py.discover_dfg(pm4py.read_xes(mined.file(ExportFormat.XES)))

    assert set(edges) <= ALLOWED
    assert len(edges) >= 7  # the city tells seven, the demo more than fifty
    assert set(starts) == {"complaint.filed"}


@pytest.mark.parametrize(
    "edge",
    [
        ("filed", "responded"),
        ("filed", "accepted"),
        ("routed", "closed"),
        ("responded", "accepted"),
        ("closed", "responded"),
        ("merged", "routed"),
        ("transferred", "closed"),
        ("rated", "filed"),
    ],
)
def test_the_workflow_does_forbid_ways(edge: tuple[str, str]) -> None:
    one, other = edge
    assert (f"complaint.{one}", f"complaint.{other}") not in ALLOWED
    assert len(ALLOWED) < 0.8 * len(ALLOWED_TRANSITIONS) ** 2  # some events can come at any time


def test_each_complaint_replayed_alone_agrees(mined: Mined) -> None:
    """The miner finds from times the pairs of activities that the log has by versions."""
    assert set(_pairs(mined.of_complaints)) <= ALLOWED


def _pairs(rows: list[RecordedEvent]) -> Iterator[tuple[str, str]]:
    last: dict[UUID, str] = {}
    for row in rows:
        activity = row.topic.removeprefix("lapor.")
        if row.stream in last:
            yield last[row.stream], activity
        last[row.stream] = activity
