"""Each event leads to the right notifications, and none of them contains a text that anyone wrote."""

from typing import Any
from uuid import UUID

import pytest

from lapor.domain.complaint import events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.vocabulary import Ground, IdentityReason, Role, Step
from lapor.reactions.notifications import notifications

from .conftest import TUESDAY, StaffedService, settle

AGENCY, COMPLAINT = UUID(int=7), UUID(int=9)


def event(kind: type[ComplaintEvent], **said: Any) -> ComplaintEvent:
    it = object.__new__(kind)
    object.__setattr__(it, "__dict__", {"originator_id": COMPLAINT, "agency": None, **said})
    return it


def reminded(step: Step, share: int, agency: UUID | None = AGENCY) -> ComplaintEvent:
    return event(events.Reminded, step=step, n=1, share=share, agency=agency)


@pytest.mark.parametrize(
    ("it", "said"),
    [
        (event(events.CompletionAsked), {"reporter: asked"}),
        (event(events.Responded, agency=AGENCY), {"reporter: answered"}),
        (reminded(Step.RESOLVE, 50), {"liaison of 7: reminder"}),
        (reminded(Step.VERIFY, 50, None), {"coordinator: reminder"}),
        (reminded(Step.RESOLVE, 80), {"liaison of 7: warning", "coordinator: warning"}),
        (reminded(Step.VERIFY, 80, None), {"coordinator: warning"}),
        (
            reminded(Step.RESOLVE, 100),
            {"liaison of 7: broken", "head of 7: broken", "coordinator: broken", "reporter: broken"},
        ),
        (reminded(Step.ACCEPT, 100), {"liaison of 7: broken", "head of 7: broken", "coordinator: broken"}),
        (reminded(Step.VERIFY, 100, None), {"coordinator: broken", "reporter: broken"}),
        (
            reminded(Step.RESOLVE, 200),
            {"liaison of 7: broken", "head of 7: broken", "coordinator: broken"},
        ),
        (reminded(Step.REPORTER_REPLY, 80, None), {"reporter: reminder"}),
        (reminded(Step.REPORTER_COMPLETION, 50, None), {"reporter: reminder"}),
        (event(events.Escalated, level=1), {"coordinator: escalated"}),
        (event(events.Escalated, level=2), {"head: escalated"}),
        (event(events.Escalated, level=3), {"arbiter: escalated", "reporter: ombudsman"}),
        (event(events.Closed, ground=Ground.SILENCE), {"reporter: closed_by_silence"}),
        (event(events.Closed, ground=Ground.ACCEPTED), set()),
        (event(events.DeemedWithdrawn), {"reporter: deemed_withdrawn"}),
        (event(events.ErasureRequested), {"dpo: erasure_requested"}),
        (event(events.IdentityRequested), {"dpo: identity_requested", "arbiter: identity_requested"}),
        (
            event(events.IdentityViewed, break_glass=True, reason_code=IdentityReason.SAFETY),
            {"dpo: glass_broken", "reporter: glass_broken"},
        ),
        (
            event(events.IdentityViewed, break_glass=True, reason_code=IdentityReason.INVESTIGATION),
            {"dpo: glass_broken"},
        ),
        (event(events.IdentityViewed, break_glass=False, reason_code=IdentityReason.CONTACT), set()),
    ],
)
def test_an_event_notifies_the_right_roles(it: ComplaintEvent, said: set[str]) -> None:
    found = list(notifications(5, it))

    assert {
        f"{each.addressee}{f' of {each.agency.int}' if each.agency else ''}: {each.message}" for each in found
    } == said
    assert {(each.position, each.stream) for each in found} <= {(5, COMPLAINT)}


def test_events_before_the_first_start_lead_to_no_notifications(town: StaffedService) -> None:
    town.answered()
    scheduler = town.scheduler()
    settle(scheduler)
    assert town.command("SELECT count(*) FROM outbox") == [(0,)]

    later = town.answered()
    settle(scheduler)

    assert town.command("SELECT message, addressee, stream FROM outbox") == [("answered", "reporter", later)]


def test_the_outbox_contains_no_text_that_anyone_wrote(town: StaffedService) -> None:
    settle(town.scheduler())
    complaint = town.file(reporter={"name": "Siti Aminah", "email": "siti@example.id"})
    town.act(complaint, "ask-reporter", questions=["Di mana persisnya?"])
    town.goes_on(TUESDAY.replace(year=2027, month=1, day=25))
    settle(town.scheduler())

    rows = town.command("SELECT * FROM outbox")

    assert {row[1] for row in rows} >= {"asked", "reminder"}
    assert {type(value).__name__ for row in rows for value in row} <= {
        "int",
        "str",
        "UUID",
        "NoneType",
        "datetime",
    }
    assert {value for row in rows for value in row if isinstance(value, str)} <= {
        *Role,
        "asked",
        "reminder",
        "warning",
    }
