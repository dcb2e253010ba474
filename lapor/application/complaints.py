"""What can be done with complaints, and seen of them."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from lapor.application import codes
from lapor.application.desk import Ask, Desk, same_request
from lapor.application.picture import Picture
from lapor.application.sealing import Opener, Resolve, seal_body
from lapor.application.splitting import FILING, parts_of
from lapor.application.views import (
    Viewer,
    complaint_view,
    deadlines,
    followed_view,
    history_view,
    public_view,
)
from lapor.domain.access import CITIZEN, VIEW, Caller, actor_on, filing_actor, may
from lapor.domain.aggregate import Actor, Fact
from lapor.domain.complaint import WORKFLOW, Complaint, Verb, perform
from lapor.domain.complaint.facts import ComplaintFact, IdentityViewed, Place, ReferredToOmbudsman
from lapor.domain.complaint.identity import VIEWING
from lapor.domain.errors import (
    BeyondHeadError,
    BusyError,
    ConflictError,
    InvalidFieldError,
    LimitReachedError,
    NotFoundError,
    NotSignedInError,
    Refusal,
    StaleVersionError,
    TakenError,
    UnreachableError,
    VersionRequiredError,
)
from lapor.domain.terms import Channel, IdentityReason, Recipient, Role
from lapor.store.log import AlreadyDone, Beside, Claim, Done, Request, Row, Situation, Subject

SPLIT = "split"
_RETITLES = frozenset({"verify", "reclassify", "route"})
_CLAIMS = {"link-sp4n": ("SP4N-LAPOR! number", "tracking_id")}
_MOST_MERGED = 10  # complaints in a row, each merged into the next
_TRIES = 5  # of what needs no version: others may write meanwhile, and take nothing from it
_SHOWN_AGAIN = timedelta(minutes=15)
"""How long a repeated request still shows who the reporter is: a retry, not a second look."""
_DRAWS = 3  # a code of 40 random bits that is taken thrice in a row is no accident


@dataclass(frozen=True)
class Answer:
    """What a caller gets: a body, the version it shows (the ETag), and the log's position."""

    body: Any
    version: int
    position: int


@dataclass(frozen=True)
class Moment:
    """Which facts count: those dated up to ``at``, or the log's first ``position``; by default all.

    Facts are ``dated`` as their viewer sees them: who may see only days could otherwise find the second
    by asking for moments.
    """

    at: datetime | None = None
    position: int | None = None

    def of(self, rows: Sequence[Row], dated: Callable[[datetime], datetime]) -> list[Row]:
        return [
            row
            for row in rows
            if (self.position is None or row.position <= self.position)
            and (self.at is None or dated(row.fact().at) <= self.at)
        ]


