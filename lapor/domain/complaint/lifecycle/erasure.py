"""Erasure of a complaint's personal data (penghapusan data pribadi), and legal holds that prevent it.

UU 27/2022: the person concerned may ask for it, also by withdrawing consent; data that are no longer needed
are erased. Sealed values go with the key; the events, their order and their clear fields stay.
"""

from lapor.domain.access import Scope
from lapor.domain.command_fields import FileNumber
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.lifecycle.publication import hide
from lapor.domain.complaint.state import ENDED, ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.errors import HeldError, LimitReachedError
from lapor.domain.vocabulary import ErasureBasis, Role, Stage

_KEEPER = {Role.DPO: Scope.ALL}


class ErasureRequested(ComplaintEvent):
    """The reporter asked for their personal data to be erased (permintaan penghapusan)."""

    TOPIC = "lapor.complaint.erasure_requested"

    def change(self, complaint: ComplaintState) -> None:
        complaint.erasure_requested = True


class PersonalDataErased(ComplaintEvent):
    """Its key was destroyed: all that was sealed about it can be read by nobody (data pribadi dihapus).

    ``stage`` is set if it was open: nobody is left to be answered, so it is closed.
    """

    TOPIC = "lapor.complaint.personal_data_erased"
    COUNTS_AS_HANDLING = False

    basis: ErasureBasis
    reference: str | None
    stage: Stage | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.erased = True


class LegalHoldPlaced(ComplaintEvent):
    """Its personal data must stay until this is lifted: a court or an inquiry needs them (penahanan hukum).

    ``reference`` is a file number, in clear.
    """

    TOPIC = "lapor.complaint.legal_hold_placed"
    COUNTS_AS_HANDLING = False
    INTERNAL = True

    reference: str | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.held = True


class LegalHoldLifted(ComplaintEvent):
    """Nothing keeps its personal data any longer but the usual time (penahanan hukum dicabut)."""

    TOPIC = "lapor.complaint.legal_hold_lifted"
    COUNTS_AS_HANDLING = False
    INTERNAL = True

    reference: str | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.held = False


class PersonalDataErasure(ComplaintState):
    """The data protection officer's decisions, and the reporter's request."""

    @verb(
        stages=set(Stage), records=(ErasureRequested,), grants={Role.REPORTER: Scope.OWN}, needs_version=False
    )
    def request_erasure(self, context: CommandContext) -> None:
        """Ask that your personal data be erased. A data protection officer decides; then no receipt opens it.

        Later events of the complaint do not change the request.
        """
        if self.erasure_requested:
            raise LimitReachedError(
                "You have asked for it already; a data protection officer decides, and can be asked about it."
            )
        self.record(ErasureRequested, context, reason=context.reason)

    @verb(
        stages=set(Stage),
        leads_to={Stage.CLOSED},
        records=(PersonalDataErased,),
        grants=_KEEPER,
        takes_reason=False,
    )
    def erase(
        self, context: CommandContext, *, basis: ErasureBasis, reference: FileNumber | None = None
    ) -> None:
        """Erase its personal data for ever. An open complaint is closed: nobody is left to be answered.

        The basis is in clear, since nobody can read sealed values afterwards.
        """
        if self.held:
            raise HeldError
        hide(self, context)
        is_open = self.stage not in ENDED
        self.record(
            PersonalDataErased,
            context,
            basis=basis,
            reference=reference,
            stage=Stage.CLOSED if is_open else None,
            stops=self.promises.void(context),
        )

    @verb(stages=set(Stage), records=(LegalHoldPlaced,), grants=_KEEPER, needs_reason=True)
    def place_legal_hold(self, context: CommandContext, *, reference: FileNumber | None = None) -> None:
        """Keep its personal data until further notice: a court or an inquiry needs them."""
        if self.held:
            raise LimitReachedError("It is under a legal hold already; lift-legal-hold ends it.")
        self.record(LegalHoldPlaced, context, reference=reference, reason=context.reason)

    @verb(stages=set(Stage), records=(LegalHoldLifted,), grants=_KEEPER, needs_reason=True)
    def lift_legal_hold(self, context: CommandContext, *, reference: FileNumber | None = None) -> None:
        """Let its personal data be erased again when their time has come, or somebody asks for it."""
        if not self.held:
            raise LimitReachedError("It is under no legal hold.")
        self.record(LegalHoldLifted, context, reference=reference, reason=context.reason)
