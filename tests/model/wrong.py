"""Models that are wrong on purpose, each in one rule: the game must find every one of them out."""

from datetime import datetime
from typing import Any

from .model import Model
from .promises import CARRIED, Thing
from .script import Who
from .verbs import Refused


class ReroutingRestarts(Model):
    """Whoever gets it next has all the time again."""

    def hand_over(self, c: Thing, to: str | None, at: datetime) -> None:
        for step in CARRIED:
            if self.end(c, step, "moved", at):
                self.promise(c, step, to, at)


class WaitingCosts(Model):
    """The reporter's silence is the agency's loss."""

    def push(self, agency: str | None, due: datetime, wait: Any, unit: str) -> datetime:
        return due


class WaitingIsWorked(Model):
    """Minutes of a pause are counted as if somebody had worked."""

    def begin(self, c: Thing, step: str, clock: Thing) -> None:
        since = (
            c["asked_at"] if c["stage"] == "awaiting_reporter" and step in c["waiting"] else clock["since"]
        )
        super().begin(c, step, {**clock, "since": since})


class AnotherKindStartsAnew(Model):
    """Reclassifying is a way to win time."""

    def reckon_anew(self, c: Thing, kind: str, at: datetime) -> None:
        for clock in c["clocks"].values():
            clock["origin"], clock["waits"] = at, []
        super().reckon_anew(c, kind, at)


class BrokenPromisesMove(Model):
    """A deadline that was missed is handed on, and looks new."""

    def still_to_be_kept(self, c: Thing, step: str, at: datetime) -> bool:
        return step in c["clocks"]


class NobodyCounts(Model):
    """Twice is never enough."""

    def once_more(self, c: Thing, what: str) -> None:
        return None


class ThirtyOneDays(Model):
    """It can be reopened on the day after the last."""

    def reopen(self, c: Thing, at: datetime, body: dict[str, Any], role: str) -> None:
        try:
            super().reopen(c, at, body, role)
        except Refused:
            if c["reopened"] >= 2 or (at - c["ended"]).days > 30:
                raise
            c["ended"] = at
            super().reopen(c, at, body, role)


class PrivacyLoosens(Model):
    """An oversight complaint that turns out to be another one is open again."""

    def reclassify(self, c: Thing, at: datetime, body: dict[str, Any], role: str) -> None:
        was = c["kind"]
        super().reclassify(c, at, body, role)
        if was == "oversight" != c["kind"]:
            c["privacy"] = "open"


class OneAgencySeesAnother(Model):
    """Liaisons look at what their neighbours have."""

    def reaches(self, scope: str | None, agency: str | None, c: Thing) -> bool:
        return super().reaches("all" if scope == "agency" else scope, agency, c)


class AnonymousToNobody(Model):
    """Who is handling it may know who wrote it."""

    def shown(self, who: Who, c: Thing) -> dict[str, bool]:
        return {**super().shown(who, c), "identity": self.acts_as(who, "IDENTITY", c) is not None}


class DisputesAreNobodys(Model):
    """A complaint that was declined too late is owed by nobody: once a defect of ours."""

    def decline(self, c: Thing, at: datetime, body: dict[str, Any], role: str) -> None:
        super().decline(c, at, body, role)
        c["clocks"].pop("verify", None)


class LastSecondsAreLost(Model):
    """A promise that waited is broken when it begins again: once a defect of ours."""

    def not_broken(self, agency: str | None, due: datetime, at: datetime, unit: str) -> datetime:
        return due


class OversightWaitsForNobody(Model):
    """Whoever withdrew an oversight complaint is still waited for: once a defect of ours."""

    def withdraw(self, c: Thing, at: datetime, body: dict[str, Any], role: str) -> None:
        if c["kind"] == "oversight":
            self.fact(c, at, "withdrawn")
        else:
            super().withdraw(c, at, body, role)


WRONG: list[type[Model]] = [
    ReroutingRestarts,
    WaitingCosts,
    WaitingIsWorked,
    AnotherKindStartsAnew,
    BrokenPromisesMove,
    NobodyCounts,
    ThirtyOneDays,
    PrivacyLoosens,
    OneAgencySeesAnother,
    AnonymousToNobody,
    DisputesAreNobodys,
    LastSecondsAreLost,
    OversightWaitsForNobody,
]
