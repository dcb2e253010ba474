"""Commands on complaints: file one, carry out a verb on one or several."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from lapor.application import identifiers
from lapor.application.application import CommandRequest, LaporApplication, same_request
from lapor.application.commands.split import FILING, file_parts
from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.application.queries.complaint_views import Viewer, complaint_view, deadlines
from lapor.application.queries.lookup import ComplaintLookup, recognised
from lapor.application.result import Result
from lapor.application.sealing import Opener, Resolve, seal_body
from lapor.domain.access import CITIZEN, VIEW, Caller, actor_on, filing_actor, may
from lapor.domain.aggregate import Event
from lapor.domain.complaint import WORKFLOW, Complaint, Verb, perform
from lapor.domain.complaint.events import ComplaintEvent, Location
from lapor.domain.complaint.lifecycle.identity_access import VIEWING
from lapor.domain.context import Actor
from lapor.domain.errors import (
    BusyError,
    ConflictError,
    InvalidFieldError,
    NotFoundError,
    NotSignedInError,
    Refusal,
    StaleVersionError,
    TakenError,
    UnreachableError,
    VersionRequiredError,
)
from lapor.domain.vocabulary import Channel, Recipient
from lapor.store.event_log import AlreadyDone, Done, Request, SideWrites, StreamRead, UniqueName, VaultEntry

SPLIT = "split"
_RETITLES = frozenset({"verify", "reclassify", "route"})
_CLAIMS = {"link-sp4n": ("SP4N-LAPOR! number", "tracking_id")}
_TRIES = 5  # of a command that needs no version: it may follow other commands
_SHOWN_AGAIN = timedelta(minutes=15)
"""How long a repeated request still shows the reporter's identity: a retry is no second access."""
_DRAWS = 3  # a code of 40 random bits is not in use three times by accident


