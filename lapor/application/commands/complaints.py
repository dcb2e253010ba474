"""What is done with complaints."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from lapor.application import identifiers
from lapor.application.application import CommandRequest, LaporApplication, same_request
from lapor.application.commands.split import FILING, parts_of
from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.application.queries.complaint_views import Viewer, complaint_view, deadlines
from lapor.application.queries.lookup import ComplaintLookup, recognised
from lapor.application.result import Result
from lapor.application.sealing import Opener, Resolve, seal_body
from lapor.domain.access import CITIZEN, VIEW, Caller, actor_on, filing_actor, may
from lapor.domain.aggregate import Actor, Event
from lapor.domain.complaint import WORKFLOW, Complaint, Verb, perform
from lapor.domain.complaint.facts import ComplaintEvent, Location
from lapor.domain.complaint.lifecycle.identity_access import VIEWING
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
_TRIES = 5  # of what needs no version: others may write meanwhile, and take nothing from it
_SHOWN_AGAIN = timedelta(minutes=15)
"""How long a repeated request still shows who the reporter is: a retry, not a second look."""
_DRAWS = 3  # a code of 40 random bits that is taken thrice in a row is no accident


class ComplaintCommands:
    """Commands on complaints."""

    def __init__(self, desk: LaporApplication, finder: ComplaintLookup) -> None:
        self._desk = desk
        self._finder = finder

    def file(self, body: Mapping[str, Any], ask: CommandRequest, channel: Channel = Channel.WEB) -> Result:
        """Take a report in, as it came by ``channel``. The answer's receipt is the reporter's only key to it.

        Raises ``InvalidFieldError``, ``KeyReusedError``, ``BeyondCalendarError`` and what an append raises.
        """
        desk, stream, request = self._desk, uuid4(), ask.request(ask.caller.id)
        desk.catch_up() if body.get("agency") else desk.keep_up()
        key, wrapped = desk.master_key.new_key(stream)
        receipt = self._receipt(stream, ask.key)
        sealed = _with_cell(seal_body(FILING, body, key, desk.directory.resolve), body)
        caller = replace(ask.caller, channel=channel)
        occasion = desk.occasion(filing_actor(caller), ask)
        terms = desk.terms.of(body.get("title"), body["text"])
        subject = VaultEntry(stream, wrapped, identifiers.receipt_digest(receipt), terms)
        for draw in range(1, _DRAWS + 1):
            code = identifiers.new_tracking_code()
            complaint = Complaint.file(occasion, stream=stream, code=code, **sealed)
            try:
                beside = SideWrites(request, [subject], [UniqueName(identifiers.TRACKING_CODE, code, stream)])
                return _filed(desk, complaint, receipt, desk.save(complaint, beside=beside))
            except TakenError:
                if draw == _DRAWS:
                    raise
            except AlreadyDone as again:
                return self._filed_before(again.done, request, ask.key)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _filed_before(self, done: Done, request: Request | None, key: UUID | None) -> Result:
        same_request(done, request)
        founding = self._desk.log.situation(done.stream).rows[0].fact()
        return _filed(self._desk, founding.mutate(None), self._receipt(done.stream, key), done.position)

    def _receipt(self, stream: UUID, key: UUID | None) -> str:
        if key is None:
            return identifiers.new_receipt()
        return identifiers.repeatable_receipt(self._desk.receipt_secret, stream, key)

    def act(self, verb: Verb, complaint_id: UUID, body: Mapping[str, Any], ask: CommandRequest) -> Result:
        """Do one verb on one complaint; where no version was seen and none is needed, whatever it is by then.

        Checks, in this order: who the caller is and whether he may, the Idempotency-Key, the version he
        has seen, the stage. Raises ``NotSignedInError``, ``NotFoundError``, ``NotAllowedError``,
        ``KeyReusedError``, ``VersionRequiredError``, ``StaleVersionError``, ``StageForbidsError``,
        ``InvalidFieldError``, ``GoneError``, ``HeldError``, ``ConflictError`` and what an append raises.
        """
        if not ask.caller.signed_in and ask.receipt is None:
            raise NotSignedInError("Sign in, or show the complaint's receipt as Lapor-Receipt.")
        if verb.needs_version or ask.seen is not None or ask.any_version:
            return self._act(verb, complaint_id, body, ask)
        for _ in range(_TRIES - 1):
            with contextlib.suppress(ConflictError):
                return self._act(verb, complaint_id, body, ask)
            ask = replace(ask, situation=None)
        return self._act(verb, complaint_id, body, ask)

    def _act(self, verb: Verb, complaint_id: UUID, body: Mapping[str, Any], ask: CommandRequest) -> Result:
        if not ask.caller.signed_in:
            self._desk.catch_up()  # an officer's token has brought the directory up to date
        request = ask.request(_name(ask, complaint_id))
        situation = self._finder.situation(complaint_id, request, ask.situation)
        ask = replace(ask, caller=recognised(ask.caller, ask.receipt, situation.subject, complaint_id))
        if situation.done:
            return self._done_before(verb, ask, situation, same_request(situation.done, request))
        stream = [row.fact() for row in situation.rows]
        picture = ComplaintDetails.of(stream)
        complaint = picture.complaint
        actor = _actor(verb, ask.caller, complaint)
        _check_version(verb, ask, stream)
        opened = self._desk.opener(situation.subject)
        others: list[Complaint] = []
        sealed = seal_body(verb.fields, body, opened.key_or_gone(), self._resolver(ask.caller, others))
        occasion = self._desk.occasion(actor, ask, sealed.pop("reason", None))
        beside = self._beside(verb, request, complaint_id, body)
        if verb.name == SPLIT:
            sealed["children"] = tuple(uuid4() for _ in sealed["parts"])
        perform(complaint, verb.name, occasion, sealed)
        if verb.name == SPLIT and situation.subject:
            filed = zip(sealed["children"], body["parts"], strict=True)
            others, subjects, claims = parts_of(self._desk, occasion, picture, situation.subject, filed)
            beside = replace(beside, subjects=subjects, claims=claims)
        if complaint.erased:
            beside, opened = replace(beside, erased=(complaint_id,)), Opener(None)
        viewed = Viewer.of(ask.caller, complaint, self._desk.zone)
        viewed = viewed.unmasked() if verb.name == VIEWING else viewed
        picture.add(*complaint.pending_events)
        try:
            position = self._desk.save(complaint, *others, beside=beside)
        except AlreadyDone as again:
            situation = self._finder.situation(complaint_id, request)
            return self._done_before(verb, ask, situation, same_request(again.done, request))
        return Result(
            complaint_view(ask.caller, viewed, picture, opened, self._desk.policy),
            complaint.version,
            position,
        )

    def bulk(
        self, verb: Verb, items: Sequence[Mapping[str, Any]], body: Mapping[str, Any], ask: CommandRequest
    ) -> Result:
        """Do one verb on several complaints, each by itself: one that is refused keeps no other from it.

        Each item has an ``id`` and the ``version`` that was seen, without which any will do. A repeated
        request (by its Idempotency-Key) does what is still to be done, and nothing twice.
        """
        answers, position = [], 0
        for item in items:
            seen = item.get("version")
            key = uuid5(ask.key, str(item["id"])) if ask.key else None
            each = replace(ask, seen=seen, any_version=seen is None, key=key)
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
        """Finds what a body names; another complaint is loaded, if the caller may see it, and ``named``."""

        def resolve(what: str, field: str, name: str) -> Any:
            if what != "complaint":
                return self._desk.directory.resolve(what, field, name)
            try:
                situation = self._finder.situation(self._finder.stream(name))
            except NotFoundError:
                situation = None
            other = ComplaintDetails.of(row.fact() for row in situation.rows).complaint if situation else None
            if other is None or not may(caller, VIEW.grants, other):
                raise InvalidFieldError(field, f"There is no complaint '{name}', or you may not see it.")
            named.append(other)
            return other

        return resolve

    def _beside(
        self, verb: Verb, request: Request | None, complaint: UUID, body: Mapping[str, Any]
    ) -> SideWrites:
        """A new title can be searched for like the old one; some names belong to one complaint only."""
        claimed = _CLAIMS.get(verb.name)
        claims = [UniqueName(claimed[0], str(body[claimed[1]]), complaint)] if claimed else []
        if verb.name not in _RETITLES or not body.get("title"):
            return SideWrites(request, claims=claims)
        terms = self._desk.terms.of(body["title"])
        return SideWrites(request, claims=claims, more_terms=(complaint, terms))

    def _done_before(self, verb: Verb, ask: CommandRequest, situation: StreamRead, done: Done) -> Result:
        """The answer that the request got when it was done: allowed as before it, shown as after it."""
        facts = [row.fact() for row in situation.rows if row.version <= done.version]
        mine = ask.cause, ask.caller.id  # another caller's request, also the filing, may have the same key
        before = ComplaintDetails.of(
            [facts[0], *(fact for fact in facts[1:] if (fact.cause, fact.by) != mine)]
        )
        caller = self._desk.directory.as_of(done.position, ask.caller)
        _actor(verb, caller, before.complaint)
        after = ComplaintDetails.of(facts)
        viewer = Viewer.of(caller, after.complaint, self._desk.zone)
        if verb.name == VIEWING and self._may_look_again(verb, ask.caller, situation, facts[-1]):
            viewer = viewer.unmasked()
        body = complaint_view(caller, viewer, after, self._desk.opener(situation.subject), self._desk.policy)
        return Result(body, done.version, done.position)

    def _may_look_again(self, verb: Verb, caller: Caller, situation: StreamRead, look: Event) -> bool:
        """Whether a repeated request may show who the reporter is: soon after the fact, to who still may."""
        now = ComplaintDetails.of(row.fact() for row in situation.rows).complaint
        then = ComplaintDetails.of(
            row.fact() for row in situation.rows if row.version <= look.originator_version
        )
        soon = self._desk.clock() - look.at <= _SHOWN_AGAIN
        return soon and may(caller, verb.grants, now) and now.privacy is then.complaint.privacy

    def note_export(
        self, stream: UUID, by: Actor, ask: CommandRequest, recipient: Recipient, *, identified: bool
    ) -> tuple[int, int]:
        """Store that an officer takes a copy for somebody; the version and position of that fact.

        Raises ``BusyError`` and what an append raises; then he must not get it.
        """
        for _ in range(_TRIES):
            complaint = Complaint.of(row.fact() for row in self._finder.situation(stream).rows)
            complaint.note_export(self._desk.occasion(by, ask), recipient=recipient, identified=identified)
            with contextlib.suppress(ConflictError):
                position = self._desk.save(complaint, beside=SideWrites())
                return complaint.version, position
        raise BusyError


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "detail": refusal.sentence, **refusal.details}


def _name(ask: CommandRequest, complaint_id: UUID) -> str:
    """Under which name a caller's keys are kept: two reporters' keys never meet."""
    return ask.caller.id if ask.caller.signed_in else f"{CITIZEN}:{complaint_id}"


def _actor(verb: Verb, caller: Caller, complaint: Complaint) -> Actor:
    """In which role the caller does it: one that may at this stage, if he holds any."""
    here = verb.grants_at(complaint.stage)
    return actor_on(caller, verb.name, here if may(caller, here, complaint) else verb.grants, complaint)


def _check_version(verb: Verb, ask: CommandRequest, stream: Sequence[Event]) -> None:
    """Refuse who has not seen all that he decides by; that somebody looked since is no part of that."""
    version = len(stream)
    if ask.seen is not None and (ask.seen > version or not all(map(_silent, stream[ask.seen :]))):
        raise StaleVersionError(ask.seen, version)
    if ask.seen is None and verb.needs_version and not ask.any_version:
        raise VersionRequiredError


def _silent(fact: Event) -> bool:
    return isinstance(fact, ComplaintEvent) and fact.SILENT


def _filed(desk: LaporApplication, complaint: Complaint, receipt: str, position: int) -> Result:
    body = {
        "id": complaint.id,
        "code": complaint.code,
        "receipt": receipt,
        "stage": complaint.stage,
        "deadlines": deadlines(complaint, desk.policy),
        "version": complaint.version,
        "position": position,
    }
    return Result(body, complaint.version, position)


def _with_cell(sealed: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The filing with its point rounded to 0.01° (about 1 km) in clear, if it has a point."""
    place = sealed.get("place")
    if isinstance(place, Location) and place.lat is not None and place.lon is not None:
        point = body["place"]
        sealed["place"] = replace(place, cell=f"{point['lat']:.2f},{point['lon']:.2f}")
    return sealed


__all__ = ["FILING", "WORKFLOW", "ComplaintCommands"]
