"""Each state that a file knows becomes the events that lead there, dated as the file says."""

from datetime import UTC, datetime, timedelta

import pytest

from lapor.application.application import CommandRequest
from lapor.application.queries.complaint import ComplaintQueries
from lapor.application.queries.lookup import ComplaintLookup
from lapor.cli.shared.common import OPERATOR
from lapor.domain.complaint.events import Closed, ComplaintEvent, Filed, Responded, Transferred
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.vocabulary import Channel, Ground, Outcome, Privacy, Role, Step
from projections.engine.as_of import AsOf

from .office import HEADER, Office, line

FILED_AT, CLOSED_AT = datetime(2020, 1, 1, 8, 5, tzinfo=UTC), datetime(2020, 1, 2, 16, 40, tzinfo=UTC)
UPDATED_AT = CLOSED_AT + timedelta(minutes=3)


def past(office: Office) -> list[ComplaintEvent]:
    return [event for event in office.events() if isinstance(event, ComplaintEvent)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            "Closed",
            [
                ("filed", FILED_AT, Role.REPORTER),
                ("verified", FILED_AT, Role.COORDINATOR),
                ("routed", FILED_AT, Role.COORDINATOR),
                ("accepted", CLOSED_AT, Role.LIAISON),
                ("responded", CLOSED_AT, Role.LIAISON),
                ("closed", CLOSED_AT, Role.COORDINATOR),
            ],
        ),
        ("Cancelled", [("filed", FILED_AT, Role.REPORTER), ("archived", CLOSED_AT, Role.COORDINATOR)]),
        ("Referred Out", [("filed", FILED_AT, Role.REPORTER), ("transferred", CLOSED_AT, Role.COORDINATOR)]),
        (
            "Pending",
            [
                ("filed", FILED_AT, Role.REPORTER),
                ("verified", FILED_AT, Role.COORDINATOR),
                ("routed", FILED_AT, Role.COORDINATOR),
                ("accepted", UPDATED_AT, Role.LIAISON),
            ],
        ),
        (
            "Open",
            [
                ("filed", FILED_AT, Role.REPORTER),
                ("verified", FILED_AT, Role.COORDINATOR),
                ("routed", FILED_AT, Role.COORDINATOR),
            ],
        ),
    ],
)
def test_a_status_becomes_the_events_that_lead_there(
    office: Office, status: str, expected: list[tuple[str, datetime, Role]]
) -> None:
    office.take(office.file(HEADER, line(status=status)))

    events = past(office)
    assert [(event.TOPIC.rpartition(".")[2], event.at, event.role) for event in events] == expected
    assert {(event.by, event.channel, event.cause) for event in events} == {
        ("system:import", Channel.IMPORT, None)
    }
    assert all(not event.starts and not event.stops for event in events)


def test_the_codes_of_a_past_are_clear_and_its_texts_are_sealed(office: Office) -> None:
    office.take(office.file(HEADER, line(anonymous="Y")))

    events = past(office)
    (filed,) = [event for event in events if isinstance(event, Filed)]
    assert filed.place is not None
    assert (filed.category, filed.privacy, filed.consent) == ("bulky-items", Privacy.ANONYMOUS, False)
    assert (filed.place.village, filed.place.cell) == ("91406", "34.19,-118.50")
    assert [event.outcome for event in events if isinstance(event, Responded)] == [Outcome.FIXED]
    assert [event.ground for event in events if isinstance(event, Closed)] == [Ground.DECISION]
    stored = b"".join(row.state for row in office.application.log.page(0, 100))
    assert not any(typed in stored for typed in (b"VANOWEN", b"34.194", b"Bulky", b"MyLA311"))


def test_an_imported_complaint_is_found_by_its_code_and_opens(office: Office) -> None:
    office.take(office.file(HEADER, line(status="Pending")))
    (filed,) = [event for event in office.events() if isinstance(event, Filed)]

    lookup = ComplaintLookup(office.application)
    showing = ComplaintQueries(office.application, lookup)
    seen = showing.view(filed.code, CommandRequest(OPERATOR), AsOf()).body

    assert (seen["stage"], seen["title"]) == ("in_progress", "Bulky Items")
    (vault_entry,) = office.application.log.vault_entries([filed.originator_id])
    assert vault_entry.receipt_digest is None
    assert set(office.application.terms.of("bulky")) <= set(vault_entry.terms)


def test_a_policy_reckons_what_would_have_been_promised(office: Office) -> None:
    office.take(office.file(HEADER, line()), policy=SP4N_2018)

    events = past(office)
    started = {clock.step: clock.policy for event in events for clock in event.starts}
    assert started == dict.fromkeys(set(Step) - {Step.REPORTER_COMPLETION}, "sp4n-2018/1")
    assert {(stop.step, stop.n) for event in events for stop in event.stops} == {
        (step, 1) for step in started
    }


def test_a_transfer_names_nobody_where_the_file_does_not(office: Office) -> None:
    office.take(office.file(HEADER, line(status="Referred Out")))

    (transferred,) = [event for event in office.events() if isinstance(event, Transferred)]
    assert "does not say" in transferred.receiver


def test_agencies_are_registered_once_in_the_files_zone(office: Office) -> None:
    lines = [line(f"1-{n}", owner=owner) for n, owner in enumerate(["BOS", "OCB", "bos", "BOS"])]

    assert office.take(office.file(HEADER, *lines)).agencies == ["BOS", "OCB"]
    agencies = office.application.reference_data.agencies.values()
    assert {agency.timetable[0][1].zone for agency in agencies} == {"America/Los_Angeles"}
    assert office.take(office.file(HEADER, line("2-1"))).agencies == []
