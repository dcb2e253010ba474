"""Models that are wrong on purpose, each in one rule: the game must find every one of them out."""

from datetime import datetime
from typing import Any

from .common import By, Refused
from .model import Model
from .promises import CARRIED, EXCUSABLE, Owed, Thing
from .script import Who


class ReroutingRestarts(Model):
    """The next agency has all the time again."""

    def hand_over(self, c: Thing, to: str | None, at: datetime) -> None:
        for step in CARRIED:
            if self.end(c, (step, c["agency"]), "moved", at):
                self.end(c, (step, to), "void", at)
                self.promise(c, step, to, at)


class WaitingCosts(Model):
    """The reporter's silence is the agency's loss."""

    def push(self, agency: str | None, due: datetime, wait: tuple[datetime, datetime], unit: str) -> datetime:
        return due


class WaitingIsWorked(Model):
    """Minutes of a pause are counted as if somebody had worked."""

    def begin(self, c: Thing, step: str, clock: Thing) -> None:
        waited = c["stage"] == "awaiting_reporter" and (step, clock["agency"]) in c["waiting"]
        since = c["asked_at"] if waited else clock["since"]
        super().begin(c, step, {**clock, "since": since})


class AnotherKindStartsAgain(Model):
    """Reclassifying is a way to win time."""

    def reckon_again(self, c: Thing, kind: str, at: datetime) -> None:
        for clock in c["clocks"].values():
            clock["origin"], clock["waits"] = at, []
        super().reckon_again(c, kind, at)


class BrokenPromisesMove(Model):
    """A deadline that was missed is handed on, and looks new."""

    def still_to_be_kept(self, c: Thing, owed: Owed, at: datetime) -> bool:
        return owed in c["clocks"]


class NobodyCounts(Model):
    """Twice is never enough."""

    def once_more(self, c: Thing, what: str) -> None:
        return None


class ThirtyOneDays(Model):
    """It can be reopened on the day after the last."""

    def reopen(self, c: Thing, at: datetime, body: dict[str, Any], by: By) -> None:
        try:
            super().reopen(c, at, body, by)
        except Refused:
            if c["reopened"] >= 2 or (at - c["ended"]).days > 30:
                raise
            c["ended"] = at
            super().reopen(c, at, body, by)


class PrivacyLoosens(Model):
    """An oversight complaint that turns out to be another one is open again."""

    def reclassify(self, c: Thing, at: datetime, body: dict[str, Any], by: By) -> None:
        was = c["kind"]
        super().reclassify(c, at, body, by)
        if was == "oversight" != c["kind"]:
            c["privacy"] = "open"


class OneAgencySeesAnother(Model):
    """Liaisons look at what their neighbours have."""

    def reaches(self, scope: str | None, agency: str | None, c: Thing) -> bool:
        return super().reaches("all" if scope == "agency" else scope, agency, c)


class AnonymousToNobody(Model):
    """An officer who is handling a complaint may know who wrote it."""

    def shown(self, who: Who, c: Thing) -> dict[str, bool]:
        return {**super().shown(who, c), "identity": self.acts_as(who, "IDENTITY", c) is not None}


class DisputesAreNobodys(Model):
    """A complaint that was declined too late is owed by nobody: once a defect of ours."""

    def decline(self, c: Thing, at: datetime, body: dict[str, Any], by: By) -> None:
        super().decline(c, at, body, by)
        c["clocks"].pop(("verify", None), None)


class LastSecondsAreLost(Model):
    """A promise that waited is broken when it begins again: once a defect of ours."""

    def not_broken(self, agency: str | None, due: datetime, at: datetime, unit: str) -> datetime:
        return due


class OversightWaitsForNobody(Model):
    """A reporter who withdrew an oversight complaint is still waited for: once a defect of ours."""

    def withdraw(self, c: Thing, at: datetime, body: dict[str, Any], by: By) -> None:
        if c["kind"] == "oversight":
            self.event(c, at, "withdrawn")
        else:
            super().withdraw(c, at, body, by)


class MakerIsChecker(Model):
    """An officer who wrote an answer approves it, if they have the role."""

    def two_persons(self, c: Thing, by: By) -> None:
        return None


class ExtendedAgain(Model):
    """A deadline is put off as often as somebody asks."""

    def once_only(self, c: Thing, owed: Owed) -> None:
        return None


class AllIsHandedOver(Model):
    """Promises of another agency go along with those of the lead."""

    def hand_over(self, c: Thing, to: str | None, at: datetime) -> None:
        for owed in self.owed(c, "follow_up"):
            if owed[1] not in {c["agency"], to}:
                self.end(c, owed, "void", at)
        super().hand_over(c, to, at)


