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
from lapor.application.queries.lookup import AsOf, ComplaintLookup
from lapor.bootstrap import make_desk
from lapor.cli.agencies_officers import OPERATOR
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.complaint import WORKFLOW
from lapor.domain.errors import KeyReusedError, NotFoundError, StaleVersionError, VersionRequiredError
from lapor.domain.vocabulary import Kind, Outcome, Role
from lapor.settings import Settings
from lapor.store.event_log import SideWrites
from lapor.store.memory_event_log import MemoryEventLog
from lapor.store.vault.seal import ERASED

COORDINATOR = Caller("c-1", (RoleAssignment(Role.COORDINATOR),))
ROUTE = {"agency": "BM", "kind": Kind.COMPLAINT, "category": "roads", "title": "Jalan"}


@pytest.fixture
def desk(tmp_path: Path) -> LaporApplication:
    desk = make_desk(Settings(data=tmp_path), MemoryEventLog())
    Agencies(desk).register({"code": "BM", "name": "Bina Marga"}, CommandRequest(OPERATOR))
    return desk


@pytest.fixture
def complaints(desk: LaporApplication) -> ComplaintCommands:
    return ComplaintCommands(desk, ComplaintLookup(desk))


@pytest.fixture
def showing(desk: LaporApplication) -> ComplaintQueries:
    return ComplaintQueries(desk, ComplaintLookup(desk))


def filed(complaints: ComplaintCommands, **ask: Any) -> dict[str, Any]:
    body = {"text": "Jalan rusak di depan pasar", "consent": True, "reporter": {"name": "Siti"}}
    return dict(complaints.file(body, CommandRequest(Caller(), **ask)).body)


def test_nothing_that_a_person_typed_is_in_the_log(
    desk: LaporApplication, complaints: ComplaintCommands
) -> None:
    made = filed(complaints)
    complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR, any_version=True))

    stored = b"".join(row.state for row in desk.log.page(0, 100))
    for typed in (b"Jalan", b"pasar", b"Siti", made["receipt"].encode()):
        assert typed not in stored


def test_the_same_key_files_once_and_shows_the_same_receipt(
    desk: LaporApplication, complaints: ComplaintCommands
) -> None:
    key = uuid4()

    answers = [filed(complaints, key=key, digest=b"d") for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert desk.log.head() == 2
    with pytest.raises(KeyReusedError):
        filed(complaints, key=key, digest=b"other")


def test_a_repeated_command_is_answered_as_of_its_own_version(complaints: ComplaintCommands) -> None:
    made = filed(complaints)
    ask = CommandRequest(COORDINATOR, seen=1, key=uuid4(), digest=b"r")
    first = complaints.act(WORKFLOW["route"], made["id"], ROUTE, ask)
    complaints.act(
        WORKFLOW["follow-up"], made["id"], {"text": "x"}, CommandRequest(COORDINATOR, any_version=True)
    )

    assert complaints.act(WORKFLOW["route"], made["id"], ROUTE, ask) == first


def test_a_command_says_which_version_its_author_has_seen(complaints: ComplaintCommands) -> None:
    made = filed(complaints)

    with pytest.raises(VersionRequiredError):
        complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR))
    with pytest.raises(StaleVersionError):
        complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR, seen=7))


def test_a_complaint_can_be_seen_as_it_stood_at_an_earlier_position_or_moment(
    desk: LaporApplication, complaints: ComplaintCommands, showing: ComplaintQueries
) -> None:
    made = filed(complaints)
    before, then = desk.log.head(), desk.clock()
    complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR, any_version=True))
    named, ask = str(made["id"]), CommandRequest(COORDINATOR)

    assert showing.view(named, ask, AsOf()).body["stage"] == "routed"
    assert showing.view(named, ask, AsOf(at=then)).body["stage"] == "filed"
    assert showing.view(named, ask, AsOf(position=before)).body["stage"] == "filed"
    with pytest.raises(NotFoundError):
        showing.view(named, ask, AsOf(position=1))


def test_without_its_vault_row_a_complaint_is_still_a_complaint_without_words(
    desk: LaporApplication,
    complaints: ComplaintCommands,
    showing: ComplaintQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = filed(complaints)
    situation = desk.log.situation
    monkeypatch.setattr(desk.log, "situation", lambda *asked: replace(situation(*asked), subject=None))

    seen = showing.view(str(made["id"]), CommandRequest(COORDINATOR), AsOf()).body

    assert (seen["text"], seen["stage"], seen["reporter"]) == (
        ERASED,
        "filed",
        {"name": ERASED, "masked": True},
    )


def test_what_is_no_complaint_is_not_found_as_one(desk: LaporApplication, showing: ComplaintQueries) -> None:
    agency = next(iter(desk.directory.agencies))

    for named in (str(agency), str(uuid4()), "LP-0000-00000", "nonsense"):
        with pytest.raises(NotFoundError):
            showing.view(named, CommandRequest(COORDINATOR), AsOf())
    assert isinstance(agency, UUID)


def test_of_lost_facts_about_agencies_nothing_is_kept_and_what_took_their_places_is_known(
    desk: LaporApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a fail-over that lost facts: the server that took over has others at their positions."""
    taken_over = MemoryEventLog()
    taken_over.append([StoredEvent(*desk.log.page(0, 1)[0][1:])], SideWrites())
    Agencies(desk).register({"code": "LOST", "name": "Hilang"}, CommandRequest(OPERATOR))
    monkeypatch.setattr(desk, "log", taken_over)
    Agencies(make_desk(Settings(data=tmp_path), taken_over)).register(
        {"code": "NEW", "name": "Baru"}, CommandRequest(OPERATOR)
    )

    desk.catch_up()

    assert {agency.code for agency in desk.directory.agencies.values()} == {"BM", "NEW"}
    assert desk.directory.agency("LOST") is None
    assert desk.directory.position == 2


@pytest.mark.parametrize("roles", [(Role.ARBITER, Role.COORDINATOR), (Role.COORDINATOR, Role.ARBITER)])
def test_who_holds_two_roles_acts_in_the_one_that_may_at_this_stage(
    complaints: ComplaintCommands, showing: ComplaintQueries, roles: tuple[Role, ...]
) -> None:
    both, made = Caller("b-1", tuple(map(RoleAssignment, roles))), filed(complaints)

    complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(both, any_version=True))

    history, _ = showing.history(made["code"], CommandRequest(COORDINATOR), AsOf(), after=0, limit=10)
    assert history[-1]["role"] is Role.COORDINATOR


def test_the_reporter_reads_nothing_of_an_answer_before_it_is_given(
    desk: LaporApplication, complaints: ComplaintCommands, showing: ComplaintQueries
) -> None:
    made = filed(complaints)
    complaints.act(WORKFLOW["route"], made["id"], ROUTE, CommandRequest(COORDINATOR, any_version=True))
    agency = desk.directory.agency("BM")
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
