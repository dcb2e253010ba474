"""The notifications that an event leads to: which message goes to whom, derived from the event alone."""

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

_TOP_LEVEL = 3
_WARNING_SHARE = 80  # percent of the time limit


class Message(StrEnum):
    """The kind of a message (pesan). These words are stored: none is ever renamed."""

    ASKED = "asked"  # something is missing; the reporter has until the clock's end
    ANSWERED = "answered"  # there is an answer, and it is the reporter's turn
    REMINDER = "reminder"
    WARNING = "warning"
    BROKEN = "broken"  # a deadline was missed
    ESCALATED = "escalated"
    OMBUDSMAN = "ombudsman"  # the reporter may turn to the Ombudsman
    CLOSED_BY_SILENCE = "closed_by_silence"
    DEEMED_WITHDRAWN = "deemed_withdrawn"
    ERASURE_REQUESTED = "erasure_requested"  # a reporter wants their data erased: an officer decides
    IDENTITY_REQUESTED = "identity_requested"  # an anonymous reporter's: a second officer decides
    GLASS_BROKEN = "glass_broken"  # an officer saw an anonymous reporter's identity


NOTIFIED_TOPICS = tuple(
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
"""The topics of events that may lead to notifications."""

Addressed = tuple[Message, Role, UUID | None]
"""A message, the role that gets it, and the agency of that role if it has one."""


def notifications(position: int, event: ComplaintEvent) -> Iterator[Notification]:
    """Yield the notifications that an event at a position leads to."""
    for message, addressee, agency in _messages(event):
        yield Notification(position, message, addressee, agency, event.originator_id)


def _messages(event: ComplaintEvent) -> Iterator[Addressed]:
    match event:
        case CompletionAsked():
            yield Message.ASKED, Role.REPORTER, None
        case Responded():
            yield Message.ANSWERED, Role.REPORTER, None
        case Reminded(step=step) if step in OF_REPORTER:
            yield Message.REMINDER, Role.REPORTER, None
        case Reminded():
            yield from _of_reminder(event)
        case Escalated():
            yield from _of_escalation(event)
        case Closed(ground=Ground.SILENCE):
            yield Message.CLOSED_BY_SILENCE, Role.REPORTER, None
        case DeemedWithdrawn():
            yield Message.DEEMED_WITHDRAWN, Role.REPORTER, None
        case ErasureRequested():
            yield Message.ERASURE_REQUESTED, Role.DPO, None
        case IdentityRequested() | IdentityViewed():
            yield from _of_identity(event)


def _of_identity(event: IdentityRequested | IdentityViewed) -> Iterator[Addressed]:
    """Notify the roles that may grant a request; of a view, the data protection officer and the reporter."""
    if isinstance(event, IdentityRequested):
        yield Message.IDENTITY_REQUESTED, Role.DPO, None
        yield Message.IDENTITY_REQUESTED, Role.ARBITER, None
    elif event.break_glass:
        yield Message.GLASS_BROKEN, Role.DPO, None
        if event.reason_code not in HIDDEN_FROM_REPORTER:
            yield Message.GLASS_BROKEN, Role.REPORTER, None


def _of_reminder(event: Reminded) -> Iterator[Addressed]:
    """Notify the agency's liaison; from a warning on the coordinator too; of a missed deadline also others.

    These are the agency's head and, once, the reporter: except for the step in which an agency says whether
    it is competent, which is a matter between offices.
    """
    broken, agency = event.share >= WHOLE, event.agency
    message = (
        Message.BROKEN if broken else Message.WARNING if event.share >= _WARNING_SHARE else Message.REMINDER
    )
    if agency is not None:
        yield message, Role.LIAISON, agency
    if agency is None or message is not Message.REMINDER:
        yield message, Role.COORDINATOR, None
    if broken and agency is not None:
        yield message, Role.HEAD, agency
    if event.share == WHOLE and event.step is not Step.ACCEPT:
        yield message, Role.REPORTER, None


def _of_escalation(event: Escalated) -> Iterator[Addressed]:
    """Notify the coordinator at level 1, the lead agency's head at 2, the regency's top and reporter at 3."""
    if event.level < _TOP_LEVEL:
        yield Message.ESCALATED, (Role.COORDINATOR, Role.HEAD)[event.level - 1], None
    else:
        yield Message.ESCALATED, Role.ARBITER, None
        yield Message.OMBUDSMAN, Role.REPORTER, None
