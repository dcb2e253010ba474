"""Each format contains all clear fields of the log, describes itself, and reveals no more than is allowed."""

import csv
import io
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from lapor.application.application import CommandRequest
from lapor.application.commands.agencies import Agencies
from lapor.audit.exports.period import Days
from lapor.audit.exports.service import ExportSelection
from lapor.cli.shared.common import OPERATOR
from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint
from lapor.domain.complaint.events import Filed
from lapor.domain.vocabulary import Privacy, Role

from ..domain.story import Story
from ..importing.office import HEADER, Office, line
from ..projections.histories import history
from .conftest import NATIONAL, NOTE, Archive

HISTORY = history(7, 120)


@pytest.fixture
def full(archive: Archive) -> Archive:
    archive.store(HISTORY)
    Agencies(archive.application).register({"code": "PUPR", "name": "Dinas PUPR"}, CommandRequest(OPERATOR))
    return archive


def events_of(archive: Archive) -> list[tuple[int, Event]]:
    return [(row.position, row.event()) for row in archive.application.log.page(0, 1_000_000)]


def lines(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode(), newline=""), strict=True))


def cells(book: bytes) -> list[list[str]]:
    """Return the cells of a spreadsheet's second sheet; an empty cell is an empty text."""
    with ZipFile(io.BytesIO(book)) as files:
        sheet = ET.fromstring(files.read("xl/worksheets/sheet2.xml"))
    rows = []
    for row in sheet.findall(".//{*}row"):
        found = {}
        for cell in row:
            notification = cell.attrib["r"].rstrip("0123456789")
            value = cell.find(".//{*}t") if cell.attrib.get("t") == "inlineStr" else cell.find("{*}v")
            found[notification] = "" if value is None else value.text or ""
            assert cell.find("{*}f") is None, "no formula"
        rows.append(found)
    return [[row.get(notification, "") for notification in rows[0]] for row in rows]


def test_ocel_holds_each_event_as_an_event_and_each_stream_as_an_object(full: Archive) -> None:
    stored = events_of(full)

    log = full.ocel()

    exported = {each["id"]: each for each in log["events"]}
    assert len(exported) == len(log["events"]) == len(stored)
    assert set(exported) == {f"{event.originator_id}/{event.originator_version}" for _, event in stored}
    objects = {each["id"]: each for each in log["objects"]}
    assert len(objects) == len(log["objects"])
    assert set(objects) == {str(event.originator_id) for _, event in stored}
    assert Counter(each["type"] for each in log["events"]) == Counter(
        event.TOPIC.removeprefix("lapor.") for _, event in stored
    )
    for _, event in stored:
        entry = exported[f"{event.originator_id}/{event.originator_version}"]
        assert entry["time"] == event.at.isoformat().replace("+00:00", "Z")
        assert {"objectId": str(event.originator_id), "qualifier": event.TOPIC.split(".")[1]} in entry[
            "relationships"
        ]
    assert {each["name"] for each in log["objectTypes"]} == {each["type"] for each in log["objects"]}


def test_ocel_declares_every_attribute_with_its_type(full: Archive) -> None:
    log = full.ocel()
    kinds: dict[str, Any] = {"string": str, "time": str, "integer": int, "float": float, "boolean": bool}
    for things, types in (("events", "eventTypes"), ("objects", "objectTypes")):
        declared = {
            each["name"]: {of["name"]: kinds[of["type"]] for of in each["attributes"]} for each in log[types]
        }
        for thing in log[things]:
            for attribute in thing["attributes"]:
                assert type(attribute["value"]) is declared[thing["type"]][attribute["name"]]


