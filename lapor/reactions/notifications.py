"""What has to be said to whom, because of an event: derived from the event alone."""

from collections.abc import Iterator
from enum import StrEnum
from uuid import UUID

from lapor.domain.complaint.events import (
    Closed,
    ComplaintEvent,
    CompletionAsked,
    DeemedWithdrawn,
    ErasureRequested,
    Escalated,
    IdentityRequested,
    IdentityViewed,
    Reminded,
    Responded,
)
from lapor.domain.complaint.lifecycle.identity_access import HIDDEN_FROM_REPORTER
from lapor.domain.deadlines.timing import WHOLE
from lapor.domain.vocabulary import OF_REPORTER, Ground, Role, Step
from lapor.reactions.outbox import Notification

_TOP = 3


class Message(StrEnum):
    """What is said (pesan). These words are stored: none is ever renamed."""

    ASKED = "asked"  # something is missing; he has time until the step's moment
    ANSWERED = "answered"  # the answer is there, and it is his turn
    REMINDER = "reminder"
    WARNING = "warning"
    BROKEN = "broken"  # a promise was not kept
    ESCALATED = "escalated"
    OMBUDSMAN = "ombudsman"  # the way to the Ombudsman is open
    CLOSED_BY_SILENCE = "closed_by_silence"
    DEEMED_WITHDRAWN = "deemed_withdrawn"
    ERASURE_REQUESTED = "erasure_requested"  # the reporter wants his data erased: somebody decides
    IDENTITY_REQUESTED = "identity_requested"  # an anonymous reporter's: a second person decides
    GLASS_BROKEN = "glass_broken"  # somebody saw who the anonymous reporter is


TOLD_OF = tuple(
    event.TOPIC
    for event in (
        CompletionAsked,
        Responded,
        Reminded,
        Escalated,
        Closed,
        DeemedWithdrawn,
        ErasureRequested,
        IdentityRequested,
        IdentityViewed,
    )
)
"""The kinds of events because of which something may have to be said."""

Said = tuple[Message, Role, UUID | None]


def notifications(position: int, event: ComplaintEvent) -> Iterator[Notification]:
    """The letters that an event at a position leads to."""
    for message, addressee, agency in _said(event):
        yield Notification(position, message, addressee, agency, event.originator_id)


def _said(event: ComplaintEvent) -> Iterator[Said]:
    match event:
        case CompletionAsked():
            yield Message.ASKED, Role.REPORTER, None
        case Responded():
            yield Message.ANSWERED, Role.REPORTER, None
        case Reminded(step=step) if step in OF_REPORTER:
            yield Message.REMINDER, Role.REPORTER, None
        case Reminded():
            yield from _of_promise(event)
        case Escalated():
            yield from _escalated(event)
        case Closed(ground=Ground.SILENCE):
            yield Message.CLOSED_BY_SILENCE, Role.REPORTER, None
        case DeemedWithdrawn():
            yield Message.DEEMED_WITHDRAWN, Role.REPORTER, None
        case ErasureRequested():
            yield Message.ERASURE_REQUESTED, Role.DPO, None
        case IdentityRequested() | IdentityViewed():
            yield from _of_identity(event)


def _of_identity(event: IdentityRequested | IdentityViewed) -> Iterator[Said]:
    """Who may grant it is told; and of what was seen who protects the data, and the person himself."""
    if isinstance(event, IdentityRequested):
        yield Message.IDENTITY_REQUESTED, Role.DPO, None
        yield Message.IDENTITY_REQUESTED, Role.ARBITER, None
    elif event.break_glass:
        yield Message.GLASS_BROKEN, Role.DPO, None
        if event.reason_code not in HIDDEN_FROM_REPORTER:
            yield Message.GLASS_BROKEN, Role.REPORTER, None


_WARNED_FROM = 80


def _of_promise(event: Reminded) -> Iterator[Said]:
    """Who owes it is told; from the warning on the coordinator too; of a broken one its head, the reporter.

    That an agency says whether it is competent is a matter between offices: the reporter is not told.
    """
    broken, agency = event.share >= WHOLE, event.agency
    message = (
        Message.BROKEN if broken else Message.WARNING if event.share >= _WARNED_FROM else Message.REMINDER
    )
    if agency is not None:
        yield message, Role.LIAISON, agency
    if agency is None or message is not Message.REMINDER:
        yield message, Role.COORDINATOR, None
    if broken and agency is not None:
        yield message, Role.HEAD, agency
    if event.share == WHOLE and event.step is not Step.ACCEPT:
        yield message, Role.REPORTER, None


def _escalated(event: Escalated) -> Iterator[Said]:
    """Level 1 is the coordinator, 2 the lead's head, 3 the regency's top; the reporter is told his way."""
    if event.level < _TOP:
        yield Message.ESCALATED, (Role.COORDINATOR, Role.HEAD)[event.level - 1], None
    else:
        yield Message.ESCALATED, Role.ARBITER, None
        yield Message.OMBUDSMAN, Role.REPORTER, None
