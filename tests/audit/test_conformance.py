"""Violations that were planted in a log are found, each by its kind; a legitimate event is no violation.

The events are those that verbs made, changed as an attacker with access to the log might change them.
"""

import dataclasses
from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from lapor.application.application import CommandRequest
from lapor.application.commands.agencies import Agencies
from lapor.application.commands.officers import Officers
from lapor.audit.conformance import Conformance, Finding, FindingKind
from lapor.audit.conformance.allowed_transitions import ALLOWED_TRANSITIONS
from lapor.audit.conformance.findings import LABELS
from lapor.audit.exports.period import ALL_DAYS, Days
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.aggregate import Event
from lapor.domain.complaint import WORKFLOW, events
from lapor.domain.context import Offices
from lapor.domain.errors import NotAllowedError, NotSignedInError
from lapor.domain.officer import OF_AN_AGENCY
from lapor.domain.vocabulary import (
    OFFICES,
    Channel,
    Ground,
    Kind,
    Outcome,
    Privacy,
    Role,
    Sealed,
    Stage,
    Step,
)
from lapor.store.access_tokens import AccessTokens
from lapor.store.codec import events_by_topic
from lapor.store.database import Database

from ..domain.story import Story
from ..projections.histories import history
from .conftest import Archive


@dataclasses.dataclass
class StaffedArchive:
    """An archive with an agency and an officer in each role."""

    archive: Archive
    agency: UUID
    other: UUID
    officers: dict[Role, str]

    def who(self, role: Role) -> str:
        return "citizen" if role is Role.REPORTER else self.officers[role]

    def story(self) -> Story:
        """Return a story of a complaint in which these officers act."""
        story, context = Story(), Story.context
        story.agency, story.other = self.agency, self.other

        def by(role: Role, reason: str | None = None, *, who: str | None = None, **more: Any) -> Any:
            return context(story, role, reason, who=who or self.who(role), **more)

        story.context = by  # type: ignore[method-assign]
        return story

    def planted(self, told: list[Event]) -> list[Finding]:
        """Return the findings once these events are in the log too."""
        self.archive.store(told)
        return self.findings()

    def findings(self, minutes: int = 5) -> list[Finding]:
        report = Conformance(self.archive.application, lambda _: None).check(OPERATOR, ALL_DAYS, minutes)
        findings = list(report.findings)
        assert report.events == report.position == self.archive.application.log.head()
        assert report.counts == Counter(each.found for each in findings)
        return findings


@pytest.fixture
def town(archive: Archive) -> StaffedArchive:
    no_tokens = AccessTokens(Database("", connections=0))
    agencies, officers = Agencies(archive.application), Officers(archive.application, no_tokens)

    def registered(code: str) -> UUID:
        return UUID(str(agencies.register({"code": code, "name": code}, CommandRequest(OPERATOR)).body["id"]))

    def appointed(role: Role) -> str:
        of = "PUPR" if role in OF_AN_AGENCY else None
        return str(
            officers.appoint({"name": "x", "role": role, "agency": of}, CommandRequest(OPERATOR)).body["id"]
        )

    agency, other = registered("PUPR"), registered("DLH")
    return StaffedArchive(archive, agency, other, {role: appointed(role) for role in OFFICES})


def verified(town: StaffedArchive, who: str, **more: Any) -> list[Event]:
    story = town.story().filed()
    said: dict[str, Any] = {"kind": Kind.COMPLAINT, "category": "roads", "title": "s1.t", **more}
    story.complaint.verify(story.context(Role.COORDINATOR, who=who), **said)
    return list(story.new())


def changed(event: Event, **said: Any) -> Event:
    return dataclasses.replace(event, **said)


def closed(story: Story) -> list[Event]:
    story.responded()
    story.complaint.accept_response(story.context(Role.REPORTER))
    return list(story.new())


def test_a_log_as_the_verbs_write_it_has_no_findings(town: StaffedArchive) -> None:
    story = town.story()
    assert town.planted(closed(story)) == []


def found(findings: list[Finding]) -> list[FindingKind]:
    return [each.found for each in findings]