def test_ocel_shows_the_changes_of_an_object_as_the_aggregate_made_them(full: Archive) -> None:
    lives: dict[UUID, list[Event]] = {}
    for _, event in events_of(full):
        if event.TOPIC.startswith("lapor.complaint."):
            lives.setdefault(event.originator_id, []).append(event)

    objects = {each["id"]: each["attributes"] for each in full.ocel()["objects"]}

    for stream, happened in lives.items():
        for until, event in enumerate(happened, 1):
            it = Complaint.of(happened[:until])
            at = event.at.isoformat().replace("+00:00", "Z")
            said: dict[str, Any] = {}
            for change in objects[str(stream)]:
                if change["time"] <= at:
                    said[change["name"]] = change["value"]
            if until == len(happened) or happened[until].at > event.at:
                assert (said["stage"], said["privacy"]) == (it.stage, it.privacy)
                assert said.get("kind") == it.kind
                if it.lead:
                    assert said["lead"] == str(it.lead)


def test_xes_holds_a_trace_for_each_complaint_with_its_events_in_order(full: Archive) -> None:
    lives: dict[str, list[Event]] = {}
    for _, event in events_of(full):
        if event.TOPIC.startswith("lapor.complaint."):
            lives.setdefault(str(event.originator_id), []).append(event)

    log = ET.fromstring(full.file("xes"))

    traces = {}
    for trace in log.findall("{*}trace"):
        own = {each.attrib["key"]: each.attrib["value"] for each in trace if "key" in each.attrib}
        traces[own["stream"]] = [
            {each.attrib["key"]: each.attrib["value"] for each in entry}
            for entry in trace.findall("{*}event")
        ]
    assert {
        stream: [(each["concept:name"], each["time:timestamp"], each["org:resource"]) for each in exported]
        for stream, exported in traces.items()
    } == {
        stream: [
            (event.TOPIC.removeprefix("lapor."), event.at.isoformat().replace("+00:00", "Z"), event.by)
            for event in happened
        ]
        for stream, happened in lives.items()
    }
    assert {each.attrib["prefix"] for each in log.findall("{*}extension")} == {
        "concept", "time", "lifecycle", "org",
    }  # fmt: skip


def test_csv_has_a_line_for_each_event_and_its_own_as_the_last(full: Archive) -> None:
    stored = events_of(full)

    file = full.file("csv")

    *told, last = lines(file)
    assert file.endswith(b"\r\n")
    assert {int(each["position"]): each["type"] for each in told} == {
        position: event.TOPIC for position, event in stored
    }
    stages: dict[UUID, Any] = {}
    known: dict[int, Any] = {}
    for position, event in stored:
        stages[event.originator_id] = stage = event.mutate(stages.get(event.originator_id))
        known[position] = getattr(stage, "stage", "")
    assert all(each["stage"] == known[int(each["position"])] for each in told)
    assert (last["type"], int(last["position"])) == ("lapor.export.made", len(stored) + 1)


def test_a_spreadsheet_holds_what_csv_holds(full: Archive) -> None:
    spread, plain = cells(full.file("xlsx")), lines(full.file("csv"))

    head, *rows = spread
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert told[-1]["type"] == "lapor.export.made"
    assert told[:-1] == [each for each in plain[:-1] if each["sort"] != "export"]


@pytest.mark.parametrize("form", ["ocel", "xes", "csv", "xlsx"])
def test_each_form_names_the_position_and_the_checkpoint_that_it_was_taken_at(
    full: Archive, form: str
) -> None:
    head = full.application.log.head()
    file = full.file(form)
    match form:
        case "ocel":
            about = json.loads(file)["lapor"]
        case "csv":
            about = json.loads(lines(file)[-1]["data"])
        case "xes":
            own = [
                each.attrib for each in ET.fromstring(file) if each.attrib.get("key", "").startswith("lapor:")
            ]
            about = {each["key"].removeprefix("lapor:"): each["value"] for each in own}
        case _:
            with ZipFile(io.BytesIO(file)) as files:
                sheet = ET.fromstring(files.read("xl/worksheets/sheet1.xml"))
            texts = [each.text for each in sheet.findall(".//{*}t")]
            about = dict(zip(texts[::2], texts[1::2], strict=True))
    assert int(about["position"]) == head
    assert about["checkpoint"] == NOTE
    assert str(about["identities"]).lower() == "false"


