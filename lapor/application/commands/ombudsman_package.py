"""The package that is handed to the Ombudsman: a complaint and its history, once it was referred."""

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.queries.complaint_views import Viewer, complaint_view, history_view
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.result import Result
from lapor.domain.access import Caller
from lapor.domain.aggregate import Event
from lapor.domain.complaint import WORKFLOW
from lapor.domain.complaint.facts import IdentityViewed, ReferredToOmbudsman
from lapor.domain.errors import LimitReachedError
from lapor.domain.vocabulary import IdentityReason, Recipient, Role


class OmbudsmanPackage:
    """Hands complaints to the Ombudsman."""

    def __init__(
        self, desk: LaporApplication, finder: ComplaintLookup, complaints: ComplaintCommands
    ) -> None:
        self._desk = desk
        self._finder = finder
        self._complaints = complaints

    def take(self, named: str, ask: CommandRequest) -> Result:
        """Return all that is handed over, and store first that the caller took it.

        Only callers who may refer the complaint get it. Each sees what they may see anyway: an officer sees
        the reporter's name only after having viewed it for the Ombudsman since the referral. Raises
        ``LimitReachedError`` where the complaint has not been referred, ``NotFoundError``,
        ``NotAllowedError`` and what an append raises.
        """
        found = self._finder.seen(named, ask)
        actor = found.actor(WORKFLOW["refer-to-ombudsman"])
        stream = [row.fact() for row in found.rows]
        referred = [fact for fact in stream if isinstance(fact, ReferredToOmbudsman)]
        if not referred:
            raise LimitReachedError("It was not referred; the reporter agrees to that by refer-to-ombudsman.")
        viewer = Viewer.of(found.caller, found.complaint, self._desk.zone)
        version, position = found.version, found.position
        if actor.role is not Role.REPORTER:
            if any(_for_ombudsman(fact, found.caller, referred[-1]) for fact in stream):
                viewer = viewer.unmasked()
            version, position = self._complaints.note_export(
                found.complaint.id, actor, ask, Recipient.OMBUDSMAN, identified=not viewer.masked
            )
        opened = self._desk.opener(found.situation.subject)
        body = {
            "reference": referred[-1].reference,
            "referred_at": viewer.at(referred[-1].at),
            "complaint": complaint_view(found.caller, viewer, found.picture, opened, self._desk.policy),
            "history": history_view(viewer, found.rows, opened),
        }
        return Result(body, version, position)


def _for_ombudsman(fact: Event, caller: Caller, referred: Event) -> bool:
    """Return whether the caller viewed the reporter's identity for the Ombudsman after the referral."""
    return (
        isinstance(fact, IdentityViewed)
        and fact.by == caller.id
        and fact.reason_code is IdentityReason.OMBUDSMAN
        and fact.originator_version > referred.originator_version
    )
