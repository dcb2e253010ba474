"""Copies of personal data (salinan data pribadi): all that is stored about a reporter, or about an officer.

The right of access and copy, UU 27/2022 Ps 7. A reporter takes a copy with their receipt. For a reporter who
asks in writing, the data protection officer takes it; that is an event, stored before the copy is returned.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.commands.officers import officer_view
from lapor.application.queries.complaint_views import Viewer, complaint_view, history_view
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.result import Result
from lapor.application.sealing import Opener
from lapor.audit.data_protection.access_report import AccessReports
from lapor.domain.access import EXPORT_ACCOUNT, EXPORT_PERSON, Caller, actor_for, actor_on, may
from lapor.domain.complaint import Complaint
from lapor.domain.errors import NotFoundError
from lapor.domain.vocabulary import Privacy, Recipient
from lapor.store.access_tokens import AccessTokens

_NOT_PERSONAL = ("possible", "level", "followers")
"""Fields of a complaint's view for those who handle it, which say nothing about the person."""
DERIVED = ("receipt_digest", "word_hashes")
"""Stored next to the events: SHA-256 of the receipt, keyed hashes of word stems. An erasure deletes both."""
RETENTION = {
    "until": "erased",
    "id": (
        "Yang Anda tulis disimpan terkunci dengan kunci tersendiri, sampai dihapus atas permintaan Anda atau"
        " menurut jadwal retensi; setelah itu tidak dapat dibaca siapa pun. Perbaikan dan penghapusan dapat"
        " diminta kepada pejabat pelindungan data pribadi."
    ),
    "en": (
        "Your texts are kept under a key of its own until it is erased at your request or by the retention"
        " schedule; then nobody can read it any more. You may ask the data protection officer to correct or"
        " erase it."
    ),
}
NOT_KEPT = ("network_address", "user_agent", "cookies")


class SubjectAccess:
    """Copies of the data that are stored about one person."""

    def __init__(
        self,
        application: LaporApplication,
        lookup: ComplaintLookup,
        complaints: ComplaintCommands,
        accesses: AccessReports,
        access_tokens: AccessTokens,
    ) -> None:
        self._application = application
        self._lookup, self._complaints = lookup, complaints
        self._accesses = accesses
        self._access_tokens = access_tokens

    def of_reporter(self, named: str, command: CommandRequest) -> Result:
        """Return all that is stored about a complaint's reporter, as the reporter may see it.

        An anonymous reporter is named only in a copy that they take themselves. Raises ``NotFoundError``, and
        for an officer the errors of an append.
        """
        record = self._lookup.seen(named, command)
        complaint, caller = record.complaint, record.caller
        own = Caller(receipt_for=complaint.id)
        viewer = Viewer.of(own, complaint, self._application.zone)
        version, position = record.version, record.position
        if caller.signed_in:
            viewer = replace(viewer, withheld=complaint.privacy is Privacy.ANONYMOUS)
            version, position = self._note(caller, complaint, command, identified=viewer.identity)
        opened = self._application.opener(record.stream_read.vault_entry)
        view = complaint_view(own, viewer, record.details, opened, self._application.policy)
        body = {
            "made_at": self._application.clock(),
            "complaint": {name: value for name, value in view.items() if name not in _NOT_PERSONAL},
            "history": history_view(viewer, record.rows, opened),
            "accesses": self._accesses.visible_to(viewer, record.rows),
            "retention": RETENTION,
            "held_beside": DERIVED if record.stream_read.vault_entry else (),
            "not_kept": NOT_KEPT,
        }
        return Result(body, version, position)

    def _note(
        self, caller: Caller, complaint: Complaint, command: CommandRequest, *, identified: bool
    ) -> tuple[int, int]:
        officer = replace(caller, receipt_for=None)
        if not may(officer, EXPORT_PERSON.grants, complaint):
            raise NotFoundError
        by = actor_on(officer, EXPORT_PERSON.says, EXPORT_PERSON.grants, complaint)
        return self._complaints.note_export(
            complaint.id, by, command, Recipient.PERSON, identified=identified
        )

    def of_account(self, officer: UUID, caller: Caller) -> Result:
        """Return all that is stored about the caller's account. Raises ``NotFoundError`` for another's."""
        actor_for(caller, EXPORT_ACCOUNT)
        if caller.id != str(officer):
            raise NotFoundError("officer")
        application, stream_read = self._application, self._application.log.read_stream(officer)
        opened = application.opener(stream_read.vault_entry)
        rows = stream_read.rows
        body = {
            "made_at": application.clock(),
            "officer": officer_view(application.reference_data.officers[officer], opened),
            "history": [_event(row.position, row.event(), opened) for row in rows],
            "tokens": [token._asdict() for token in self._access_tokens.of_officer(officer)],
            "not_kept": NOT_KEPT,
        }
        return Result(body, rows[-1].version, rows[-1].position)


def _event(position: int, event: Any, opened: Opener) -> dict[str, Any]:
    return {
        "position": position,
        "type": event.TOPIC,
        "at": event.at,
        "by": event.by,
        "data": opened.event(event),
    }
