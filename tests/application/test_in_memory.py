"""The application's decisions on a log in memory: no database is needed to try them."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.agencies import Agencies
from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.queries.complaint import ComplaintQueries
from lapor.application.queries.lookup import ComplaintLookup
from lapor.bootstrap import make_application
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.complaint import WORKFLOW
from lapor.domain.errors import KeyReusedError, NotFoundError, StaleVersionError, VersionRequiredError
from lapor.domain.vocabulary import Kind, Outcome, Role
from lapor.settings import Settings
from lapor.store.event_log import SideWrites
from lapor.store.memory_event_log import MemoryEventLog
from lapor.store.vault.seal import ERASED
from projections.engine.as_of import AsOf

from ..clock import CLOCK

COORDINATOR = Caller("c-1", (RoleAssignment(Role.COORDINATOR),))
ROUTE = {"agency": "BM", "kind": Kind.COMPLAINT, "category": "roads", "title": "Jalan"}


@pytest.fixture
def application(tmp_path: Path) -> LaporApplication:
    application = make_application(Settings(data=tmp_path, clock=CLOCK), MemoryEventLog())
    Agencies(application).register({"code": "BM", "name": "Bina Marga"}, CommandRequest(OPERATOR))
    return application


@pytest.fixture
def complaints(application: LaporApplication) -> ComplaintCommands:
    return ComplaintCommands(application, ComplaintLookup(application))


@pytest.fixture
def showing(application: LaporApplication) -> ComplaintQueries:
    return ComplaintQueries(application, ComplaintLookup(application))


def filed(complaints: ComplaintCommands, **command: Any) -> dict[str, Any]:
    body = {"text": "Jalan rusak di depan pasar", "consent": True, "reporter": {"name": "Siti"}}
    return dict(complaints.file(body, CommandRequest(Caller(), **command)).body)


def test_nothing_that_a_person_typed_is_in_the_log(
    application: LaporApplication, complaints: ComplaintCommands
) -> None:
    made = filed(complaints)
    complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR, any_version=True))

    stored = b"".join(row.state for row in application.log.page(0, 100))
    for typed in (b"Jalan", b"pasar", b"Siti", made["receipt"].encode()):
        assert typed not in stored


def test_the_same_key_files_once_and_shows_the_same_receipt(
    application: LaporApplication, complaints: ComplaintCommands
) -> None:
    key = uuid4()

    answers = [filed(complaints, key=key, digest=b"d") for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert application.log.head() == 2
    with pytest.raises(KeyReusedError):
        filed(complaints, key=key, digest=b"other")


def test_a_repeated_command_is_answered_as_of_its_own_version(complaints: ComplaintCommands) -> None:
    made = filed(complaints)
    command = CommandRequest(COORDINATOR, seen=1, key=uuid4(), digest=b"r")
    first = complaints.act(WORKFLOW["route"], made["id"], ROUTE, command)
    complaints.act(
        WORKFLOW["follow-up"], made["id"], {"text": "x"}, CommandRequest(COORDINATOR, any_version=True)
    )

    assert complaints.act(WORKFLOW["route"], made["id"], ROUTE, command) == first


def test_a_command_says_which_version_its_author_has_seen(complaints: ComplaintCommands) -> None:
    made = filed(complaints)

    with pytest.raises(VersionRequiredError):
        complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR))
    with pytest.raises(StaleVersionError):
        complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR, seen=7))


def test_a_complaint_can_be_seen_as_it_stood_at_an_earlier_position_or_moment(
    application: LaporApplication, complaints: ComplaintCommands, showing: ComplaintQueries
) -> None:
    made = filed(complaints)
    before, then = application.log.head(), application.clock()
    complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR, any_version=True))
    named, command = str(made["id"]), CommandRequest(COORDINATOR)

    assert showing.view(named, command, AsOf()).body["stage"] == "routed"
    assert showing.view(named, command, AsOf(at=then)).body["stage"] == "filed"
    assert showing.view(named, command, AsOf(position=before)).body["stage"] == "filed"
    with pytest.raises(NotFoundError):
        showing.view(named, command, AsOf(position=1))


def test_without_its_vault_row_a_complaint_is_still_a_complaint_without_words(
    application: LaporApplication,
    complaints: ComplaintCommands,
    showing: ComplaintQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = filed(complaints)
    read_stream = application.log.read_stream
    monkeypatch.setattr(
        application.log, "read_stream", lambda *asked: replace(read_stream(*asked), vault_entry=None)
    )

    seen = showing.view(str(made["id"]), CommandRequest(COORDINATOR), AsOf()).body

    assert (seen["text"], seen["stage"], seen["reporter"]) == (
        ERASED,
        "filed",
        {"name": ERASED, "masked": True},
    )


def test_another_stream_is_not_found_as_a_complaint(
    application: LaporApplication, showing: ComplaintQueries
) -> None:
    agency = next(iter(application.reference_data.agencies))

    for named in (str(agency), str(uuid4()), "LP-0000-00000", "nonsense"):
        with pytest.raises(NotFoundError):
            showing.view(named, CommandRequest(COORDINATOR), AsOf())
    assert isinstance(agency, UUID)


def test_lost_events_about_agencies_are_forgotten_and_their_successors_known(
    application: LaporApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a fail-over that lost events: the server that took over has others at their positions."""
    taken_over = MemoryEventLog()
    taken_over.append([StoredEvent(*application.log.page(0, 1)[0][1:])], SideWrites())
    Agencies(application).register({"code": "LOST", "name": "Hilang"}, CommandRequest(OPERATOR))
    monkeypatch.setattr(application, "log", taken_over)
    Agencies(make_application(Settings(data=tmp_path, clock=CLOCK), taken_over)).register(
        {"code": "NEW", "name": "Baru"}, CommandRequest(OPERATOR)
    )

    application.catch_up()

    assert {agency.code for agency in application.reference_data.agencies.values()} == {"BM", "NEW"}
    assert application.reference_data.agency("LOST") is None
    assert application.reference_data.position == 2