class JudgeInOwnCause(Model):
    """An officer who handled a complaint decides the objection."""

    def no_part_in_it(self, c: Thing, by: By) -> None:
        return None


class ArbiterOnlyAdvises(Model):
    """A coordinator decides again after the arbiter."""

    def arbitrated(self, c: Thing, by: By) -> None:
        c["bound"] = False
        super().arbitrated(c, by)


class ArbiterForEver(Model):
    """Nobody routes a complaint that the arbiter decided and that was taken away: once a defect of ours."""

    def known_otherwise(self, c: Thing, at: datetime, kind: str, category: str | None) -> None:
        bound = c["bound"]
        super().known_otherwise(c, at, kind, category)
        c["bound"] = bound


class AccusedKeepsIt(Model):
    """A complaint about an agency's conduct stays with the agency."""

    def take_away(self, c: Thing, at: datetime) -> None:
        self.reckon_again(c, "oversight", at)


class PublicForEver(Model):
    """A published complaint stays public when it becomes confidential."""

    def tighten(self, c: Thing, at: datetime, wanted: str | None = None, role: str = "") -> None:
        published, c["published"] = c["published"], False
        super().tighten(c, at, wanted, role)
        c["published"] = published


class OfficesExcuseThemselves(Model):
    """An office excuses a promise that it broke itself."""

    def excuse(self, c: Thing, at: datetime, body: dict[str, Any], by: By) -> None:
        super().excuse(c, at, body, by._replace(role="arbiter"))


class ExcusedForEver(Model):
    """A step that was excused once needs no other excuse."""

    def missed(self, c: Thing, step: str, at: datetime) -> dict[int, str | None]:
        excused = any(of == step for of, _ in c["excused"])
        return {} if excused else super().missed(c, step, at)


class KeptPromisesAreExcused(Model):
    """A promise kept at the very last moment counts as missed."""

    def missed(self, c: Thing, step: str, at: datetime) -> dict[int, str | None]:
        ended = {n: agency for of, n, agency, _, _ in c["stops"] if of == step and step in EXCUSABLE}
        return {
            n: a for n, a in {**ended, **super().missed(c, step, at)}.items() if (step, n) not in c["excused"]
        }


class GrantsUnread(Model):
    """A grant is for the request that waits by now, not for the one that was read."""

    def read(self, version: int, body: dict[str, Any]) -> None:
        return


class GrantsOwnRequest(Model):
    """An officer who requested an anonymous reporter's name grants the request."""

    def another(self, asker: str, by: By) -> None:
        return


class OpenForEver(Model):
    """An officer who once saw an anonymous reporter may always."""

    def glass_is_open(self, c: Thing, at: datetime, by: By) -> bool:
        return c["glass_open"] is not None and c["glass_open"][0] == by.id


class HoldsHoldNothing(Model):
    """A complaint under legal hold is erased all the same."""

    def erase(self, c: Thing, at: datetime, body: dict[str, Any], by: By) -> None:
        c["held"] = False
        super().erase(c, at, body, by)


class ReceiptsForEver(Model):
    """A receipt opens what was erased."""

    def recognised(self, who: Who, c: Thing) -> bool:
        return who.receipt == "right"


class ErasedGoesOn(Model):
    """An erased complaint is still open, and owed."""

    def erase(self, c: Thing, at: datetime, body: dict[str, Any], by: By) -> None:
        if c["held"]:
            raise Refused("legal_hold")
        self.hide(c, at)
        self.event(c, at, "personal_data_erased")
        c["erased"] = True


WRONG: list[type[Model]] = [
    GrantsUnread,
    GrantsOwnRequest,
    OpenForEver,
    ReroutingRestarts,
    WaitingCosts,
    WaitingIsWorked,
    AnotherKindStartsAgain,
    BrokenPromisesMove,
    NobodyCounts,
    ThirtyOneDays,
    PrivacyLoosens,
    OneAgencySeesAnother,
    AnonymousToNobody,
    DisputesAreNobodys,
    LastSecondsAreLost,
    OversightWaitsForNobody,
    MakerIsChecker,
    ExtendedAgain,
    AllIsHandedOver,
    JudgeInOwnCause,
    ArbiterOnlyAdvises,
    ArbiterForEver,
    AccusedKeepsIt,
    PublicForEver,
    OfficesExcuseThemselves,
    ExcusedForEver,
    KeptPromisesAreExcused,
    HoldsHoldNothing,
    ReceiptsForEver,
    ErasedGoesOn,
]
