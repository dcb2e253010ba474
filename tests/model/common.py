"""Common parts of the model's verbs: who does one, why not, and what becomes of the complaint."""

from datetime import datetime
from typing import Any, NamedTuple

from .promises import ModelPromises, Thing
from .table import ENDED, PRIVACIES

MOST = 2  # questions, refusals, rejections, reopenings, objections
Body = dict[str, Any]


class Refused(Exception):
    """Why something is not done, by its code."""


class By(NamedTuple):
    """The actor: in which role, for which agency, at what moment by their clock."""

    role: str
    agency: str | None
    id: str
    now: datetime


class Common(ModelPromises):
    """How a complaint begins, gets an event, and stays as private as it has to be."""

    def event(
        self, c: Thing, at: datetime, name: str, stage: str | None = None, *, internal: bool = False
    ) -> None:
        """Write down that something happened."""
        c["events"].append(name)
        c["last"] = at
        c["internal"] |= {len(c["events"])} if internal else set()
        if stage:
            c["stage"] = stage
            c["ended"] = at if stage in ENDED else None
            c["waiting"] = {} if stage in ENDED else c["waiting"]

    def filed(self, number: int, body: Body, by: By, at: datetime) -> Thing:
        oversight = body.get("kind") == "oversight"
        c: Thing = {"kind": None, "category": body.get("category"), "title": "title" in body}
        c |= {"privacy": "confidential" if oversight else body.get("privacy", "open")}
        c |= {"number": number, "agency": None, "agencies": [], "addressed": body.get("agency")}
        c |= {"accused": set(), "bound": False, "draft": None, "extended": set(), "objection": False}
        c |= {"committed": 0, "commitments": set(), "level": 0, "redacted": False, "published": False}
        c |= {"sp4n": None, "into": None, "followers": 0, "parts": []}
        c |= dict.fromkeys(("asked", "declined", "rejected", "reopened", "objected"), 0)
        c |= {"missed": {}, "excused": set()}
        c |= {"named": "reporter" in body, "glass_asked": None, "glass_open": None, "secret": set()}
        c |= {"requested": False, "held": False, "erased": False}
        c |= {"clocks": {}, "waiting": {}, "count": {}, "stops": [], "events": [], "internal": set()}
        c |= {"roles": [by.role], "handlers": set() if by.role == "reporter" else {by.id}}
        self.know_as(c, body.get("kind"))
        self.event(c, at, "filed", "filed")
        self.promise(c, "verify", None, at)
        return c

    def once_more(self, c: Thing, what: str) -> None:
        """Count something that may happen twice."""
        if c[what] >= MOST:
            raise Refused("limit_reached")
        c[what] += 1

    def know_as(self, c: Thing, kind: str | None) -> None:
        """An oversight complaint is about whom it was addressed to, and who had it when it became one."""
        if kind == "oversight" != c["kind"]:
            c["accused"] |= {*c["agencies"], c["addressed"]} - {None}
        c["kind"] = kind

    def tighten(self, c: Thing, at: datetime, wanted: str | None = None, role: str = "") -> None:
        """Officers never loosen privacy, and oversight complaints are confidential and not public."""
        looser = wanted and PRIVACIES.index(wanted) < PRIVACIES.index(c["privacy"])
        if looser and role != "reporter":
            raise Refused("invalid_field")
        privacy = "confidential" if c["kind"] == "oversight" else wanted or c["privacy"]
        if privacy != c["privacy"]:
            c["privacy"] = privacy
            self.event(c, at, "privacy_set")
        if privacy == "confidential":
            self.hide(c, at)

    def hide(self, c: Thing, at: datetime) -> None:
        if c["published"]:
            c["published"] = False
            self.event(c, at, "unpublished")
