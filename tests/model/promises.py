"""The model's clocks: what ``docs/events.md`` and ADR 2 say of promises, for a complaint that is a dict."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .table import DATES, limit
from .working_days import DAY, office

Thing = dict[str, Any]
CARRIED = ("follow_up", "resolve", "legal_limit")
PAUSED = ("verify", *CARRIED)
OF_KIND = ("resolve", "legal_limit")


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


class Promises:
    """At most one clock of a step runs at a time; ``c["clocks"]`` holds it."""

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
        c["clocks"][step] = clock

    def end(self, c: Thing, step: str, outcome: str, at: datetime) -> Thing | None:
        """Stop a clock if it runs, and write down how it ended."""
        clock = c["clocks"].pop(step, None)
        if clock is None:
            return None
        clock["minutes"] += office(clock["agency"]).minutes(clock["since"], at)
        c["stops"].append((step, clock["n"], clock["agency"], outcome, clock["minutes"]))
        return clock

    def keep(self, c: Thing, at: datetime, *steps: str) -> None:
        for step in steps:
            self.end(c, step, "met", at)

    def void(self, c: Thing, at: datetime, steps: Iterable[str] | None = None) -> None:
        for step in list(c["clocks"]) if steps is None else steps:
            self.end(c, step, "void", at)

    def still_to_be_kept(self, c: Thing, step: str, at: datetime) -> bool:
        return step in c["clocks"] and c["clocks"][step]["due"] > at

    def pause(self, c: Thing, at: datetime) -> None:
        """Let the clocks wait for the reporter, but for those that were missed already."""
        for step in PAUSED:
            if self.still_to_be_kept(c, step, at):
                c["waiting"][step] = self.end(c, step, "moved", at)
        c["asked_at"] = at

    def resume(self, c: Thing, at: datetime) -> None:
        for step, clock in c["waiting"].items():
            wait = (c["asked_at"], at)
            _, unit = limit(step, c["kind"]) or (0, "")
            due = self.push(clock["agency"], clock["due"], wait, unit)
            due = self.not_broken(clock["agency"], due, at, unit)
            provisional = office(clock["agency"]).unconfirmed(due)
            waits = [*clock["waits"], wait]
            self.begin(
                c, step, {**clock, "due": due, "provisional": provisional, "since": at, "waits": waits}
            )
        c["waiting"] = {}

    def not_broken(self, agency: str | None, due: datetime, at: datetime, unit: str) -> datetime:
        """A promise that waited through its last seconds, or after hours: a day from the answer."""
        return due if due > at else self.reckon(agency, at, 1, unit)

    def hand_over(self, c: Thing, to: str | None, at: datetime) -> None:
        """The citizen's promises go along with their moments; what is broken stays with whoever broke it."""
        for step in CARRIED:
            if not self.still_to_be_kept(c, step, at):
                self.end(c, step, "void", at)
            elif clock := self.end(c, step, "moved", at):
                minutes = clock["minutes"] if clock["agency"] == to else 0
                self.begin(c, step, {**clock, "agency": to, "since": at, "minutes": minutes})

    def reckon_anew(self, c: Thing, kind: str, at: datetime) -> None:
        """Another kind: what depends on it is counted from where it began, and never born broken."""
        if kind == c["kind"]:
            return
        limited = set(c["clocks"])
        for step in OF_KIND:
            if self.still_to_be_kept(c, step, at):
                self._reckon_anew(c, step, limit(step, kind), at)
        if "resolve" in limited and "legal_limit" not in limited and limit("legal_limit", kind):
            agency = c["clocks"]["resolve"]["agency"]
            due = self.reckon(agency, at, *limit("legal_limit", kind))  # type: ignore[misc]
            self.begin(c, "legal_limit", new_clock(agency, due, at))

    def _reckon_anew(self, c: Thing, step: str, allowed: tuple[int, str] | None, at: datetime) -> None:
        clock = self.end(c, step, "moved" if allowed else "void", at)
        if clock is None or allowed is None:
            return
        agency, (n, unit) = clock["agency"], allowed
        due = self.reckon(agency, clock["origin"], n, unit)
        for wait in clock["waits"]:
            due = self.push(agency, due, wait, unit)
        if due <= at:
            due = self.reckon(agency, at, n, unit)
        provisional = office(agency).unconfirmed(due)
        self.begin(c, step, {**clock, "due": due, "provisional": provisional, "since": at})
