"""The model's verbs of the coordinating office: what a complaint is, whose, and which others it concerns."""

from datetime import datetime

from .common import MOST, Body, By, Common, Refused
from .promises import CARRIED, Thing
from .table import ENDED, PRIVACIES

MOST_AGENCIES, HIGHEST = 10, 3


class CoordinatorVerbs(Common):
    """It knows complaints, hands them over, joins and parts them, and ends those that are not for us."""

    inspectorates: frozenset[str]

    def verify(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.know_as(c, body["kind"])
        c |= {"category": body["category"], "title": True}
        self.event(c, at, "verified", "verified")
        self.tighten(c, at, body.get("privacy"))

    def reclassify(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        kind, category = body["kind"], body.get("category", c["category"])
        if (kind, category) == (c["kind"], c["category"]) and "title" not in body:
            raise Refused("invalid_field")
        self.known_otherwise(c, at, kind, category)
        self.tighten(c, at)

    def known_otherwise(self, c: Thing, at: datetime, kind: str, category: str | None) -> None:
        """It is of another kind; taken from its agencies if it is about their conduct."""
        away = kind == "oversight" != c["kind"] and bool(set(c["agencies"]) - self.inspectorates)
        if away:
            self.take_away(c, at)
        else:
            self.reckon_again(c, kind, at)
        self.know_as(c, kind)
        c["category"] = category
        if away:
            c |= {"agency": None, "agencies": [], "draft": None, "bound": False}
        self.event(c, at, "reclassified", "verified" if away else None)

    def route(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        kind, category = body.get("kind", c["kind"]), body.get("category", c["category"])
        titled, to = c["title"] or "title" in body, body["agency"]
        if to == c["agency"]:
            raise Refused("invalid_field")
        self.arbitrated(c, by)
        if kind is None or category is None or not titled:
            raise Refused("invalid_field")
        if c["stage"] == "filed":
            self.know_as(c, kind)
            self.event(c, at, "verified", "verified")
        elif (kind, category) != (c["kind"], c["category"]) or "title" in body:
            self.known_otherwise(c, at, kind, category)
        c |= {"category": category, "title": titled}
        self.impartial(c, to)
        self.tighten(c, at)
        self.keep(c, at, "verify")
        self.void(c, at, "accept")
        self.promise(c, "accept", to, at)
        self.hand_over(c, to, at)
        for step in CARRIED:
            if (step, to) not in c["clocks"]:
                self.promise(c, step, to, at)
        c["agencies"] = [to, *(each for each in c["agencies"] if each not in {to, c["agency"]})]
        c |= {"agency": to, "draft": None, "bound": c["bound"] or by.role == "arbiter"}
        self.event(c, at, "routed", "routed")

    def arbitrated(self, c: Thing, by: By) -> None:
        """Refuse others a complaint that was declined twice, or that the arbiter has decided."""
        disputed = c["stage"] == "disputed" and c["declined"] >= MOST
        if by.role != "arbiter" and (c["bound"] or disputed):
            raise Refused("limit_reached")

    def impartial(self, c: Thing, agency: str) -> None:
        """It goes to an inspectorate, if there is one, never to whom it is about."""
        wanted = c["kind"] == "oversight" and agency not in self.inspectorates
        if wanted and (self.inspectorates or agency in c["accused"]):
            raise Refused("invalid_field")

    def involve(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if body["agency"] in c["agencies"]:
            raise Refused("invalid_field")
        if len(c["agencies"]) >= MOST_AGENCIES:
            raise Refused("limit_reached")
        self.impartial(c, body["agency"])
        c["agencies"].append(body["agency"])
        self.promise(c, "follow_up", body["agency"], at)
        self.event(c, at, "agency_involved")

    def archive(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "verify")
        self.void(c, at, *CARRIED)
        self.event(c, at, "archived", "archived")

    def transfer(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "verify")
        self.void(c, at, *CARRIED)
        self.event(c, at, "transferred", "transferred")

    def merge(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        into = body["others"].get(body["into"])
        privacies = {c["privacy"], into["privacy"]}
        looser = PRIVACIES.index(into["privacy"]) < PRIVACIES.index(c["privacy"])
        if into is c or into["stage"] in ENDED or "confidential" in privacies or looser:
            raise Refused("invalid_field")
        self.keep(c, at, "verify")
        self.void(c, at, *CARRIED)
        c["into"] = into["number"]
        self.event(c, at, "merged", "merged")
        into["followers"] += 1
        into["handlers"] |= {by.id}
        self.event(into, max(by.now, c["last"], into["last"]), "follower_added")

    def split(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.event(c, at, "split")
        for part in body["parts"]:
            taken = {"kind": c["kind"], "category": c["category"], "privacy": c["privacy"]}
            known = {name: value for name, value in {**taken, **part}.items() if value is not None}
            known["agency"] = c["addressed"]
            known |= {"reporter": {}} if c["named"] else {}
            body["others"][part["number"]] = self.filed(part["number"], known, by, by.now)
            c["parts"].append(part["number"])

    def escalate(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["level"] >= HIGHEST:
            raise Refused("limit_reached")
        c["level"] += 1
        self.event(c, at, "escalated", internal=True)

    def link_sp4n(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["sp4n"] is not None:
            raise Refused("invalid_field")
        if any(each["sp4n"] == body["tracking_id"] for each in body["others"].values()):
            raise Refused("taken")
        c["sp4n"] = body["tracking_id"]
        self.event(c, at, "sp4n_linked")
