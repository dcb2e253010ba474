"""The model's verbs: what each of them asks for, and what becomes of the complaint."""

from datetime import datetime, timedelta
from typing import Any

from .promises import CARRIED, Promises, Thing
from .table import ENDED, PRIVACIES

MOST = 2  # questions, refusals, rejections, reopenings
REOPENED_WITHIN = timedelta(days=30)
Body = dict[str, Any]


class Refused(Exception):
    """Why something is not done, by its code."""


class Verbs(Promises):
    """Each verb changes the complaint that it is given, or raises ``Refused``."""

    def fact(
        self, c: Thing, at: datetime, name: str, stage: str | None = None, *, internal: bool = False
    ) -> None:
        """Write down that something happened."""
        c["facts"].append(name)
        c["last"] = at
        c["internal"] |= {len(c["facts"])} if internal else set()
        if stage:
            c["stage"] = stage
            c["ended"] = at if stage in ENDED else None
            c["waiting"] = {} if stage in ENDED else c["waiting"]

    def filed(self, body: dict[str, Any], at: datetime) -> Thing:
        oversight = body.get("kind") == "oversight"
        c: Thing = {"kind": body.get("kind"), "category": body.get("category"), "title": "title" in body}
        c |= {"privacy": "confidential" if oversight else body.get("privacy", "open"), "agency": None}
        c |= dict.fromkeys(("asked", "declined", "rejected", "reopened"), 0)
        c |= {"clocks": {}, "waiting": {}, "count": {}, "stops": [], "facts": [], "internal": set()}
        self.fact(c, at, "filed", "filed")
        self.promise(c, "verify", None, at)
        return c

    def once_more(self, c: Thing, what: str) -> None:
        """Count something that may happen twice."""
        if c[what] >= MOST:
            raise Refused("limit_reached")
        c[what] += 1

    def tighten(self, c: Thing, at: datetime, wanted: str | None = None) -> None:
        """Officers never loosen privacy, and oversight complaints are confidential."""
        if wanted and PRIVACIES.index(wanted) < PRIVACIES.index(c["privacy"]):
            raise Refused("invalid_field")
        privacy = "confidential" if c["kind"] == "oversight" else wanted or c["privacy"]
        if privacy != c["privacy"]:
            c["privacy"] = privacy
            self.fact(c, at, "privacy_set")

    # -- the coordinating office

    def verify(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        c |= {"kind": body["kind"], "category": body["category"], "title": True}
        self.fact(c, at, "verified", "verified")
        self.tighten(c, at, body.get("privacy"))

    def reclassify(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        kind, category = body["kind"], body.get("category", c["category"])
        if (kind, category) == (c["kind"], c["category"]) and "title" not in body:
            raise Refused("invalid_field")
        self.reckon_anew(c, kind, at)
        c |= {"kind": kind, "category": category}
        self.fact(c, at, "reclassified")
        self.tighten(c, at)

    def route(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        kind, category = body.get("kind", c["kind"]), body.get("category", c["category"])
        titled = c["title"] or "title" in body
        if body["agency"] == c["agency"] or None in {kind, category} or not titled:
            raise Refused("invalid_field")
        if c["stage"] == "filed":
            self.fact(c, at, "verified", "verified")
        elif (kind, category) != (c["kind"], c["category"]) or "title" in body:
            self.reckon_anew(c, kind, at)
            self.fact(c, at, "reclassified")
        c |= {"kind": kind, "category": category, "title": titled}
        self.tighten(c, at)
        c["agency"] = body["agency"]
        self.keep(c, at, "verify")
        self.void(c, at, ["accept"])
        self.promise(c, "accept", c["agency"], at)
        self.hand_over(c, c["agency"], at)
        for step in CARRIED:
            if step not in c["clocks"]:
                self.promise(c, step, c["agency"], at)
        self.fact(c, at, "routed", "routed")

    def archive(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.keep(c, at, "verify")
        self.fact(c, at, "archived", "archived")

    def transfer(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.keep(c, at, "verify")
        self.void(c, at, CARRIED)
        self.fact(c, at, "transferred", "transferred")

    # -- questions to the reporter

    def ask_reporter(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.once_more(c, "asked")
        self.pause(c, at)
        self.promise(c, "reporter_completion", None, at)
        c["returns_to"] = c["stage"]
        self.fact(c, at, "completion_asked", "awaiting_reporter")

    def complete(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.keep(c, at, "reporter_completion")
        self.resume(c, at)
        self.fact(c, at, "completed", c["returns_to"])

    # -- the agency

    def accept(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.keep(c, at, "accept")
        self.fact(c, at, "accepted", "in_progress")

    def decline(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        if body["suggested_agency"] == c["agency"]:
            raise Refused("invalid_field")
        self.once_more(c, "declined")
        self.keep(c, at, "accept")
        self.hand_over(c, None, at)
        if not c["clocks"]:
            self.promise(c, "verify", None, at)
        c["agency"] = None
        self.fact(c, at, "declined", "disputed")

    def follow_up(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        if c["stage"] == "routed":
            self.accept(c, at, body, role)
        self.keep(c, at, "follow_up")
        self.fact(c, at, "followed_up", internal=not body.get("public"))

    def respond(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        if c["stage"] == "routed":
            self.accept(c, at, body, role)
        self.keep(c, at, *CARRIED)
        self.promise(c, "reporter_reply", None, at)
        self.fact(c, at, "responded", "responded")

    def note(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.fact(c, at, "noted", internal=True)

    # -- the reporter, and the end

    def accept_response(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.keep(c, at, "reporter_reply")
        self.fact(c, at, "response_accepted")
        if "rating" in body:
            self.fact(c, at, "rated")
        self.void(c, at)
        self.fact(c, at, "closed", "closed")

    def reject_response(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.once_more(c, "rejected")
        self.keep(c, at, "reporter_reply")
        self.promise(c, "resolve", c["agency"], at)
        self.fact(c, at, "response_rejected", "in_progress")

    def rate(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.fact(c, at, "rated")

    def close(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        self.void(c, at)
        self.fact(c, at, "closed", "closed")

    def reopen(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        if at > c["ended"] + REOPENED_WITHIN:
            raise Refused("limit_reached")
        self.once_more(c, "reopened")
        stage, step = ("in_progress", "resolve") if c["agency"] else ("filed", "verify")
        self.promise(c, step, c["agency"], at)
        self.fact(c, at, "reopened", stage)

    def withdraw(self, c: Thing, at: datetime, body: Body, role: str) -> None:
        if c["kind"] == "oversight":  # pursued without its reporter
            waited = c["stage"] == "awaiting_reporter"
            self.void(c, at, ["reporter_completion"])
            self.resume(c, at)
            self.fact(c, at, "withdrawn", c["returns_to"] if waited else None)
        else:
            self.void(c, at)
            self.fact(c, at, "withdrawn", "withdrawn")