@pytest.mark.parametrize("form", ["ocel", "xes", "csv"])
def test_nothing_sealed_is_in_any_form(full: Archive, form: str) -> None:
    assert b"s1." not in full.file(form)


def test_an_agency_chooses_the_complaints_in_which_it_had_a_part_and_nobody_elses_events(
    full: Archive,
) -> None:
    full.application.catch_up()
    story = Story()
    (story.agency,) = full.application.reference_data.agencies
    full.store(story.responded().new())

    lives = full.lives(ExportSelection(agency="PUPR"))

    (complaint,) = [life for life in lives.values() if life.sort == "complaint"]
    assert complaint.stream == story.complaint.id
    assert len(complaint.events) == story.complaint.version
    assert {life.sort for life in lives.values() if life.events} == {"complaint", "agency"}


def test_days_choose_events_by_their_local_date(full: Archive) -> None:
    begins, ends = datetime(2025, 3, 9, 17, tzinfo=UTC), datetime(2025, 3, 12, 17, tzinfo=UTC)  # WIB
    inside = [event for _, event in events_of(full) if begins <= event.at < ends]
    assert 0 < len(inside) < len(HISTORY)

    lives = full.lives(ExportSelection(Days(date(2025, 3, 10), date(2025, 3, 12))))

    told = {(life.stream, each.version) for life in lives.values() for each in life.events}
    assert told == {(event.originator_id, event.originator_version) for event in inside}
    assert all(life.events for life in lives.values() if life.sort == "complaint")


@pytest.mark.parametrize(
    "wanted",
    [
        ExportSelection(),
        ExportSelection(agency="BOS"),
        ExportSelection(Days(last=date(2020, 1, 2))),
        ExportSelection(Days(date(2026, 1, 1))),
    ],
)
def test_every_object_that_is_named_is_in_the_file_even_if_only_some_events_are(
    archive: Archive, tmp_path: Path, wanted: ExportSelection
) -> None:
    """The imported history is older than the agencies that it names."""
    office = Office(tmp_path, archive.application)
    office.take(office.file(HEADER, *(line(f"1-{n}", owner=owner) for n, owner in enumerate(("BOS", "OCB")))))

    log = archive.ocel(wanted)

    named = {
        each["objectId"] for thing in [*log["events"], *log["objects"]] for each in thing["relationships"]
    }
    assert named <= {each["id"] for each in log["objects"]}
    assert {each["attributes"][0]["value"] for each in log["objects"] if each["type"] == "agency"} == {
        "BOS", "OCB",
    }  # fmt: skip


def test_a_role_that_may_not_see_anonymous_reporters_instants_gets_days_and_no_positions(
    full: Archive,
) -> None:
    seen, cut = full.lives(), full.lives(caller=NATIONAL)
    anonymous = {event.originator_id for _, event in events_of(full) if isinstance(event, Filed)} & {
        life.stream for life in seen.values() if life.last.get("privacy") == Privacy.ANONYMOUS
    }
    assert anonymous

    for stream, life in seen.items():
        if stream in anonymous:
            assert all(told.position is None for told in cut[stream].events)
            assert all(told.data["at"][10:] == "T00:00:00+07:00" for told in cut[stream].events)
            assert not any("cause" in told.data for told in cut[stream].events)
            assert not {told.data["at"] for told in life.events} & {
                told.data["at"] for told in cut[stream].events
            }
            assert all(change.at[10:] == "T00:00:00+07:00" for change in cut[stream].changes)
        elif life.sort != "export":
            assert cut[stream] == life
    assert not any(
        told.data["role"] == Role.AUDITOR and told.position is None for told in seen[min(seen)].events
    )
