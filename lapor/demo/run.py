"""The demo as the command line runs it: once, in a log without complaints."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lapor.bootstrap import RunningServices
from lapor.demo.accounts import Accounts
from lapor.demo.copies import multiply
from lapor.demo.player import A_YEAR, HALF_A_YEAR, Play
from lapor.domain.errors import NotSignedInError
from lapor.progress import Progress
from lapor.store.event_log import EventLog

_PAGE = 1000
_PLAYED = 5_000  # complaints of a fast demo that are simulated


@dataclass(frozen=True)
class DemoOutcome:
    """The result of a demo: its accounts, if they are known, and a sentence for people."""

    accounts: Accounts | None
    says: str


@dataclass(frozen=True)
class DemoSettings:
    """The settings of a simulation. ``until`` None: up to now. ``fast``: a year, mostly of copies."""

    complaints: int
    seed: int
    until: datetime | None = None
    fast: bool = False

    @property
    def played(self) -> int:
        return min(self.complaints, _PLAYED) if self.fast else self.complaints


def run_demo(running: RunningServices, demo: DemoSettings, progress: Progress) -> DemoOutcome:
    """Simulate the demo in a log that holds no complaints.

    A demo up to now adds the years that the calendar lacks. Raises ``BeyondCalendarError`` if it ends at
    another moment that the calendar does not cover.
    """
    clock = running.application.clock
    complaints, seed = demo.played, demo.seed
    past = A_YEAR if demo.fast else HALF_A_YEAR
    play = Play(running, complaints, seed, demo.until or clock(), past)
    try:
        added = play.lengthen_calendar() if demo.until is None else []
        cast, rhythm = play.begin()
        accounts = Accounts.issue(_file(running), running, cast, seed=seed, until=play.until.isoformat())
        played = play.perform(cast, rhythm, lambda filed: progress(filed, complaints))
    finally:
        running.application.clock = clock
    accounts.finish(played)
    says = f"Simulated {complaints} complaints up to {play.until:%Y-%m-%d}."
    if added:
        years = ", ".join(map(str, added))
        says += f" The calendar ended too soon: {years} added, provisional and without holidays."
    return DemoOutcome(accounts, says)


def add_copies(running: RunningServices, demo: DemoSettings, progress: Progress) -> int:
    """Copy the simulated complaints up to the number wanted; return how many events that added."""
    master, url = running.application.master_key, running.database.url
    return multiply(url, master, demo.complaints, seed=demo.seed, progress=progress)


def _file(running: RunningServices) -> Path:
    return running.settings.data / "demo.json"


def _has_complaints(log: EventLog) -> bool:
    after = 0
    while rows := log.page(after, _PAGE):
        if any(row.topic.startswith("lapor.complaint.") for row in rows):
            return True
        after = rows[-1].position
    return False


def reason_not_to_run(running: RunningServices) -> DemoOutcome | None:
    """Return why the demo cannot run in this log, with an earlier demo's accounts; None if it can."""
    if not _has_complaints(running.application.log):
        return None
    kept = Accounts.kept(_file(running))
    if kept is None or not _known(running, kept):
        says = "The log holds complaints already, and the demo needs one without: nothing was added."
        return DemoOutcome(None, says)
    if kept.complete:
        return DemoOutcome(kept, "The demo has been made already: nothing was added.")
    return DemoOutcome(kept, f"An earlier demo broke off. {how_to_start_over(running)}")


def how_to_start_over(running: RunningServices) -> str:
    """Return the sentence that says how to get a log without complaints."""
    if running.settings.database_url:
        return "To start over, name an empty database in LAPOR_DATABASE_URL."
    return f"To start over, stop Lapor and remove its data: rm -r {running.settings.data}"


def _known(running: RunningServices, kept: Accounts) -> bool:
    """Return whether these accounts belong to this database."""
    try:
        running.services.officers.caller(kept.told["accounts"][0]["token"])
    except (NotSignedInError, LookupError):
        return False
    return True
