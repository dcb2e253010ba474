"""Lookup of one complaint by id or tracking code, with the check that the caller may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lapor.application import identifiers
from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.domain.access import VIEW, Caller, actor_on, may
from lapor.domain.complaint import Complaint, Verb
from lapor.domain.context import Actor
from lapor.domain.errors import NotFoundError
from lapor.store.event_log import RecordedEvent, Request, StreamRead, VaultEntry


@dataclass(frozen=True)
class FoundComplaint:
    """A complaint as it is now, and the caller: as its reporter, if they showed its receipt."""

    stream_read: StreamRead
    details: ComplaintDetails
    caller: Caller

    @property
    def complaint(self) -> Complaint:
        return self.details.complaint

    @property
    def rows(self) -> Sequence[RecordedEvent]:
        """The stored events."""
        return self.stream_read.rows

    @property
    def version(self) -> int:
        return self.complaint.version

    @property
    def position(self) -> int:
        """The position of its last event."""
        return self.rows[-1].position

    def actor(self, verb: Verb) -> Actor:
        """Return the actor, in the role that allows the caller a verb. Raises ``NotAllowedError``."""
        return actor_on(self.caller, verb.name, verb.grants, self.complaint)


class ComplaintLookup:
    """Finds one complaint, and whether the caller may see it."""

    def __init__(self, application: LaporApplication) -> None:
        self._application = application

    def seen(self, named: str, command: CommandRequest) -> FoundComplaint:
        """Return a complaint that the caller may see. Raises ``NotFoundError``."""
        stream, read = self.stream(named), command.stream_read
        stream_read = self.read_stream(stream, read=read if read and read.about(stream) else None)
        details = ComplaintDetails.of(row.event() for row in stream_read.rows)
        caller = recognised(command.caller, command.receipt, stream_read.vault_entry, details.complaint.id)
        if not may(caller, VIEW.grants, details.complaint):
            raise NotFoundError
        return FoundComplaint(stream_read, details, caller)

    def stream(self, named: str) -> UUID:
        """Return the id of a complaint from its id or tracking code. Raises ``NotFoundError``."""
        code = identifiers.tracking_code(named)
        try:
            stream = self._application.log.find(identifiers.TRACKING_CODE, code) if code else UUID(named)
        except ValueError:
            stream = None
        if stream is None:
            raise NotFoundError
        return stream

    def read_stream(
        self, stream: UUID, request: Request | None = None, read: StreamRead | None = None
    ) -> StreamRead:
        """Return all that is stored about a complaint, without any check of permission.

        ``read``: the events, if they were read already. Raises ``NotFoundError``.
        """
        stream_read = read or self._application.log.read_stream(stream, request)
        if not stream_read.rows or not stream_read.rows[0].topic.startswith("lapor.complaint."):
            raise NotFoundError
        return stream_read


def recognised(
    caller: Caller, receipt: str | None, vault_entry: VaultEntry | None, complaint: UUID
) -> Caller:
    """Return the caller, as the reporter of this complaint if the receipt is the one issued for it."""
    if receipt is None or vault_entry is None:
        return caller
    if not identifiers.same(vault_entry.receipt_digest, identifiers.receipt_digest(receipt)):
        return caller
    return caller.with_receipt_for(complaint)
