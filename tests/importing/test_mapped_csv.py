"""The csv format does what docs/importing.md says."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lapor.domain.complaint.events import Archived, Filed
from lapor.domain.vocabulary import ArchiveReason, Kind, Stage
from lapor.importing.mapped_csv import mapped_csv
from lapor.importing.mapping import FIELDS, FieldMapping, MappingError, read_mapping

from .office import Office

DOCS = (Path(__file__).parents[2] / "docs/importing.md").read_text()
OWN, THEIRS = re.findall(r"```csv\n(.*?)```", DOCS, re.DOTALL)
(TOML,) = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
JAKARTA = "Asia/Jakarta"
PLAIN = mapped_csv(FieldMapping(), JAKARTA)


def mapping(office: Office, text: str) -> FieldMapping:
    path = office.folder / "map.toml"
    path.write_text(text)
    return read_mapping(path)


def test_the_documented_file_is_taken(office: Office) -> None:
    path = office.file(OWN)

    closed, going_on, archived = office.records(path, PLAIN)
    assert (closed.stage, going_on.stage, archived.stage) == (
        Stage.CLOSED,
        Stage.IN_PROGRESS,
        Stage.ARCHIVED,
    )
    assert closed.happened == {
        "route": datetime(2025, 3, 3, 3, tzinfo=UTC),
        "respond": datetime(2025, 3, 5, 7, 30, tzinfo=UTC),
        "close": datetime(2025, 3, 6, 2, tzinfo=UTC),
    }
    assert going_on.filing["title"] == "Jalan berlubang,"
    assert going_on.happened == dict.fromkeys(["route", "accept"], going_on.filed_at)
    assert archived.filed_at == datetime(2025, 3, 3, 17, tzinfo=UTC)
    assert office.take(path, PLAIN).imported == 3
    assert [event.reason_code for event in office.events() if isinstance(event, Archived)] == [
        ArchiveReason.INCOMPLETE_NO_REPLY
    ]


def test_the_documented_mapping_reads_the_documented_file(office: Office) -> None:
    form = mapped_csv(mapping(office, TOML), JAKARTA)
    path = office.file(THEIRS)

    (record,) = office.records(path, form)
    assert (record.number, record.stage, record.agency) == ("77", Stage.CLOSED, "DISHUB")
    assert record.filed_at == datetime(2025, 2, 3, 0, 15, tzinfo=UTC)
    assert record.last_at == datetime(2025, 2, 4, 16, tzinfo=UTC)
    assert office.take(path, form).agencies == ["DISHUB"]
    (agency,) = office.application.reference_data.agencies.values()
    assert (agency.name, agency.timetable[0][1].zone) == ("Dinas Perhubungan", "Asia/Makassar")


def test_every_column_is_documented() -> None:
    table = DOCS[DOCS.index("| column |") : DOCS.index("Moments are ISO")]
    assert {
        name for row in table.strip().splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])
    } == FIELDS


def test_one_column_may_serve_two_fields(office: Office) -> None:
    form = mapped_csv(mapping(office, '[columns]\nresponded_at = "done"\nended_at = "done"'), JAKARTA)

    (record,) = office.records(
        office.file(
            "number,text,filed_at,state,agency,category,done",
            "1,x,2025-01-01,closed,PU,road,2025-01-05",
        ),
        form,
    )

    assert record.happened["respond"] == record.happened["close"] == datetime(2025, 1, 4, 17, tzinfo=UTC)


def test_oversight_complaints_are_archived_by_the_inspectorate_and_confidential(office: Office) -> None:
    path = office.file(
        "number,text,filed_at,state,kind,ended_at", "1,x,2025-01-01,archived,oversight,2025-01-05"
    )

    assert office.take(path, PLAIN).imported == 1
    (filed,) = [event for event in office.events() if isinstance(event, Filed)]
    assert (filed.kind, filed.privacy) == (Kind.OVERSIGHT, "confidential")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("lost,PU,road,", "state 'lost' is none of"),
        ("merged,PU,road,", "state 'merged' cannot be imported; one of"),
        ("closed,,road,2025-01-02", "it is closed, but names no agency"),
        ("closed,PU,road,", "it is closed, but ended_at is missing"),
        ("routed,PU,,", "it was filed without one"),
        ("routed,PU,a b,", "category 'a b' should be letters"),
    ],
)
def test_a_row_that_says_too_little_is_rejected(office: Office, values: str, reason: str) -> None:
    header = "number,text,filed_at,state,agency,category,ended_at"

    tally = office.take(office.file(header, f"1,x,2025-01-01,{values}", "2,x,2025-01-01,,,,"), PLAIN)

    assert (tally.imported, tally.rejected) == (1, 1)
    ((number, told),) = office.told()
    assert number == 2
    assert reason in told


@pytest.mark.parametrize(
    "text",
    [
        "zone = 'Mars/Base'",
        "zone = 7",
        "delimiter = ';;'",
        "colums = {}",
        "[columns]\nnumbr = 'x'",
        "[values.stat]\na = 'b'",
        "dates = '%d'",
        "not toml",
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(office: Office, text: str) -> None:
    with pytest.raises(MappingError):
        mapping(office, text)
