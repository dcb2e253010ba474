"""The model's verbs of the agencies: they accept or decline, follow up, answer, and commit themselves."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .common import Body, By, Common, Refused
from .promises import CARRIED, Thing
from .working_days import TWO_PERSONS, office

MOST_COMMITMENTS = 20


class AgencyVerbs(Common):
    """The lead answers, by two persons where its office demands it; who is involved follows up."""

    def accept(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "accept")
        self.event(c, at, "accepted", "in_progress")

    def decline(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if body["suggested_agency"] == c["agency"]:
            raise Refused("invalid_field")
        if c["bound"]:
            raise Refused("limit_reached")
        self.once_more(c, "declined")
        self.keep(c, at, "accept")
        self.hand_over(c, None, at)
        if not self.owed(c, *CARRIED, by=None):
            self.promise(c, "verify", None, at)
        c["agencies"].remove(c["agency"])
        c |= {"agency": None, "draft": None}
        self.event(c, at, "declined", "disputed")

    def speaks_for(self, c: Thing, by: By) -> Any:
        return by.agency if by.agency in c["agencies"] else c["agency"]

    def follow_up(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        agency = self.speaks_for(c, by)
        if c["stage"] == "routed" and agency == c["agency"]:
            self.accept(c, at, body, by)
        self.keep(c, at, "follow_up", by=agency)
        self.event(c, at, "followed_up", internal=not body.get("public"))

    def respond(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["agency"] in TWO_PERSONS:
            raise Refused("approval_required")
        if c["stage"] == "routed":
            self.accept(c, at, body, by)
        self.answer(c, at)

    def answer(self, c: Thing, at: datetime) -> None:
        self.keep(c, at, *CARRIED, by=c["agency"])
        self.void(c, at, *CARRIED)
        self.promise(c, "reporter_reply", None, at)
        c["draft"] = None
        self.event(c, at, "responded", "responded")

    def draft_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["stage"] == "routed":
            self.accept(c, at, body, by)
        c["draft"] = by.id
        self.event(c, at, "response_drafted", internal=True)

    def approve_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["draft"] is None:
            raise Refused("limit_reached")
        self.two_persons(c, by)
        self.event(c, at, "response_approved", internal=True)
        self.answer(c, at)

    def two_persons(self, c: Thing, by: By) -> None:
        if c["draft"] == by.id:
            raise Refused("not_allowed")

    def return_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["draft"] is None:
            raise Refused("limit_reached")
        c["draft"] = None
        self.event(c, at, "response_returned", internal=True)

    def commit(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        today = at.astimezone(ZoneInfo(office(self.speaks_for(c, by)).zone)).date()
        if body["promised_on"] < today:
            raise Refused("invalid_field")
        if c["committed"] >= MOST_COMMITMENTS:
            raise Refused("limit_reached")
        c["committed"] += 1
        c["commitments"] |= {c["committed"]}
        self.event(c, at, "commitment_made")

    def keep_commitment(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if not c["commitments"]:
            raise Refused("limit_reached")
        n = body.get("n", min(c["commitments"]))
        if n not in c["commitments"]:
            raise Refused("invalid_field")
        c["commitments"] -= {n}
        self.event(c, at, "commitment_kept")

    def note(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.event(c, at, "noted", internal=True)
