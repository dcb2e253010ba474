"""For each event, the verbs and stages that can lead to it, derived from the workflow table.

Each verb declares the events that it ``records``. The events below are recorded without a verb as well:
because time passed, or because of something else. The table of this release is the one that has been in force
from the first event on: none of its rows has ever allowed less than before. A release that takes something
away from the table keeps the former rows here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lapor.domain.complaint import WORKFLOW, events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.complaint.state import ENDED, ComplaintState
from lapor.domain.vocabulary import Role, Stage

_OPEN = frozenset(Stage) - ENDED
_BY_TIME: Mapping[type[ComplaintEvent], frozenset[Stage]] = {
    events.Closed: frozenset({Stage.RESPONDED}),
    events.DeemedWithdrawn: frozenset({Stage.AWAITING_REPORTER}),
    events.Unpublished: frozenset({Stage.WITHDRAWN}),  # right after DeemedWithdrawn
    events.Escalated: _OPEN,
    events.Reminded: _OPEN,
    events.PersonalDataErased: ENDED,
}
"""The stages at which the service itself records an event, when time passes."""
_ALONGSIDE: Mapping[type[ComplaintEvent], frozenset[Stage]] = {
    events.DeadlineMoved: _OPEN,  # a calendar or policy changed
    events.FollowerAdded: _OPEN,  # another complaint was merged into it
    events.PersonalDataExported: frozenset(Stage),  # a copy was taken
}
"""The stages at which an event follows from something that is no verb on this complaint."""


@dataclass(frozen=True)
class AllowedTransition:
    """The causes that an event may have.

    ``verbs``: commands on the complaint. ``by_time``: the stages at which time causes it. ``alongside``:
    the stages at which something else causes it: a changed rule, another complaint, an export.
    """

    verbs: tuple[str, ...] = ()
    by_time: frozenset[Stage] = frozenset()
    alongside: frozenset[Stage] = frozenset()

    def from_stage(self, stage: Stage, role: Role) -> bool:
        """Return whether an actor in this role may cause it at this stage."""
        if stage in self.alongside or (role is Role.SYSTEM and stage in self.by_time):
            return True
        return any(WORKFLOW[name].possible(stage, role) for name in self.verbs)

    def to_stage(self, stage: Stage) -> bool:
        """Return whether it may lead to this stage by a verb."""
        return any(stage in WORKFLOW[name].leads_to for name in self.verbs)


def _transition(event: type[ComplaintEvent]) -> AllowedTransition:
    verbs = tuple(verb.name for verb in WORKFLOW.values() if event in verb.records)
    return AllowedTransition(verbs, _BY_TIME.get(event, frozenset()), _ALONGSIDE.get(event, frozenset()))


_CAUSED = (
    {event for verb in WORKFLOW.values() for event in verb.records} | _BY_TIME.keys() | _ALONGSIDE.keys()
)
ALLOWED_TRANSITIONS: Mapping[type[ComplaintEvent], AllowedTransition] = {
    events.Filed: AllowedTransition(),  # the first of every stream, and only that
    **{event: _transition(event) for event in sorted(_CAUSED, key=lambda event: event.TOPIC)},
}


@dataclass(frozen=True)
class CommandSoFar:
    """The events of a command that came before the one that is judged, and the stage before them."""

    stage: Stage
    events: frozenset[type[ComplaintEvent]]

    def allows(self, event: type[ComplaintEvent], role: Role) -> bool:
        """Return whether one verb records all of them and this one, at that stage and for that role."""
        together = self.events | {event}
        return any(
            together <= set(verb.records) and verb.possible(self.stage, role) for verb in WORKFLOW.values()
        )


def violation(
    complaint: ComplaintState | None, event: ComplaintEvent, command: CommandSoFar | None = None
) -> str | None:
    """Return what the workflow forbids about an event, in a sentence; None if it is allowed.

    ``complaint`` is the state before the event, None before the filing; ``command`` is given if events of the
    same command came before.
    """
    if complaint is None or isinstance(event, events.Filed):
        first = complaint is None and isinstance(event, events.Filed)
        return None if first else "A complaint must begin with its filing, and be filed once."
    transition, stage = ALLOWED_TRANSITIONS[type(event)], complaint.stage
    if not transition.from_stage(stage, event.role) and not (
        command and command.allows(type(event), event.role)
    ):
        return f"At stage '{stage}' nobody in the role {event.role} can cause this."
    after = event.stage_after
    if after in {None, stage, event.STAGE} or transition.to_stage(Stage(str(after))):
        return None
    if isinstance(event, events.DeemedWithdrawn) and after in {Stage.WITHDRAWN, complaint.returns_to}:
        return None
    return f"From stage '{stage}' this cannot lead to '{after}'."
