"""The package that is handed to the Ombudsman: a complaint and its history, once it was referred."""

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.queries.complaint_views import Viewer, complaint_view, history_view
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.result import Result
from lapor.domain.access import Caller
from lapor.domain.aggregate import Event
from lapor.domain.complaint import WORKFLOW
from lapor.domain.complaint.events import IdentityViewed, ReferredToOmbudsman
from lapor.domain.errors import LimitReachedError
from lapor.domain.vocabulary import IdentityReason, Recipient, Role


class OmbudsmanPackage:
    """Hands complaints to the Ombudsman."""

    def __init__(
        self, application: LaporApplication, lookup: ComplaintLookup, complaints: ComplaintCommands
    ) -> None:
        self._application = application
        self._lookup = lookup
        self._complaints = complaints

    def take(self, named: str, command: CommandRequest) -> Result:
        """Return all that is handed over, and store first that the caller took it.

        Only callers who may refer the complaint get it. Each sees what they may see anyway: an officer sees
        the reporter's name only after having viewed it for the Ombudsman since the referral. Raises
        ``LimitReachedError`` where the complaint has not been referred, ``NotFoundError``,
        ``NotAllowedError`` and what an append raises.
        """
        found = self._lookup.seen(named, command)
        actor = found.actor(WORKFLOW["refer-to-ombudsman"])
        stream = [row.event() for row in found.rows]
        referred = [event for event in stream if isinstance(event, ReferredToOmbudsman)]
        if not referred:
            raise LimitReachedError("It was not referred; the reporter agrees to that by refer-to-ombudsman.")
        viewer = Viewer.of(found.caller, found.complaint, self._application.zone)
        version, position = found.version, found.position
        if actor.role is not Role.REPORTER:
            if any(_for_ombudsman(event, found.caller, referred[-1]) for event in stream):
                viewer = viewer.unmasked()
            version, position = self._complaints.note_export(
                found.complaint.id, actor, command, Recipient.OMBUDSMAN, identified=not viewer.masked
            )
        opened = self._application.opener(found.stream_read.vault_entry)
        body = {
            "reference": referred[-1].reference,
            "referred_at": viewer.at(referred[-1].at),
            "complaint": complaint_view(
                found.caller, viewer, found.details, opened, self._application.policy
            ),
            "history": history_view(viewer, found.rows, opened),
        }
        return Result(body, version, position)


def _for_ombudsman(event: Event, caller: Caller, referred: Event) -> bool:
    """Return whether the caller viewed the reporter's identity for the Ombudsman after the referral."""
    return (
        isinstance(event, IdentityViewed)
        and event.by == caller.id
        and event.reason_code is IdentityReason.OMBUDSMAN
        and event.originator_version > referred.originator_version
    )
