"""Events of a reporter's personal data: that he wants them gone, that they must stay, that they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lapor.domain.complaint.events.base import ComplaintEvent
from lapor.domain.vocabulary import ErasureBasis, Stage

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class ErasureRequested(ComplaintEvent):
    """The reporter asked that his personal data be erased (permintaan penghapusan)."""

    TOPIC = "lapor.complaint.erasure_requested"

    def change(self, complaint: ComplaintState) -> None:
        complaint.erasure_requested = True


class PersonalDataErased(ComplaintEvent):
    """Its key was destroyed: all that was sealed about it can be read by nobody (data pribadi dihapus).

    ``stage`` is there where it was still open: nobody is left who could be answered, so it is closed.
    """

    TOPIC = "lapor.complaint.personal_data_erased"
    HANDLES = False

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
    HANDLES = False

    reference: str | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.held = True


class LegalHoldLifted(ComplaintEvent):
    """Nothing keeps its personal data any longer but the usual time (penahanan hukum dicabut)."""

    TOPIC = "lapor.complaint.legal_hold_lifted"
    HANDLES = False

    reference: str | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.held = False
