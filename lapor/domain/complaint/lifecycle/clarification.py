"""Clarification (perlu dilengkapi): the reporter is asked for more, and the agency's clocks wait."""

from lapor.domain.access import Scope
from lapor.domain.command_fields import LongText, Questions
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import LimitReachedError
from lapor.domain.vocabulary import Role, Sealed, Stage, Step

_MOST_ROUNDS = 2
_PAUSED = (Step.VERIFY, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT)


class CompletionAsked(ComplaintEvent):
    """The reporter was asked for what is missing (perlu dilengkapi); the other clocks wait."""

    TOPIC = "lapor.complaint.completion_asked"
    STAGE = Stage.AWAITING_REPORTER

    questions: tuple[Sealed, ...]
    returns_to: Stage

    def change(self, complaint: ComplaintState) -> None:
        complaint.returns_to = self.returns_to
        complaint.times_asked += 1


class Completed(ComplaintEvent):
    """The reporter gave what was missing (dilengkapi); ``stage`` is where it goes on."""

    TOPIC = "lapor.complaint.completed"

    text: Sealed
    stage: Stage


class Clarification(ComplaintState):
    """Questions to the reporter, and their answers."""

    @verb(
        stages={Stage.FILED, Stage.VERIFIED, Stage.IN_PROGRESS},
        leads_to={Stage.AWAITING_REPORTER},
        records=(CompletionAsked,),
        grants={
            Role.COORDINATOR: Scope.ALL,
            Role.NATIONAL: Scope.ALL,
            Role.LIAISON: Scope.LEAD,
            Role.HEAD: Scope.LEAD,
            Role.INSPECTOR: Scope.OVERSIGHT,
        },
    )
    def ask_reporter(self, context: CommandContext, *, questions: Questions) -> None:
        """Ask the reporter for what is missing. Clocks that are not overdue wait for the answer."""
        if self.times_asked >= _MOST_ROUNDS:
            raise LimitReachedError(
                f"The reporter has been asked {_MOST_ROUNDS} times; work with what is there."
            )
        paused = self.promises.in_time(context, *_PAUSED)
        self.record(
            CompletionAsked,
            context,
            questions=questions,
            returns_to=self.stage,
            reason=context.reason,
            stops=tuple(context.timing.stop(each, StopOutcome.MOVED, context.at) for each in paused),
            starts=self.promises.start(context, Step.REPORTER_COMPLETION, kind=self.kind, agency=None),
        )

    @verb(
        stages={Stage.AWAITING_REPORTER},
        leads_to={Stage.FILED, Stage.VERIFIED, Stage.IN_PROGRESS},
        records=(Completed,),
        grants={Role.REPORTER: Scope.OWN},
    )
    def complete(self, context: CommandContext, *, text: LongText) -> None:
        """Give the missing information. The clocks go on, later by the working time that the wait took."""
        self.record(
            Completed,
            context,
            text=text,
            stage=self.returns_to,
            reason=context.reason,
            stops=self.promises.kept(context, Step.REPORTER_COMPLETION),
            starts=self.promises.resume(context, self.kind),
        )
