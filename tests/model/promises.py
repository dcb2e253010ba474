"""The model's clocks: what ``docs/events.md`` and ADR 2 say of promises, for a complaint that is a dict."""

from datetime import datetime
from typing import Any

from .table import DATES, limit
from .working_days import DAY, office

Thing = dict[str, Any]
Owed = tuple[str, str | None]
"""A step and who owes it; None: the coordinating office, or the reporter."""
CARRIED = ("follow_up", "resolve", "legal_limit")
PAUSED = ("verify", *CARRIED)
EXCUSABLE = ("verify", "accept", "follow_up", "resolve")
OF_KIND = ("resolve", "legal_limit")
ANYBODY = "anybody"


def new_clock(agency: str | None, due: datetime, at: datetime) -> Thing:
    """A promise that begins now. ``waits``: spans in which nobody was owed anything."""
    return {
        "agency": agency,
        "due": due,
        "provisional": office(agency).unconfirmed(due),
        "since": at,
        "origin": at,
        "minutes": 0,
        "waits": [],
    }


class ModelPromises:
    """Nobody owes a step twice at a time; ``c["clocks"]`` holds what is owed, by step and agency."""

    def reckon(self, agency: str | None, at: datetime, n: int, unit: str) -> datetime:
        counted = office(agency)
        return counted.after_dates(at, n) if unit == DATES else counted.after_working_days(at, n)

    def push(self, agency: str | None, due: datetime, wait: tuple[datetime, datetime], unit: str) -> datetime:
        """The promise after a wait: later by the dates begun, or by the open time, to a closing time."""
        since, until = wait
        if unit == DATES:
            return office(agency).after_dates(due, -(-(until - since) // DAY))
        return office(agency).later_by(due, office(agency).minutes(since, until))

    def promise(self, c: Thing, step: str, agency: str | None, at: datetime) -> None:
        """Promise a step, if it is limited for this kind."""
        allowed = limit(step, c["kind"])
        if allowed:
            self.begin(c, step, new_clock(agency, self.reckon(agency, at, *allowed), at))

    def begin(self, c: Thing, step: str, clock: Thing) -> None:
        c["count"][step] = clock["n"] = c["count"].get(step, 0) + 1
        c["clocks"][step, clock["agency"]] = clock

    def end(self, c: Thing, owed: Owed, outcome: str, at: datetime) -> Thing | None:
        """Stop a clock if it runs, and write down how it ended."""
        clock: Thing | None = c["clocks"].pop(owed, None)
        if clock is None:
            return None
        clock["minutes"] += office(clock["agency"]).minutes(clock["since"], at)
        c["stops"].append((owed[0], clock["n"], clock["agency"], outcome, clock["minutes"]))
        if at > clock["due"]:
            c["missed"][owed[0], clock["n"]] = clock["agency"]
        return clock

    def owed(self, c: Thing, *steps: str, by: str | None = ANYBODY) -> list[Owed]:
        """Return the running promises of these steps, or of all without any, oldest first."""
        return [
            (step, agency)
            for step, agency in c["clocks"]
            if (not steps or step in steps) and by in {agency, ANYBODY}
        ]

    def keep(self, c: Thing, at: datetime, *steps: str, by: str | None = ANYBODY) -> None:
        for owed in self.owed(c, *steps, by=by):
            self.end(c, owed, "met", at)

    def void(self, c: Thing, at: datetime, *steps: str) -> None:
        for owed in self.owed(c, *steps):
            self.end(c, owed, "void", at)

    def still_to_be_kept(self, c: Thing, owed: Owed, at: datetime) -> bool:
        return owed in c["clocks"] and c["clocks"][owed]["due"] > at

    def missed(self, c: Thing, step: str, at: datetime) -> dict[int, str | None]:
        """The missed promises of a step that can be excused, by their number, and who made them."""
        ended = {n: agency for (of, n), agency in c["missed"].items() if of == step}
        running = [clock for (of, _), clock in c["clocks"].items() if of == step]
        late = {clock["n"]: clock["agency"] for clock in running if at > clock["due"]}
        known = {**ended, **late} if step in EXCUSABLE else {}
        return {n: agency for n, agency in known.items() if (step, n) not in c["excused"]}

    def pause(self, c: Thing, at: datetime) -> None:
        """Let the clocks wait for the reporter, but for those that were missed already."""
        for owed in self.owed(c, *PAUSED):
            if self.still_to_be_kept(c, owed, at):
                c["waiting"][owed] = self.end(c, owed, "moved", at)
        c["asked_at"] = at

    def resume(self, c: Thing, at: datetime) -> None:
        for (step, agency), clock in c["waiting"].items():
            wait = (c["asked_at"], at)
            _, unit = limit(step, c["kind"]) or (0, "")
            due = self.push(agency, clock["due"], wait, unit)
            due = self.not_broken(agency, due, at, unit)
            provisional = office(agency).unconfirmed(due)
            waits = [*clock["waits"], wait]
            self.begin(
                c, step, {**clock, "due": due, "provisional": provisional, "since": at, "waits": waits}
            )
        c["waiting"] = {}

    def not_broken(self, agency: str | None, due: datetime, at: datetime, unit: str) -> datetime:
        """A promise that waited through its last seconds, or after hours: a day from the answer."""
        return due if due > at else self.reckon(agency, at, 1, unit)

    def hand_over(self, c: Thing, to: str | None, at: datetime) -> None:
        """Hand the lead's promises over with their moments; a broken one stays with its agency."""
        for step in CARRIED:
            owed = step, c["agency"]
            if not self.still_to_be_kept(c, owed, at):
                self.end(c, owed, "void", at)
            elif clock := self.end(c, owed, "moved", at):
                self.end(c, (step, to), "void", at)  # its own, as one that was only involved
                self.hand_on(c, owed, clock, to, at)

    def hand_on(self, c: Thing, owed: Owed, clock: Thing, to: str | None, at: datetime) -> None:
        """Hand a promise on to an agency: with its own minutes, and no second extension."""
        step, was = owed
        minutes = clock["minutes"] if was == to else 0
        c["extended"] |= {(step, to)} if owed in c["extended"] else set()
        self.begin(c, step, {**clock, "agency": to, "since": at, "minutes": minutes})

    def put_off(self, c: Thing, owed: Owed, days: int, at: datetime) -> None:
        """A promise that is still to be kept is due so many working days later."""
        clock = self.end(c, owed, "moved", at)
        assert clock is not None
        due = self.reckon(owed[1], clock["due"], days, "")
        provisional = office(owed[1]).unconfirmed(due)
        c["extended"] |= {owed}
        self.begin(c, owed[0], {**clock, "due": due, "provisional": provisional, "since": at})

    def reckon_again(self, c: Thing, kind: str, at: datetime) -> None:
        """Another kind: what depends on it is counted from where it began, and never born broken."""
        if kind == c["kind"]:
            return
        resolve, legal = self.owed(c, "resolve"), self.owed(c, "legal_limit")
        for owed in [*resolve, *legal]:
            if self.still_to_be_kept(c, owed, at):
                self._reckon_again(c, owed, limit(owed[0], kind), at, owed[1])
        if resolve and not legal and limit("legal_limit", kind):
            agency = resolve[0][1]
            due = self.reckon(agency, at, *limit("legal_limit", kind))  # type: ignore[misc]
            self.begin(c, "legal_limit", new_clock(agency, due, at))

    def take_away(self, c: Thing, at: datetime) -> None:
        """The coordinating office goes on with the citizen's promises of an oversight complaint."""
        carried = [owed for owed in self.owed(c, *OF_KIND) if self.still_to_be_kept(c, owed, at)]
        for owed in self.owed(c):
            if owed not in carried:
                self.end(c, owed, "void", at)
        self.promise(c, "verify", None, at)
        for owed in carried:
            self._reckon_again(c, owed, limit(owed[0], "oversight"), at, None)

    def _reckon_again(
        self, c: Thing, owed: Owed, allowed: tuple[int, str] | None, at: datetime, to: str | None
    ) -> None:
        clock = self.end(c, owed, "moved" if allowed else "void", at)
        if clock is None or allowed is None:
            return
        agency, (n, unit) = clock["agency"], allowed
        due = self.reckon(agency, clock["origin"], n, unit)
        for wait in clock["waits"]:
            due = self.push(agency, due, wait, unit)
        if due <= at:
            due = self.reckon(agency, at, n, unit)
        provisional = office(agency).unconfirmed(due)
        self.hand_on(c, owed, {**clock, "due": due, "provisional": provisional}, to, at)