def test_a_transition_that_the_workflow_forbids_is_found_with_code_and_position(town: StaffedArchive) -> None:
    filed, *_ = closed(town.story())
    _, _, _, accepted, *_ = closed(town.story())
    skipped = changed(accepted, originator_id=filed.originator_id, originator_version=2)
    before = town.archive.application.log.head()

    finding, role = town.planted([filed, skipped])

    assert (finding.found, finding.position, finding.type) == (
        FindingKind.OFF_THE_WAY,
        before + 2,
        accepted.TOPIC,
    )
    assert finding.code == "LP-0000-00000"
    assert finding.breach
    assert finding.says == "At stage 'filed' nobody in the role liaison can cause this."
    assert role.found is FindingKind.WITHOUT_ROLE  # no agency has a part in it yet


@pytest.mark.parametrize("role", [Role.LIAISON, Role.INTAKE])
def test_a_role_that_may_not_act_at_that_stage_is_found(town: StaffedArchive, role: Role) -> None:
    filed, verified, routed, *_ = closed(town.story())
    wrong = changed(routed, role=role, by=town.officers[role])

    assert found(town.planted([filed, verified, wrong])) == [FindingKind.OFF_THE_WAY]


def test_a_stage_to_which_no_verb_leads_is_found(town: StaffedArchive) -> None:
    story = town.story().filed()
    story.complaint.ask_reporter(story.context(Role.COORDINATOR), questions=(Sealed("s1.?"),))
    story.complaint.complete(story.context(Role.REPORTER), text=Sealed("s1.x"))
    *before, completed = story.new()

    assert found(town.planted([*before, changed(completed, stage=Stage.CLOSED)])) == [FindingKind.OFF_THE_WAY]


def test_a_complaint_that_was_never_filed_or_filed_twice_is_found(town: StaffedArchive) -> None:
    first = town.story().filed().new()[0]
    again = changed(first, originator_version=2)

    assert found(town.planted([first, again])) == [FindingKind.OFF_THE_WAY]


def drafted(town: StaffedArchive, *, by_head: bool) -> list[Event]:
    """Build an answer that the head approves, drafted by the liaison or by the head."""
    story, maker = town.story().accepted(), Role.HEAD if by_head else Role.LIAISON
    story.complaint.draft_response(story.context(maker), text=Sealed("s1.x"), outcome=Outcome.FIXED)
    head = town.officers[Role.HEAD]
    story.complaint.approve_response(story.context(Role.HEAD, who=f"{head} the other"))
    return [changed(event, by=head) if event.by.startswith(head) else event for event in story.new()]


def test_an_approval_of_ones_own_draft_is_found(town: StaffedArchive) -> None:
    assert town.planted(drafted(town, by_head=False)) == []

    (finding,) = town.planted(drafted(town, by_head=True))

    assert (finding.found, finding.type) == (FindingKind.SAME_PERSON, events.ResponseApproved.TOPIC)
    assert finding.by == town.officers[Role.HEAD]
    assert finding.position == town.archive.application.log.head() - 1


def objected(town: StaffedArchive, decider: Role) -> list[Event]:
    story = town.story().responded()
    story.complaint.object(story.context(Role.REPORTER, "s1.no"))
    story.complaint.decide_objection(story.context(Role.ARBITER), upheld=False, text=Sealed("s1.no"))
    *before, decided = story.new()
    handler = town.officers[Role.COORDINATOR]
    return [*before, decided if decider is Role.ARBITER else changed(decided, by=handler)]


def test_a_decision_on_an_objection_to_ones_own_work_is_found(town: StaffedArchive) -> None:
    assert town.planted(objected(town, Role.ARBITER)) == []

    assert found(town.planted(objected(town, Role.COORDINATOR))) == [
        FindingKind.SAME_PERSON,
        FindingKind.WITHOUT_ROLE,
    ]


def test_a_closing_without_an_answer_is_found(town: StaffedArchive) -> None:
    story = town.story().accepted()
    accepted = list(story.new())
    closing: dict[str, Any] = {
        "originator_id": story.complaint.id,
        "originator_version": len(accepted) + 1,
        "timestamp": story.at + timedelta(days=1),
        "by": town.officers[Role.COORDINATOR],
        "role": Role.COORDINATOR,
        "channel": Channel.WEB,
        "cause": None,
        "reason": None,
        "starts": (),
        "stops": (),
        "ground": Ground.DECISION,
    }

    findings = town.planted([*accepted, events.Closed(**closing)])

    assert found(findings) == [FindingKind.OFF_THE_WAY, FindingKind.CLOSED_WITHOUT_ANSWER]


