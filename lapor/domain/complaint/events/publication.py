"""Events of who may know what: privacy, and what is shown to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lapor.domain.complaint.events.base import ComplaintEvent
from lapor.domain.vocabulary import Privacy, Sealed

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class PrivacySet(ComplaintEvent):
    """Who may know what about it was changed (kerahasiaan)."""

    TOPIC = "lapor.complaint.privacy_set"

    privacy: Privacy

    def change(self, complaint: ComplaintState) -> None:
        complaint.privacy = self.privacy


class Redacted(ComplaintEvent):
    """What everybody may read was written: without names, without slander (penyuntingan).

    It is sealed like all text, so that it goes with the person's data; a later one replaces it.
    """

    TOPIC = "lapor.complaint.redacted"

    title: Sealed
    text: Sealed
    response: Sealed | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.redacted = True


class Published(ComplaintEvent):
    """The redacted version is shown to everybody from now on (publikasi)."""

    TOPIC = "lapor.complaint.published"

    def change(self, complaint: ComplaintState) -> None:
        complaint.published = True


class Unpublished(ComplaintEvent):
    """No longer shown to everybody. What becomes confidential or is withdrawn is unpublished at once."""

    TOPIC = "lapor.complaint.unpublished"

    def change(self, complaint: ComplaintState) -> None:
        complaint.published = False
