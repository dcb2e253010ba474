"""Copies for the person (salinan data pribadi): all that is held about a reporter, or an officer's account.

The right of access and copy, UU 27/2022 Ps 7. A reporter takes it with his receipt; for one who asks in
writing the data protection officer does, which is a fact, stored before he gets it.
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

_OFFICES_OWN = ("possible", "level", "followers")
"""What of a view is said for who works with it, and is nothing about the person."""
DERIVED = ("receipt_digest", "word_hashes")
"""What is held beside the facts: SHA-256 of the receipt, keyed hashes of word stems. Both go with the key."""
RETENTION = {
    "until": "erased",
    "id": (
        "Yang Anda tulis disimpan terkunci dengan kunci tersendiri, sampai dihapus atas permintaan Anda atau"
        " menurut jadwal retensi; setelah itu tidak dapat dibaca siapa pun. Perbaikan dan penghapusan dapat"
        " diminta kepada pejabat pelindungan data pribadi."
    ),
    "en": (
        "What you wrote is kept under a key of its own until it is erased at your request or by the retention"
        " schedule; then nobody can read it any more. You may ask the data protection officer to correct or"
        " erase it."
    ),
}
NOT_KEPT = ("network_address", "user_agent", "cookies")


class SubjectAccess:
    """Copies of what is held about one person."""

    def __init__(
        self,
        desk: LaporApplication,
        finder: ComplaintLookup,
        complaints: ComplaintCommands,
        accesses: AccessReports,
        credentials: AccessTokens,
    ) -> None:
        self._desk = desk
        self._finder, self._complaints = finder, complaints
        self._accesses = accesses
        self._credentials = credentials

    def of_reporter(self, named: str, ask: CommandRequest) -> Result:
        """All that is held about a complaint's reporter, as he may see it himself.

        An anonymous reporter is named in no copy but his own. Raises ``NotFoundError``, and for an officer
        what an append raises.
        """
        found = self._finder.seen(named, ask)
        complaint, caller = found.complaint, found.caller
        own = Caller(receipt_for=complaint.id)
        viewer = Viewer.of(own, complaint, self._desk.zone)
        version, position = found.version, found.position
        if caller.signed_in:
            viewer = replace(viewer, withheld=complaint.privacy is Privacy.ANONYMOUS)
            version, position = self._note(caller, complaint, ask, identified=viewer.identity)
        opened = self._desk.opener(found.situation.subject)
        view = complaint_view(own, viewer, found.picture, opened, self._desk.policy)
        body = {
            "made_at": self._desk.clock(),
            "complaint": {name: value for name, value in view.items() if name not in _OFFICES_OWN},
            "history": history_view(viewer, found.rows, opened),
            "accesses": self._accesses.told(viewer, found.rows),
            "retention": RETENTION,
            "held_beside": DERIVED if found.situation.subject else (),
            "not_kept": NOT_KEPT,
        }
        return Result(body, version, position)

    def _note(
        self, caller: Caller, complaint: Complaint, ask: CommandRequest, *, identified: bool
    ) -> tuple[int, int]:
        officer = replace(caller, receipt_for=None)
        if not may(officer, EXPORT_PERSON.grants, complaint):
            raise NotFoundError
        by = actor_on(officer, EXPORT_PERSON.says, EXPORT_PERSON.grants, complaint)
        return self._complaints.note_export(complaint.id, by, ask, Recipient.PERSON, identified=identified)

    def of_account(self, officer: UUID, caller: Caller) -> Result:
        """All that is held about an officer's own account. Raises ``NotFoundError`` for another's."""
        actor_for(caller, EXPORT_ACCOUNT)
        if caller.id != str(officer):
            raise NotFoundError("officer")
        desk, situation = self._desk, self._desk.log.situation(officer)
        known, opened = desk.directory.officers[officer], desk.opener(situation.subject)
        rows = situation.rows
        body = {
            "made_at": desk.clock(),
            "officer": officer_view(known, opened),
            "history": [_fact(row.position, row.fact(), opened) for row in rows],
            "tokens": [token._asdict() for token in self._credentials.of(officer)],
            "not_kept": NOT_KEPT,
        }
        return Result(body, rows[-1].version, rows[-1].position)


def _fact(position: int, fact: Any, opened: Opener) -> dict[str, Any]:
    return {
        "position": position,
        "type": fact.TOPIC,
        "at": fact.at,
        "by": fact.by,
        "data": opened.fact(fact),
    }