def test_a_rejected_answer_does_not_count(town: StaffedArchive) -> None:
    story = town.story().responded()
    story.complaint.reject_response(story.context(Role.REPORTER, "s1.no"))
    story.complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.x"), outcome=Outcome.FIXED)
    story.complaint.close(story.context(Role.COORDINATOR, "s1.done"))
    told = story.new()
    assert town.planted(list(told)) == []


@pytest.mark.parametrize(("seconds", "expected"), [(299, [FindingKind.CLOSED_SOON]), (300, [])])
def test_a_closing_soon_after_the_answer_is_named_and_is_no_breach(
    town: StaffedArchive, seconds: int, expected: list[FindingKind]
) -> None:
    story = town.story().responded()
    story.complaint.close(story.context(Role.COORDINATOR, "s1.done", seconds=seconds))

    findings = town.planted(list(story.new()))

    assert found(findings) == expected
    assert not any(each.breach for each in findings)
    assert town.findings(minutes=0) == []


def test_a_closing_soon_after_the_routing_is_named(town: StaffedArchive) -> None:
    story = town.story().routed()
    story.complaint.respond(
        story.context(Role.LIAISON, seconds=10), text=Sealed("s1.x"), outcome=Outcome.FIXED
    )
    story.complaint.accept_response(story.context(Role.REPORTER, hours=20))
    late = list(story.new())
    assert town.planted(late) == []

    story = town.story().routed()
    story.complaint.respond(
        story.context(Role.LIAISON, seconds=10), text=Sealed("s1.x"), outcome=Outcome.FIXED
    )
    story.complaint.accept_response(story.context(Role.REPORTER, seconds=20))
    (finding,) = town.planted(list(story.new()))

    assert finding.found is FindingKind.CLOSED_SOON
    assert finding.says == "20 seconds after it was answered, by accepted."


def test_extended_or_excused_deadlines_are_named_with_the_officer_and_are_no_breach(
    town: StaffedArchive,
) -> None:
    story = town.story().accepted()
    story.complaint.extend(story.context(Role.COORDINATOR, "s1.why"), step=Step.RESOLVE, working_days=3)
    story.complaint.excuse(story.context(Role.ARBITER, "s1.why", days=30), step=Step.FOLLOW_UP)

    findings = town.planted(list(story.new()))

    assert found(findings) == [FindingKind.DEADLINE_EXTENDED, FindingKind.DEADLINE_EXCUSED]
    assert [each.by for each in findings] == [town.officers[Role.COORDINATOR], town.officers[Role.ARBITER]]
    assert findings[0].says == "resolve, by 3 working days."
    assert not any(each.breach for each in findings)


def test_an_act_without_the_role_at_that_time_is_found(town: StaffedArchive) -> None:
    (finding,) = town.planted(verified(town, town.officers[Role.LIAISON]))

    assert (finding.found, finding.by) == (FindingKind.WITHOUT_ROLE, town.officers[Role.LIAISON])


def test_a_role_that_was_given_later_does_not_count_before(town: StaffedArchive) -> None:
    """Roles are judged by positions: events before the appointment in the log were done without it."""
    newcomer, coordinator = str(uuid4()), UUID(town.officers[Role.COORDINATOR])
    before = verified(town, newcomer)
    assert found(town.planted(before)) == [FindingKind.WITHOUT_ROLE]
    appointment = [row.event() for row in town.archive.application.log.read_stream(coordinator).rows]
    town.archive.store([changed(each, originator_id=UUID(newcomer)) for each in appointment])

    findings = town.planted(verified(town, newcomer))

    assert [each.stream for each in findings] == [before[0].originator_id]


def test_an_act_for_an_agency_that_has_no_part_is_found(town: StaffedArchive) -> None:
    story = town.story()
    story.agency = town.other
    story.responded()  # by the liaison of the first

    findings = town.planted(list(story.new()))

    assert found(findings) == [FindingKind.WITHOUT_ROLE] * 2
    assert "no agency that had a part" in findings[0].says


@pytest.mark.parametrize(
    ("by", "role"),
    [("citizen", Role.COORDINATOR), ("system", Role.COORDINATOR), ("nobody", Role.COORDINATOR)],
)
def test_a_citizen_or_the_service_in_an_officers_role_is_found(
    town: StaffedArchive, by: str, role: Role
) -> None:
    filed, verified, *_ = closed(town.story())

    assert found(town.planted([filed, changed(verified, by=by, role=role)])) == [FindingKind.WITHOUT_ROLE]


