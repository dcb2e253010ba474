"""Agencies, officers and their tokens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from lapor.application import codes
from lapor.application.answer import Answer
from lapor.application.desk import Ask, Desk, same_request
from lapor.application.sealing import Opener, plain_body, seal_body
from lapor.application.streams import change, history
from lapor.domain.access import (
    ERASE_OFFICERS,
    MANAGE_AGENCIES,
    MANAGE_OFFICERS,
    SEE_AGENCIES,
    SEE_OFFICERS,
    Caller,
    actor_for,
)
from lapor.domain.agency import Agency
from lapor.domain.aggregate import Aggregate, Occasion
from lapor.domain.errors import InvalidFieldError, LimitReachedError, NotFoundError, NotSignedInError
from lapor.domain.forms import fields_of
from lapor.domain.officer import Officer
from lapor.domain.working_time import Hours, Opening
from lapor.store.credentials import Credentials
from lapor.store.log import AlreadyDone, Beside, Claim, Subject

REGISTERING = fields_of(Agency.register)
RENAMING = fields_of(Agency.rename)
SETTING_HOURS = fields_of(Agency.set_hours)
APPOINTING = fields_of(Officer.appoint)
ERASING = fields_of(Officer.erase)
_AGENCY_CODE = "agency code"


class Agencies:
    """Who answers complaints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, body: Mapping[str, Any], ask: Ask, hours: Hours | None = None) -> Answer:
        """Let an agency take part, by default with the regency's office hours.

        Raises ``TakenError`` for its code.
        """
        desk, stream = self._desk, uuid4()
        actor = actor_for(ask.caller, MANAGE_AGENCIES)
        request = ask.request(ask.caller.id)
        hours = hours or desk.directory.office_hours
        said = {name: value for name, value in body.items() if value is not None}
        agency = Agency.register(desk.occasion(actor, ask), stream=stream, hours=hours, **said)
        claim = Claim(_AGENCY_CODE, agency.code.casefold(), stream)
        done = _save_once(desk, agency, Beside(request, claims=[claim]))
        return Answer(agency_view(desk.directory.agencies[done[0]], desk.clock()), done[1], done[2])

    def set_approval(self, named: str, body: Mapping[str, Any], ask: Ask) -> Answer:
        """Let its answers need a second person's approval, or no longer. Raises ``NotFoundError``."""
        required = bool(body["required"])
        return self._change(named, ask, lambda it, occasion: it.set_approval(occasion, required=required))

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        actor_for(caller, SEE_AGENCIES)
        agencies = self._desk.directory.agencies.values()
        now = self._desk.clock()
        return [agency_view(agency, now) for agency in sorted(agencies, key=lambda agency: agency.code)]

    def set_hours(self, named: str, body: Mapping[str, Any], ask: Ask) -> Answer:
        """Be open at other hours from a day on; what is not said stays as it is at the end of what is known.

        Raises ``NotFoundError`` and ``InvalidFieldError``.
        """

        def decide(it: Agency, occasion: Occasion) -> None:
            it.set_hours(occasion, hours=_hours(it.timetable[-1][1], body), since=body["since"])

        return self._change(named, ask, decide)

    def rename(self, named: str, body: Mapping[str, Any], ask: Ask) -> Answer:
        """Bear another name. Raises ``NotFoundError``."""
        return self._change(named, ask, lambda it, occasion: it.rename(occasion, name=body["name"]))

    def close(self, named: str, ask: Ask) -> Answer:
        """Take no more complaints. Raises ``NotFoundError`` and ``LimitReachedError``."""
        return self._change(named, ask, lambda it, occasion: it.close(occasion))

    def history(self, named: str, caller: Caller, *, after: int, limit: int) -> tuple[list[Any], bool]:
        """The facts of an agency. Raises ``NotFoundError``."""
        actor_for(caller, SEE_AGENCIES)
        return history(self._desk, self._named(named).id, after=after, limit=limit)

    def _change(self, named: str, ask: Ask, decide: Callable[[Agency, Occasion], None]) -> Answer:
        occasion = self._desk.occasion(actor_for(ask.caller, MANAGE_AGENCIES), ask)
        view = partial(agency_view, at=occasion.at)
        return change(self._desk, self._named(named).id, view, ask, lambda it: decide(it, occasion))

    def _named(self, named: str) -> Agency:
        agency = self._desk.directory.agency(named)
        if agency is None:
            raise NotFoundError("agency")
        return agency

    @property
    def position(self) -> int:
        """Up to where in the log the agencies and officers are known."""
        return self._desk.directory.position