@pytest.mark.parametrize("roles", [(Role.ARBITER, Role.COORDINATOR), (Role.COORDINATOR, Role.ARBITER)])
def test_an_officer_of_two_roles_acts_in_the_one_that_may_at_this_stage(
    complaints: ComplaintCommands, showing: ComplaintQueries, roles: tuple[Role, ...]
) -> None:
    both, made = Caller("b-1", tuple(map(RoleAssignment, roles))), filed(complaints)

    complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(both, any_version=True))

    history, _ = showing.history(made["code"], CommandRequest(COORDINATOR), AsOf(), after=0, limit=10)
    assert history[-1]["role"] is Role.COORDINATOR


def test_the_reporter_reads_nothing_of_an_answer_before_it_is_given(
    application: LaporApplication, complaints: ComplaintCommands, showing: ComplaintQueries
) -> None:
    made = filed(complaints)
    complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR, any_version=True))
    agency = application.reference_data.agency("BM")
    assert agency is not None
    liaison = Caller("l-1", (RoleAssignment(Role.LIAISON, agency.id),))
    body = {"text": "Belum", "outcome": Outcome.REFUSED_LAWFUL}
    complaints.act(WORKFLOW["draft-response"], made["id"], body, CommandRequest(liaison, any_version=True))

    for reader, known in (
        (CommandRequest(Caller(), receipt=made["receipt"]), False),
        (CommandRequest(liaison), True),
    ):
        history, _ = showing.history(made["code"], reader, AsOf(), after=0, limit=10)
        drafted = next(item["data"] for item in history if item["type"].endswith("response_drafted"))
        view = showing.view(made["code"], reader, AsOf()).body
        assert {"text" in drafted, "outcome" in drafted, "draft" in view} == {known}