class Complaints:
    """Commands and questions about complaints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def file(self, body: Mapping[str, Any], ask: Ask, channel: Channel = Channel.WEB) -> Answer:
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
        subject = Subject(stream, wrapped, codes.receipt_digest(receipt), terms)
        for draw in range(1, _DRAWS + 1):
            code = codes.new_tracking_code()
            complaint = Complaint.file(occasion, stream=stream, code=code, **sealed)
            try:
                beside = Beside(request, [subject], [Claim(codes.TRACKING_CODE, code, stream)])
                return _filed(desk, complaint, receipt, desk.save(complaint, beside=beside))
            except TakenError:
                if draw == _DRAWS:
                    raise
            except AlreadyDone as again:
                return self._filed_before(again.done, request, ask.key)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _filed_before(self, done: Done, request: Request | None, key: UUID | None) -> Answer:
        same_request(done, request)
        founding = self._desk.log.situation(done.stream).rows[0].fact()
        return _filed(self._desk, founding.mutate(None), self._receipt(done.stream, key), done.position)

    def _receipt(self, stream: UUID, key: UUID | None) -> str:
        if key is None:
            return codes.new_receipt()
        return codes.repeatable_receipt(self._desk.receipt_secret, stream, key)

    def act(self, verb: Verb, complaint_id: UUID, body: Mapping[str, Any], ask: Ask) -> Answer:
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
        return self._act(verb, complaint_id, body, ask)

    def _act(self, verb: Verb, complaint_id: UUID, body: Mapping[str, Any], ask: Ask) -> Answer:
        if not ask.caller.signed_in:
            self._desk.catch_up()  # an officer's token has brought the directory up to date
        request = ask.request(_name(ask, complaint_id))
        situation = self._situation(complaint_id, request)
        ask = replace(ask, caller=_recognised(ask.caller, ask.receipt, situation.subject, complaint_id))
        if situation.done:
            return self._done_before(verb, ask, situation, same_request(situation.done, request))
        stream = [row.fact() for row in situation.rows]
        picture = Picture.of(stream)
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
            situation = self._situation(complaint_id, request)
            return self._done_before(verb, ask, situation, same_request(again.done, request))
        return Answer(
            complaint_view(ask.caller, viewed, picture, opened, self._desk.policy),
            complaint.version,
            position,
        )

    def bulk(
        self, verb: Verb, items: Sequence[Mapping[str, Any]], body: Mapping[str, Any], ask: Ask
    ) -> Answer:
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
        return Answer({"items": answers}, 0, position)

    def _resolver(self, caller: Caller, named: list[Complaint]) -> Resolve:
        """Finds what a body names; another complaint is loaded, if the caller may see it, and ``named``."""

        def resolve(what: str, field: str, name: str) -> Any:
            if what != "complaint":
                return self._desk.directory.resolve(what, field, name)
            try:
                situation = self._situation(self.find(name))
            except NotFoundError:
                situation = None
            other = Picture.of(row.fact() for row in situation.rows).complaint if situation else None
            if other is None or not may(caller, VIEW.grants, other):
                raise InvalidFieldError(field, f"There is no complaint '{name}', or you may not see it.")
            named.append(other)
            return other

        return resolve

    def _beside(
        self, verb: Verb, request: Request | None, complaint: UUID, body: Mapping[str, Any]
    ) -> Beside:
        """A new title can be searched for like the old one; some names belong to one complaint only."""
        claimed = _CLAIMS.get(verb.name)
        claims = [Claim(claimed[0], str(body[claimed[1]]), complaint)] if claimed else []
        if verb.name not in _RETITLES or not body.get("title"):
            return Beside(request, claims=claims)
        terms = self._desk.terms.of(body["title"])
        return Beside(request, claims=claims, more_terms=(complaint, terms))

    def _done_before(self, verb: Verb, ask: Ask, situation: Situation, done: Done) -> Answer:
        """The answer that the request got when it was done: allowed as before it, shown as after it."""
        facts = [row.fact() for row in situation.rows if row.version <= done.version]
        mine = ask.cause, ask.caller.id  # another caller's request, also the filing, may have the same key
        before = Picture.of([facts[0], *(fact for fact in facts[1:] if (fact.cause, fact.by) != mine)])
        caller = self._desk.directory.as_of(done.position, ask.caller)
        _actor(verb, caller, before.complaint)
        after = Picture.of(facts)
        viewer = Viewer.of(caller, after.complaint, self._desk.zone)
        if verb.name == VIEWING and self._may_look_again(verb, ask.caller, situation, facts[-1]):
            viewer = viewer.unmasked()
        body = complaint_view(caller, viewer, after, self._desk.opener(situation.subject), self._desk.policy)
        return Answer(body, done.version, done.position)

    def _may_look_again(self, verb: Verb, caller: Caller, situation: Situation, look: Fact) -> bool:
        """Whether a repeated request may show who the reporter is: soon after the fact, to who still may."""
        now = Picture.of(row.fact() for row in situation.rows).complaint
        then = Picture.of(row.fact() for row in situation.rows if row.version <= look.originator_version)
        soon = self._desk.clock() - look.at <= _SHOWN_AGAIN
        return soon and may(caller, verb.grants, now) and now.privacy is then.complaint.privacy

    def view(self, named: str, ask: Ask, moment: Moment) -> Answer:
        """One complaint as the caller may see it, now or at a past moment.

        ``named`` is its id or its tracking code. Permission is always that of now; who has none is shown
        what was published, as it is now. Raises ``NotFoundError``, also where it did not exist yet at that
        moment.
        """
        try:
            situation, caller = self.seen(named, ask, moment)
        except NotFoundError:
            if moment != Moment():
                raise
            return self._public(named)
        complaint = Picture.of(row.fact() for row in situation.rows).complaint
        viewer = Viewer.of(caller, complaint, self._desk.zone)
        rows = moment.of(situation.rows, viewer.at)
        if not rows:
            raise NotFoundError
        picture = Picture.of(row.fact() for row in rows)
        opened = self._desk.opener(situation.subject)
        body = complaint_view(caller, viewer, picture, opened, self._desk.policy)
        if picture.merged_into and viewer.content:
            body["followed"] = self._followed(picture.merged_into, moment)
        body["position"] = rows[-1].position
        return Answer(body, picture.complaint.version, rows[-1].position)

    def _followed(self, stream: UUID, moment: Moment) -> dict[str, Any] | None:
        """How far the complaint is that another one follows: no more than everybody who follows may know."""
        for _ in range(_MOST_MERGED):
            situation = self._situation(stream)
            rows = moment.of(situation.rows, lambda at: at)
            if not rows:
                return None
            picture = Picture.of(row.fact() for row in rows)
            if picture.merged_into is None:
                return followed_view(
                    picture, self._desk.opener(situation.subject), self._desk.zone, self._desk.policy
                )
            stream = picture.merged_into
        return None

    def _public(self, named: str) -> Answer:
        """What everybody may see of a complaint that is published. Raises ``NotFoundError``."""
        situation = self._situation(self.find(named))
        picture = Picture.of(row.fact() for row in situation.rows)
        if not picture.complaint.published:
            raise NotFoundError
        body = public_view(picture, self._desk.opener(situation.subject), self._desk.zone, self._desk.policy)
        return Answer(body, picture.complaint.version, situation.rows[-1].position)

    def history(
        self, named: str, ask: Ask, moment: Moment, *, after: int, limit: int
    ) -> tuple[list[Any], bool]:
        """The facts of a complaint of versions above ``after``, and whether there are more."""
        situation, caller = self.seen(named, ask, moment)
        complaint = Picture.of(row.fact() for row in situation.rows).complaint
        viewer = Viewer.of(caller, complaint, self._desk.zone)
        rows = [row for row in moment.of(situation.rows, viewer.at) if row.version > after]
        return history_view(viewer, rows[:limit], self._desk.opener(situation.subject)), len(rows) > limit

    def for_ombudsman(self, named: str, ask: Ask) -> Answer:
        """All that is handed to the Ombudsman, once the reporter has agreed to it: the complaint, its facts.

        For those who may refer it; each gets what he may see himself: an officer the reporter's name only
        where he has looked at it for the Ombudsman's sake since. That he took it is a fact, stored before it
        is answered. Raises ``LimitReachedError`` where it has not been referred.
        """
        situation, caller = self.seen(named, ask, Moment())
        stream = [row.fact() for row in situation.rows]
        picture = Picture.of(stream)
        verb = WORKFLOW["refer-to-ombudsman"]
        actor = actor_on(caller, verb.name, verb.grants, picture.complaint)
        referred = [fact for fact in stream if isinstance(fact, ReferredToOmbudsman)]
        if not referred:
            raise LimitReachedError("It was not referred; the reporter agrees to that by refer-to-ombudsman.")
        viewer = Viewer.of(caller, picture.complaint, self._desk.zone)
        version, position = picture.complaint.version, situation.rows[-1].position
        if actor.role is not Role.REPORTER:
            if any(_for_ombudsman(fact, caller, referred[-1]) for fact in stream):
                viewer = viewer.unmasked()
            version, position = self.note_export(
                picture.complaint.id, actor, ask, Recipient.OMBUDSMAN, identified=not viewer.masked
            )
        opened = self._desk.opener(situation.subject)
        body = {
            "reference": referred[-1].reference,
            "referred_at": viewer.at(referred[-1].at),
            "complaint": complaint_view(caller, viewer, picture, opened, self._desk.policy),
            "history": history_view(viewer, situation.rows, opened),
        }
        return Answer(body, version, position)

    def note_export(
        self, stream: UUID, by: Actor, ask: Ask, recipient: Recipient, *, identified: bool
    ) -> tuple[int, int]:
        """Store that an officer takes a copy for somebody; the version and position of that fact.

        Raises ``BusyError`` and what an append raises; then he must not get it.
        """
        for _ in range(_TRIES):
            complaint = Complaint.of(row.fact() for row in self._situation(stream).rows)
            complaint.note_export(self._desk.occasion(by, ask), recipient=recipient, identified=identified)
            with contextlib.suppress(ConflictError):
                position = self._desk.save(complaint, beside=Beside())
                return complaint.version, position
        raise BusyError

    def as_stored(self, named: str, ask: Ask) -> tuple[list[Row], Complaint, Caller]:
        """A complaint's facts as they are stored, for a caller who may see it. Raises ``NotFoundError``.

        What of them he may be given is not decided here.
        """
        situation, caller = self.seen(named, ask, Moment())
        return situation.rows, Picture.of(row.fact() for row in situation.rows).complaint, caller

    def visible(self, named: str, ask: Ask) -> UUID:
        """The id of a complaint that the caller may see. Raises ``NotFoundError``."""
        situation, _ = self.seen(named, ask, Moment())
        return situation.rows[0].stream

    def visible_for(self, verb: Verb, named: str, ask: Ask) -> UUID:
        """The id of a complaint on which the caller has the right to do a verb.

        Raises ``NotFoundError`` and ``NotAllowedError``.
        """
        situation, caller = self.seen(named, ask, Moment())
        complaint = Picture.of(row.fact() for row in situation.rows).complaint
        actor_on(caller, verb.name, verb.grants, complaint)
        return situation.rows[0].stream

    def seen(self, named: str, ask: Ask, moment: Moment) -> tuple[Situation, Caller]:
        """The complaint, if the caller may see it as it is now."""
        if moment.position is not None and moment.position > (head := self._desk.log.head()):
            raise BeyondHeadError(moment.position, head)
        situation = self._situation(self.find(named))
        complaint = Picture.of(row.fact() for row in situation.rows).complaint
        caller = _recognised(ask.caller, ask.receipt, situation.subject, complaint.id)
        if not may(caller, VIEW.grants, complaint):
            raise NotFoundError
        return situation, caller

    def find(self, named: str) -> UUID:
        """The id of a complaint from its id or tracking code. Raises ``NotFoundError``."""
        code = codes.tracking_code(named)
        try:
            stream = self._desk.log.find(codes.TRACKING_CODE, code) if code else UUID(named)
        except ValueError:
            stream = None
        if stream is None:
            raise NotFoundError
        return stream

    def _situation(self, complaint_id: UUID, request: Request | None = None) -> Situation:
        situation = self._desk.log.situation(complaint_id, request)
        if not situation.rows or not situation.rows[0].topic.startswith("lapor.complaint."):
            raise NotFoundError
        return situation


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "detail": refusal.sentence, **refusal.details}


def _recognised(caller: Caller, receipt: str | None, subject: Subject | None, complaint: UUID) -> Caller:
    """The caller, as the reporter of this complaint if the receipt is the one that was given out for it."""
    if receipt is None or subject is None:
        return caller
    if not codes.same(subject.receipt_digest, codes.receipt_digest(receipt)):
        return caller
    return caller.with_receipt_for(complaint)


def _name(ask: Ask, complaint_id: UUID) -> str:
    """Under which name a caller's keys are kept: two reporters' keys never meet."""
    return ask.caller.id if ask.caller.signed_in else f"{CITIZEN}:{complaint_id}"


def _actor(verb: Verb, caller: Caller, complaint: Complaint) -> Actor:
    """In which role the caller does it: one that may at this stage, if he holds any."""
    here = verb.grants_at(complaint.stage)
    return actor_on(caller, verb.name, here if may(caller, here, complaint) else verb.grants, complaint)


def _for_ombudsman(fact: Fact, caller: Caller, referred: Fact) -> bool:
    """Whether the caller was shown the reporter by this fact, to hand it to the Ombudsman."""
    return (
        isinstance(fact, IdentityViewed)
        and fact.by == caller.id
        and fact.reason_code is IdentityReason.OMBUDSMAN
        and fact.originator_version > referred.originator_version
    )


def _check_version(verb: Verb, ask: Ask, stream: Sequence[Fact]) -> None:
    """Refuse who has not seen all that he decides by; that somebody looked since is no part of that."""
    version = len(stream)
    if ask.seen is not None and (ask.seen > version or not all(map(_silent, stream[ask.seen :]))):
        raise StaleVersionError(ask.seen, version)
    if ask.seen is None and verb.needs_version and not ask.any_version:
        raise VersionRequiredError


def _silent(fact: Fact) -> bool:
    return isinstance(fact, ComplaintFact) and fact.SILENT


def _filed(desk: Desk, complaint: Complaint, receipt: str, position: int) -> Answer:
    body = {
        "id": complaint.id,
        "code": complaint.code,
        "receipt": receipt,
        "stage": complaint.stage,
        "deadlines": deadlines(complaint, desk.policy),
        "version": complaint.version,
        "position": position,
    }
    return Answer(body, complaint.version, position)


def _with_cell(sealed: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The filing with its point rounded to 0.01° (about 1 km) in clear, if it has a point."""
    place = sealed.get("place")
    if isinstance(place, Place) and place.lat is not None and place.lon is not None:
        point = body["place"]
        sealed["place"] = replace(place, cell=f"{point['lat']:.2f},{point['lon']:.2f}")
    return sealed


__all__ = ["FILING", "WORKFLOW", "Answer", "Complaints", "Moment"]