class ComplaintCommands:
    """Commands on complaints."""

    def __init__(self, application: LaporApplication, lookup: ComplaintLookup) -> None:
        self._application = application
        self._lookup = lookup

    def file(
        self, body: Mapping[str, Any], command: CommandRequest, channel: Channel = Channel.WEB
    ) -> Result:
        """File a report that came by ``channel``. The result's receipt is the reporter's only access to it.

        Raises ``InvalidFieldError``, ``KeyReusedError``, ``BeyondCalendarError`` and what an append raises.
        """
        application, stream, request = self._application, uuid4(), command.request(command.caller.id)
        application.catch_up() if body.get("agency") else application.keep_up()
        key, wrapped = application.master_key.new_key(stream)
        receipt = self._receipt(stream, command.key)
        sealed = _with_cell(seal_body(FILING, body, key, application.reference_data.resolve), body)
        caller = replace(command.caller, channel=channel)
        context = application.context(filing_actor(caller), command)
        terms = application.terms.of(body.get("title"), body["text"])
        vault_entry = VaultEntry(stream, wrapped, identifiers.receipt_digest(receipt), terms)
        for draw in range(1, _DRAWS + 1):
            code = identifiers.new_tracking_code()
            complaint = Complaint.file(context, stream=stream, code=code, **sealed)
            try:
                side_writes = SideWrites(
                    request, [vault_entry], [UniqueName(identifiers.TRACKING_CODE, code, stream)]
                )
                return _filed(
                    application, complaint, receipt, application.save(complaint, side_writes=side_writes)
                )
            except TakenError:
                if draw == _DRAWS:
                    raise
            except AlreadyDone as again:
                return self._filed_before(again.done, request, command.key)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _filed_before(self, done: Done, request: Request | None, key: UUID | None) -> Result:
        same_request(done, request)
        founding = self._application.log.read_stream(done.stream).rows[0].event()
        return _filed(
            self._application, founding.mutate(None), self._receipt(done.stream, key), done.position
        )

    def _receipt(self, stream: UUID, key: UUID | None) -> str:
        if key is None:
            return identifiers.new_receipt()
        return identifiers.repeatable_receipt(self._application.receipt_secret, stream, key)

    def act(self, verb: Verb, complaint_id: UUID, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Carry out one verb on one complaint.

        A verb that needs no version is tried again if the complaint changes meanwhile, unless the caller
        gives one. Checks, in this order: the caller and their permission, the Idempotency-Key, the version
        they have seen, the stage. Raises ``NotSignedInError``, ``NotFoundError``, ``NotAllowedError``,
        ``KeyReusedError``, ``VersionRequiredError``, ``StaleVersionError``, ``StageForbidsError``,
        ``InvalidFieldError``, ``GoneError``, ``HeldError``, ``ConflictError`` and what an append raises.
        """
        if not command.caller.signed_in and command.receipt is None:
            raise NotSignedInError("Sign in, or show the complaint's receipt as Lapor-Receipt.")
        if verb.needs_version or command.seen is not None or command.any_version:
            return self._act(verb, complaint_id, body, command)
        for _ in range(_TRIES - 1):
            with contextlib.suppress(ConflictError):
                return self._act(verb, complaint_id, body, command)
            command = replace(command, stream_read=None)
        return self._act(verb, complaint_id, body, command)

    def _act(
        self, verb: Verb, complaint_id: UUID, body: Mapping[str, Any], command: CommandRequest
    ) -> Result:
        if not command.caller.signed_in:
            self._application.catch_up()  # an officer's token brings reference data up to date
        request = command.request(_name(command, complaint_id))
        stream_read = self._lookup.read_stream(complaint_id, request, command.stream_read)
        command = replace(
            command, caller=recognised(command.caller, command.receipt, stream_read.vault_entry, complaint_id)
        )
        if stream_read.done:
            return self._done_before(verb, command, stream_read, same_request(stream_read.done, request))
        stream = [row.event() for row in stream_read.rows]
        details = ComplaintDetails.of(stream)
        complaint = details.complaint
        actor = _actor(verb, command.caller, complaint)
        _check_version(verb, command, stream)
        opened = self._application.opener(stream_read.vault_entry)
        others: list[Complaint] = []
        sealed = seal_body(verb.fields, body, opened.key_or_gone(), self._resolver(command.caller, others))
        context = self._application.context(actor, command, sealed.pop("reason", None))
        side_writes = self._side_writes(verb, request, complaint_id, body)
        if verb.name == SPLIT:
            sealed["children"] = tuple(uuid4() for _ in sealed["parts"])
        perform(complaint, verb.name, context, sealed)
        if verb.name == SPLIT and stream_read.vault_entry:
            filed = zip(sealed["children"], body["parts"], strict=True)
            others, vault_entries, unique_names = file_parts(
                self._application, context, details, stream_read.vault_entry, filed
            )
            side_writes = replace(side_writes, vault_entries=vault_entries, unique_names=unique_names)
        if complaint.erased:
            side_writes, opened = replace(side_writes, erased=(complaint_id,)), Opener(None)
        viewed = Viewer.of(command.caller, complaint, self._application.zone)
        viewed = viewed.unmasked() if verb.name == VIEWING else viewed
        details.add(*complaint.pending_events)
        try:
            position = self._application.save(complaint, *others, side_writes=side_writes)
        except AlreadyDone as again:
            stream_read = self._lookup.read_stream(complaint_id, request)
            return self._done_before(verb, command, stream_read, same_request(again.done, request))
        return Result(
            complaint_view(command.caller, viewed, details, opened, self._application.policy),
            complaint.version,
            position,
        )

    def bulk(
        self, verb: Verb, items: Sequence[Mapping[str, Any]], body: Mapping[str, Any], command: CommandRequest
    ) -> Result:
        """Carry out one verb on several complaints, each by itself: a refusal stops none of the others.

        Each item has an ``id`` and the ``version`` that the caller has seen; without a version any is
        accepted. A repeated request (by its Idempotency-Key) completes the items that are still pending, and
        none twice.
        """
        answers, position = [], 0
        for item in items:
            seen = item.get("version")
            key = uuid5(command.key, str(item["id"])) if command.key else None
            each = replace(command, seen=seen, any_version=seen is None, key=key)
            try:
                done = self.act(verb, item["id"], body, each)
            except (BusyError, UnreachableError):
                raise
            except Refusal as refusal:
                answers.append({"id": item["id"], "done": False, "refusal": _refusal(refusal)})
            else:
                position = max(position, done.position)
                stage = done.body["stage"]
                answers.append({"id": item["id"], "done": True, "version": done.version, "stage": stage})
        return Result({"items": answers}, 0, position)

    def _resolver(self, caller: Caller, named: list[Complaint]) -> Resolve:
        """Return what resolves the names in a body.

        Another complaint is loaded, if the caller may see it, and added to ``named``.
        """

        def resolve(what: str, field: str, name: str) -> Any:
            if what != "complaint":
                return self._application.reference_data.resolve(what, field, name)
            try:
                stream_read = self._lookup.read_stream(self._lookup.stream(name))
            except NotFoundError:
                stream_read = None
            other = (
                ComplaintDetails.of(row.event() for row in stream_read.rows).complaint
                if stream_read
                else None
            )
            if other is None or not may(caller, VIEW.grants, other):
                raise InvalidFieldError(field, f"There is no complaint '{name}', or you may not see it.")
            named.append(other)
            return other

        return resolve

    def _side_writes(
        self, verb: Verb, request: Request | None, complaint: UUID, body: Mapping[str, Any]
    ) -> SideWrites:
        """Return the search terms of a new title, and a name that may belong to one complaint only."""
        claimed = _CLAIMS.get(verb.name)
        unique_names = [UniqueName(claimed[0], str(body[claimed[1]]), complaint)] if claimed else []
        if verb.name not in _RETITLES or not body.get("title"):
            return SideWrites(request, unique_names=unique_names)
        terms = self._application.terms.of(body["title"])
        return SideWrites(request, unique_names=unique_names, more_terms=(complaint, terms))

    def _done_before(
        self, verb: Verb, command: CommandRequest, stream_read: StreamRead, done: Done
    ) -> Result:
        """Return the first result of a repeated request: permission as before it, data as after it."""
        events = [row.event() for row in stream_read.rows if row.version <= done.version]
        mine = (
            command.cause,
            command.caller.id,
        )  # another caller's request, or the filing, may have the same key
        before = ComplaintDetails.of(
            [events[0], *(event for event in events[1:] if (event.cause, event.by) != mine)]
        )
        caller = self._application.reference_data.as_of(done.position, command.caller)
        _actor(verb, caller, before.complaint)
        after = ComplaintDetails.of(events)
        viewer = Viewer.of(caller, after.complaint, self._application.zone)
        if verb.name == VIEWING and self._may_view_again(verb, command.caller, stream_read, events[-1]):
            viewer = viewer.unmasked()
        body = complaint_view(
            caller, viewer, after, self._application.opener(stream_read.vault_entry), self._application.policy
        )
        return Result(body, done.version, done.position)

    def _may_view_again(self, verb: Verb, caller: Caller, stream_read: StreamRead, viewed: Event) -> bool:
        """Return whether a repeat may show the identity: soon after, and if the caller still may see it."""
        now = ComplaintDetails.of(row.event() for row in stream_read.rows).complaint
        then = ComplaintDetails.of(
            row.event() for row in stream_read.rows if row.version <= viewed.originator_version
        )
        soon = self._application.clock() - viewed.at <= _SHOWN_AGAIN
        return soon and may(caller, verb.grants, now) and now.privacy is then.complaint.privacy

    def note_export(
        self, stream: UUID, by: Actor, command: CommandRequest, recipient: Recipient, *, identified: bool
    ) -> tuple[int, int]:
        """Store that an officer takes a copy for a recipient; return the event's version and position.

        Raises ``BusyError`` and what an append raises; then the caller must not get the copy.
        """
        for _ in range(_TRIES):
            complaint = Complaint.of(row.event() for row in self._lookup.read_stream(stream).rows)
            complaint.note_export(
                self._application.context(by, command), recipient=recipient, identified=identified
            )
            with contextlib.suppress(ConflictError):
                position = self._application.save(complaint, side_writes=SideWrites())
                return complaint.version, position
        raise BusyError


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "detail": refusal.sentence, **refusal.details}


def _name(command: CommandRequest, complaint_id: UUID) -> str:
    """Return the name under which a caller's keys are stored: reporters' keys are apart by complaint."""
    return command.caller.id if command.caller.signed_in else f"{CITIZEN}:{complaint_id}"


def _actor(verb: Verb, caller: Caller, complaint: Complaint) -> Actor:
    """Return the actor, in a role that may act at this stage if the caller has one."""
    here = verb.grants_at(complaint.stage)
    return actor_on(caller, verb.name, here if may(caller, here, complaint) else verb.grants, complaint)


def _check_version(verb: Verb, command: CommandRequest, stream: Sequence[Event]) -> None:
    """Raise ``StaleVersionError`` if the caller has not seen the latest event; accesses do not count.

    Raises ``VersionRequiredError`` if the verb needs a version and none was given.
    """
    version = len(stream)
    if command.seen is not None and (command.seen > version or not all(map(_silent, stream[command.seen :]))):
        raise StaleVersionError(command.seen, version)
    if command.seen is None and verb.needs_version and not command.any_version:
        raise VersionRequiredError


def _silent(event: Event) -> bool:
    return isinstance(event, ComplaintEvent) and event.AUDIT_ONLY


def _filed(application: LaporApplication, complaint: Complaint, receipt: str, position: int) -> Result:
    body = {
        "id": complaint.id,
        "code": complaint.code,
        "receipt": receipt,
        "stage": complaint.stage,
        "deadlines": deadlines(complaint, application.policy),
        "version": complaint.version,
        "position": position,
    }
    return Result(body, complaint.version, position)


def _with_cell(sealed: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filing with its point rounded to 0.01° (about 1 km) in clear, if it has a point."""
    place = sealed.get("place")
    if isinstance(place, Location) and place.lat is not None and place.lon is not None:
        point = body["place"]
        sealed["place"] = replace(place, cell=f"{point['lat']:.2f},{point['lon']:.2f}")
    return sealed


__all__ = ["FILING", "WORKFLOW", "ComplaintCommands"]
