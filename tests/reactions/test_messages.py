"""Who is told what because of which fact; nothing of it says what anybody wrote."""

from typing import Any
from uuid import UUID

import pytest

from lapor.domain.complaint import facts
from lapor.domain.complaint.facts import ComplaintEvent
from lapor.domain.vocabulary import Ground, IdentityReason, Role, Step
from lapor.reactions.notifications import letters

from .conftest import TUESDAY, Town, settle

AGENCY, COMPLAINT = UUID(int=7), UUID(int=9)


def fact(kind: type[ComplaintEvent], **said: Any) -> ComplaintEvent:
    it = object.__new__(kind)
    object.__setattr__(it, "__dict__", {"originator_id": COMPLAINT, "agency": None, **said})
    return it


def reminded(step: Step, share: int, agency: UUID | None = AGENCY) -> ComplaintEvent:
    return fact(facts.Reminded, step=step, n=1, share=share, agency=agency)


@pytest.mark.parametrize(
    ("it", "said"),
    [
        (fact(facts.CompletionAsked), {"reporter: asked"}),
        (fact(facts.Responded, agency=AGENCY), {"reporter: answered"}),
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
        (fact(facts.Escalated, level=1), {"coordinator: escalated"}),
        (fact(facts.Escalated, level=2), {"head: escalated"}),
        (fact(facts.Escalated, level=3), {"arbiter: escalated", "reporter: ombudsman"}),
        (fact(facts.Closed, ground=Ground.SILENCE), {"reporter: closed_by_silence"}),
        (fact(facts.Closed, ground=Ground.ACCEPTED), set()),
        (fact(facts.DeemedWithdrawn), {"reporter: deemed_withdrawn"}),
        (fact(facts.ErasureRequested), {"dpo: erasure_requested"}),
        (fact(facts.IdentityRequested), {"dpo: identity_requested", "arbiter: identity_requested"}),
        (
            fact(facts.IdentityViewed, break_glass=True, reason_code=IdentityReason.SAFETY),
            {"dpo: glass_broken", "reporter: glass_broken"},
        ),
        (
            fact(facts.IdentityViewed, break_glass=True, reason_code=IdentityReason.INVESTIGATION),
            {"dpo: glass_broken"},
        ),
        (fact(facts.IdentityViewed, break_glass=False, reason_code=IdentityReason.CONTACT), set()),
    ],
)
def test_who_is_told_what(it: ComplaintEvent, said: set[str]) -> None:
    found = list(letters(5, it))

    assert {
        f"{each.addressee}{f' of {each.agency.int}' if each.agency else ''}: {each.message}" for each in found
    } == said
    assert {(each.position, each.stream) for each in found} <= {(5, COMPLAINT)}


def test_what_happened_before_anybody_reacted_is_told_to_nobody(town: Town) -> None:
    town.answered()
    reactor = town.reactor()
    settle(reactor)
    assert town.ask("SELECT count(*) FROM outbox") == [(0,)]

    later = town.answered()
    settle(reactor)

    assert town.ask("SELECT message, addressee, stream FROM outbox") == [("answered", "reporter", later)]


def test_the_outbox_holds_nothing_that_anybody_wrote(town: Town) -> None:
    settle(town.reactor())
    complaint = town.file(reporter={"name": "Siti Aminah", "email": "siti@example.id"})
    town.act(complaint, "ask-reporter", questions=["Di mana persisnya?"])
    town.goes_on(TUESDAY.replace(year=2027, month=1, day=25))
    settle(town.reactor())

    rows = town.ask("SELECT * FROM outbox")

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