def test_events_about_no_complaint_are_judged_too(town: StaffedArchive) -> None:
    registered, auditor = town.archive.application.log.page(0, 1)[0].event(), town.officers[Role.AUDITOR]
    wrong = changed(registered, originator_id=uuid4(), by=auditor, role=Role.ADMINISTRATOR)

    (finding,) = town.planted([wrong])

    assert (finding.found, finding.code) == (FindingKind.WITHOUT_ROLE, None)


def test_an_imported_history_is_named_as_such_and_is_no_breach(town: StaffedArchive) -> None:
    filed, verified, _, _, responded, *_ = (
        changed(event, by="system:import", channel=Channel.IMPORT) for event in closed(town.story())
    )

    (finding,) = town.planted([filed, verified, changed(responded, originator_version=3)])

    assert (finding.found, finding.imported, finding.breach) == (FindingKind.OFF_THE_WAY, True, False)


def test_events_on_other_days_are_not_reported(town: StaffedArchive) -> None:
    story = town.story().responded()
    story.complaint.close(story.context(Role.COORDINATOR, "s1.done", seconds=5))
    town.archive.store(list(story.new()))
    conformance = Conformance(town.archive.application, lambda _: None)

    def told(first: date, last: date) -> int:
        return len(list(conformance.check(OPERATOR, Days(first, last)).findings))

    day = date(2026, 11, 24)
    assert (told(day, day), told(date(2026, 11, 25), date(2026, 12, 1))) == (1, 0)


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [(Caller(), NotSignedInError), (Caller("x", (RoleAssignment(Role.COORDINATOR),)), NotAllowedError)],
)
def test_only_auditors_may_ask(archive: Archive, caller: Caller, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        Conformance(archive.application, lambda _: None).check(caller, ALL_DAYS)


def test_every_event_of_a_complaint_has_a_transition_and_every_verb_leads_to_an_event() -> None:
    of_complaints = {
        event for topic, event in events_by_topic().items() if topic.startswith("lapor.complaint.")
    }

    assert set(ALLOWED_TRANSITIONS) == of_complaints
    assert {name for way in ALLOWED_TRANSITIONS.values() for name in way.verbs} == set(WORKFLOW)
    assert set(LABELS) == set(FindingKind)


def test_privacy_that_a_verb_tightened_is_no_violation(town: StaffedArchive) -> None:
    told = verified(town, town.officers[Role.COORDINATOR], privacy=Privacy.CONFIDENTIAL)

    assert told[-1].TOPIC == "lapor.complaint.privacy_set"
    assert town.planted(told) == []


@pytest.mark.parametrize(
    ("cause", "expected"), [("one-key", []), ("another-key", [FindingKind.OFF_THE_WAY]), (None, None)]
)
def test_events_of_one_command_are_judged_by_the_stage_before_the_command(
    town: StaffedArchive, cause: str | None, expected: list[FindingKind] | None
) -> None:
    story = town.story().routed()
    story.offices = Offices(inspectorates=frozenset({town.other}))
    context = dataclasses.replace(story.context(Role.ARBITER), cause="one-key" if cause else None)
    known: dict[str, Any] = {"kind": Kind.OVERSIGHT, "category": "roads", "title": "s1.title"}
    story.complaint.route(context, agency=town.other, **known)
    *told, last = story.new()
    assert [type(event) for event in told[-2:]] == [events.Reclassified, events.PrivacySet]

    findings = found(town.planted([*told, changed(last, cause=cause)]))

    assert findings == ([FindingKind.OFF_THE_WAY] * 2 if expected is None else expected)


def test_no_random_history_of_real_verbs_violates_the_workflow(archive: Archive) -> None:
    """Roles are left out: these officers were never appointed, and reporters excuse missed deadlines."""
    archive.store(history(11, 300, steps=14))

    findings = Conformance(archive.application, lambda _: None).check(OPERATOR, ALL_DAYS).findings

    breaches = {(each.found, each.type) for each in findings if each.breach}
    assert {type_ for found, type_ in breaches if found is not FindingKind.WITHOUT_ROLE} == {
        events.DeadlineExcused.TOPIC
    }
