"""The workflow is one table: every stage, verb and role does what ``docs/reference.md`` says of them."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from lapor.domain.access import Caller, RoleAssignment, actor_on, may
from lapor.domain.body_check import check
from lapor.domain.command_fields import Reference
from lapor.domain.complaint import WORKFLOW, Complaint, events, perform
from lapor.domain.errors import NotAllowedError, NotFoundError, Refusal, StageForbidsError
from lapor.domain.vocabulary import (
    OFFICES,
    ArchiveReason,
    Kind,
    Outcome,
    Privacy,
    Role,
    Sealed,
    Stage,
    Step,
)

from ..bodies import right
from .story import Story

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text()
LEAD, OTHER = Story.agency, Story.other
UNREACHABLE = {(Kind.OVERSIGHT, Stage.MERGED), (Kind.OVERSIGHT, Stage.WITHDRAWN)}
"""An oversight complaint is never merged, and goes on without its reporter."""


def table(title: str) -> list[list[str]]:
    """The cells of the table under a title, its head first."""
    (text,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## )", REFERENCE, re.MULTILINE | re.DOTALL)
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if not row[0].startswith("---")]


def stages(said: str) -> set[str]:
    return set(Stage) if said == "every" else set(re.findall(r"`(\w+)`", said))


def verbs() -> Iterator[tuple[str, dict[Role, set[str]], set[str]]]:
    """Each verb: at which stages for whom (the roles with stages of their own, and the others), and after."""
    _, *rows = table("What can be done with a complaint?")
    for name, _, at, leads_to, _ in rows:
        others, *fewer = at.split("; ")
        own = dict(each.split(": ") for each in fewer)
        when = {role: stages(own.get(role, others)) for role in Role}
        yield name.strip("`"), when, stages(leads_to)


def scopes() -> dict[str, dict[str, str]]:
    """For each verb or act, the scope of each role that has the right."""
    (_, *roles), *rows = table("Who may do what?")
    return {
        name.split()[0].strip("`"): {role: scope for role, scope in zip(roles, cells, strict=True) if scope}
        for name, *cells in rows
    }


AT = {name: when for name, when, _ in verbs()}
AFTER = {name: leads_to for name, _, leads_to in verbs()}
RIGHTS = scopes()

CALLERS = [
    Caller(f"{role}-{agency}", (RoleAssignment(role, agency),))
    for role in OFFICES
    for agency in ([LEAD, OTHER, uuid4()] if role in {Role.LIAISON, Role.HEAD} else [None])
]

TEXT = {"text": "s1.text"}
KNOWN = {"kind": Kind.ASPIRATION, "category": "lamps", "title": "s1.title"}
ANSWER: dict[str, Any] = {**TEXT, "outcome": Outcome.FIXED}
BODIES: dict[str, dict[str, Any]] = {
    "grant-identity": {"request": 2},
    "set-privacy": {"privacy": Privacy.ANONYMOUS},
    "redact": {**TEXT, "title": "s1.title"},
    "verify": KNOWN,
    "reclassify": {**KNOWN, "kind": Kind.OVERSIGHT},
    "route": {**KNOWN, "agency": uuid4()},
    "extend": {"step": Step.RESOLVE, "working_days": 1},
    "excuse": {"step": Step.RESOLVE},
    "commit": {**TEXT, "promised_on": date(2027, 1, 1)},
    "merge": {"into": Story().filed().complaint},
    "split": {"parts": (events.Part(Sealed("s1.text"), Sealed("s1.title")),), "children": (uuid4(),)},
}
"""The fields of verbs for which an example of each required field would be refused."""


def said(name: str) -> dict[str, Any]:
    """Return the fields of a verb: by default an example of each field that it requires."""
    required = tuple(field for field in WORKFLOW[name].fields if field.required and field.name != "reason")
    body = check(required, right(required))
    ids = {field.name: uuid4() for field in required if isinstance(field.rule, Reference)}
    return BODIES.get(name, body | ids)


def brought_to(stage: Stage, kind: Kind) -> list[Any]:
    """The events of a complaint that real verbs have brought to a stage."""
    story = Story()
    known: dict[str, Any] = {"kind": kind, "category": "roads", "title": "s1.title"}
    complaint = story.filed(kind=kind).complaint
    match stage:
        case Stage.AWAITING_REPORTER:
            complaint.ask_reporter(story.context(Role.COORDINATOR), questions=(Sealed("s1.?"),))
        case Stage.VERIFIED:
            complaint.verify(story.context(Role.COORDINATOR), **known)
        case Stage.ARCHIVED:
            complaint.archive(
                story.context(Role.INSPECTOR), reason_code=ArchiveReason.SPAM, text=Sealed("s1.x")
            )
        case Stage.TRANSFERRED:
            complaint.transfer(story.context(Role.COORDINATOR), receiver="Pengadilan")
        case Stage.WITHDRAWN:
            complaint.withdraw(story.context(Role.REPORTER))
        case Stage.MERGED:
            complaint.merge(story.context(Role.COORDINATOR), into=Story().filed().complaint)
    if stage in {Stage.ROUTED, Stage.DISPUTED, Stage.IN_PROGRESS, Stage.RESPONDED, Stage.CLOSED}:
        complaint.route(story.context(Role.COORDINATOR), agency=LEAD, **known)
        complaint.involve(story.context(Role.COORDINATOR), agency=OTHER)
    if stage is Stage.DISPUTED:
        complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=uuid4())
    if stage is Stage.IN_PROGRESS:
        complaint.accept(story.context(Role.LIAISON))
    if stage in {Stage.RESPONDED, Stage.CLOSED}:
        complaint.respond(story.context(Role.LIAISON), **ANSWER)
    if stage is Stage.CLOSED:
        complaint.accept_response(story.context(Role.REPORTER))
    assert complaint.stage is stage
    return list(story.new())


def said_by_the_docs(caller: Caller, name: str, complaint: Complaint) -> str:
    """Return the result of a verb by the two tables."""
    (held,) = caller.roles or (RoleAssignment(Role.REPORTER),)
    parts: tuple[UUID | None, ...] = complaint.agencies
    covers = {
        None: False,
        "all": True,
        "agency": held.agency in parts,
        "lead": held.agency is not None and held.agency == complaint.lead,
        "oversight": complaint.kind is Kind.OVERSIGHT,
        "ordinary": complaint.kind is not Kind.OVERSIGHT,
        "own": caller.receipt_for == complaint.id,
    }
    if not covers[RIGHTS["view"].get(held.role)]:
        return "not_found"
    if not covers[RIGHTS[name].get(held.role)]:
        return "not_allowed"
    return "done" if complaint.stage in AT[name][held.role] else "stage_forbids"


def done(caller: Caller, name: str, complaint: Complaint, story: Story) -> str:
    """Return the result of a verb; a refusal that the tables do not name comes after all that they name."""
    verb = WORKFLOW[name]
    try:
        actor = actor_on(caller, name, verb.grants, complaint)
    except (NotFoundError, NotAllowedError) as refusal:
        return refusal.code
    before, context = complaint.stage, story.context(actor.role, "s1.why", who=caller.id)
    try:
        perform(complaint, name, context, said(name))
    except StageForbidsError as refusal:
        return refusal.code
    except Refusal:
        return "done"
    assert str(complaint.stage) in {str(before), *AFTER[name]}, f"{name} leads to {complaint.stage}"
    return "done"


def test_the_tables_name_every_verb_and_every_role() -> None:
    assert list(AT) == list(WORKFLOW)
    assert set(WORKFLOW) <= set(RIGHTS)
    assert {role for rights in RIGHTS.values() for role in rights} == {Role.REPORTER, *OFFICES}


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.OVERSIGHT])
@pytest.mark.parametrize("stage", list(Stage))
def test_at_every_stage_every_role_can_do_what_the_reference_says_and_nothing_else(
    stage: Stage, kind: Kind
) -> None:
    if (kind, stage) in UNREACHABLE:
        return
    happened, story = brought_to(stage, kind), Story()
    story.at = happened[-1].at
    for name, verb in WORKFLOW.items():
        for officer in [*CALLERS, Caller(receipt_for=happened[0].originator_id)]:
            complaint = Complaint.of(happened)
            expected = said_by_the_docs(officer, name, complaint)
            possible = stage in verb.stages and may(officer, verb.grants_at(stage), complaint)
            assert possible is (expected == "done"), f"{officer.id}, {name}: it is offered: {possible}"
            assert done(officer, name, complaint, story) == expected, f"{officer.id}, {name}"