class Officers:
    """Who acts for the government, and by which tokens they are known."""

    def __init__(self, desk: Desk, credentials: Credentials) -> None:
        self._desk = desk
        self._credentials = credentials

    def caller(self, token: str | None) -> Caller:
        """Who asks: anyone, or the officer of a token, with the roles that he has now.

        Reads what is new about officers and agencies with the token, so one works from the request after
        its issue. Raises ``NotSignedInError`` for a token that is unknown, expired or revoked, or whose
        officer was dismissed.
        """
        if token is None:
            return Caller()
        desk = self._desk
        news = desk.log.news(desk.directory.last, codes.token_digest(token))
        desk.directory.catch_up(news)
        credential = news.credential
        if credential is None or credential.revoked_at is not None:
            raise NotSignedInError("This token is not known, or was revoked; ask an administrator for one.")
        if credential.expires_at is not None and credential.expires_at <= desk.clock():
            raise NotSignedInError("This token has expired; ask an administrator for a new one.")
        officer = desk.directory.officers[credential.officer]
        if officer.dismissed:
            raise NotSignedInError("Whose token this was acts as an officer no longer.")
        return Caller(str(officer.id), officer.roles)

    def appoint(self, body: Mapping[str, Any], ask: Ask) -> Answer:
        """Make somebody an officer."""
        desk, stream = self._desk, uuid4()
        actor = actor_for(ask.caller, MANAGE_OFFICERS)
        key, wrapped = desk.master_key.new_key(stream)
        sealed = seal_body(APPOINTING, body, key, desk.directory.resolve)
        officer = Officer.appoint(desk.occasion(actor, ask), stream=stream, **sealed)
        beside = Beside(ask.request(ask.caller.id), [Subject(stream, wrapped)])
        done = _save_once(desk, officer, beside)
        return Answer(self._view(desk.directory.officers[done[0]]), done[1], done[2])

    def dismiss(self, officer: UUID, ask: Ask) -> Answer:
        """Let an officer act no longer. Raises ``NotFoundError`` and ``LimitReachedError``."""
        occasion = self._desk.occasion(actor_for(ask.caller, MANAGE_OFFICERS), ask)
        self._check_known(officer)
        return change(self._desk, officer, self._view, ask, lambda it: it.dismiss(occasion))

    def erase(self, officer: UUID, body: Mapping[str, Any], ask: Ask) -> Answer:
        """Erase the name and contact of one who was dismissed; his id stays in the facts.

        Raises ``NotFoundError`` and ``LimitReachedError``.
        """
        occasion = self._desk.occasion(actor_for(ask.caller, ERASE_OFFICERS), ask)
        self._check_known(officer)
        said = plain_body(ERASING, body)
        return change(
            self._desk, officer, self._view, ask, lambda it: it.erase(occasion, **said), erases=True
        )

    def _check_known(self, officer: UUID) -> None:
        if officer not in self._desk.directory.officers:
            raise NotFoundError("officer")

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        actor_for(caller, SEE_OFFICERS)
        return self._views(list(self._desk.directory.officers.values()))

    def issue_token(self, officer: UUID, caller: Caller, expires_at: datetime | None) -> dict[str, Any]:
        """A new token for an officer, shown this once. Raises ``NotFoundError``."""
        actor_for(caller, MANAGE_OFFICERS)
        self._check_known(officer)
        if self._desk.directory.officers[officer].dismissed:
            raise LimitReachedError("This officer was dismissed; nobody acts in his name.")
        token, token_id = codes.new_token(), uuid4()
        self._credentials.add(codes.token_digest(token), token_id, officer, self._desk.clock(), expires_at)
        return {"id": token_id, "token": token, "expires_at": expires_at}

    def revoke_token(self, token_id: UUID, caller: Caller) -> None:
        """Make a token worthless from now on. Raises ``NotFoundError``."""
        actor_for(caller, MANAGE_OFFICERS)
        if not self._credentials.revoke(token_id, self._desk.clock()):
            raise NotFoundError("token")

    def _view(self, officer: Officer) -> dict[str, Any]:
        return self._views([officer])[0]

    def _views(self, officers: Sequence[Officer]) -> list[dict[str, Any]]:
        openers = self._desk.openers([officer.id for officer in officers])
        return [officer_view(officer, openers(officer.id)) for officer in officers]


def officer_view(officer: Officer, opened: Opener) -> dict[str, Any]:
    """An officer as the API tells it."""
    return {
        "id": officer.id,
        "name": opened("name", officer.name),
        "roles": [asdict(held) for held in officer.roles],
        "dismissed": officer.dismissed,
        "erased": officer.erased,
    }


def agency_view(agency: Agency, at: datetime) -> dict[str, Any]:
    """An agency as anybody may see it, with the hours that hold at an instant and those set for later."""
    now = agency.hours_at(at)
    return {
        "id": agency.id,
        "code": agency.code,
        "name": agency.name,
        "owner_type": agency.owner_type,
        "two_persons": agency.two_persons,
        "closed": agency.closed,
        **hours_view(now),
        "later": [
            {"since": since, **hours_view(hours)}
            for since, hours in agency.timetable
            if since > at.astimezone(ZoneInfo(hours.zone)).date()
        ],
    }


def _hours(hours: Hours, body: Mapping[str, Any]) -> Hours:
    """The hours with what a body says of them: a zone, a week, extra days. Raises ``InvalidFieldError``."""
    said = {field: body[field] for field in ("zone", "week", "extra") if body.get(field) is not None}
    if "week" in said:
        said["week"] = tuple(tuple(day) if day else None for day in said["week"])
    if "extra" in said:
        said["extra"] = tuple(Opening(**each) for each in said["extra"])
    for field, value in said.items():
        try:
            hours = replace(hours, **{field: value})
        except ValueError as error:
            raise InvalidFieldError(field, str(error)) from None
    return hours


def hours_view(hours: Hours) -> dict[str, Any]:
    return {
        "zone": hours.zone,
        "week": [[f"{at:%H:%M}" for at in day] if day else None for day in hours.week],
        "extra": [
            {"day": each.day, "opens": f"{each.opens:%H:%M}", "closes": f"{each.closes:%H:%M}"}
            for each in hours.extra
        ],
    }


def _save_once(desk: Desk, aggregate: Aggregate, beside: Beside) -> tuple[UUID, int, int]:
    """Save something new, or find what the same request made before: its id, version and position."""
    try:
        position = desk.save(aggregate, beside=beside)
        made = aggregate.id, aggregate.version, position
    except AlreadyDone as again:
        done = same_request(again.done, beside.request)
        made = done.stream, done.version, done.position
    desk.catch_up()
    return made
