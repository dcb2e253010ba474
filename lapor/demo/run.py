"""Puts the demo on: once, in a log without complaints."""

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
_PLAYED = 5_000  # of a fast demo


@dataclass(frozen=True)
class DemoOutcome:
    """What came of it: the accounts, if they are known, and what to tell."""

    accounts: Accounts | None
    says: str


@dataclass(frozen=True)
class DemoSettings:
    """What is to be played; ``until`` None: up to now. ``fast``: a year, of which most is copied."""

    complaints: int
    seed: int
    until: datetime | None = None
    fast: bool = False

    @property
    def played(self) -> int:
        return min(self.complaints, _PLAYED) if self.fast else self.complaints


def stage(running: RunningServices, staging: DemoSettings, progress: Progress) -> DemoOutcome:
    """Play the demo in a log that holds no complaints.

    Raises ``BeyondCalendarError`` where the calendar does not hold the time that is played.
    """
    clock = running.application.clock
    complaints, seed = staging.played, staging.seed
    past = A_YEAR if staging.fast else HALF_A_YEAR
    play = Play(running, complaints, seed, staging.until or clock(), past)
    try:
        cast, rhythm = play.begin()
        accounts = Accounts.issue(_file(running), running, cast, seed=seed, until=play.until.isoformat())
        played = play.perform(cast, rhythm, lambda filed: progress(filed, complaints))
    finally:
        running.application.clock = clock
    accounts.finish(played)
    says = f"Played {complaints} complaints up to {play.until:%Y-%m-%d}."
    return DemoOutcome(accounts, says)


def multiplied(running: RunningServices, staging: DemoSettings, progress: Progress) -> int:
    """Copy what was played, up to the number of complaints; how many events that added."""
    master, url = running.application.master_key, running.database.url
    return multiply(url, master, staging.complaints, seed=staging.seed, progress=progress)


def _file(running: RunningServices) -> Path:
    return running.settings.data / "demo.json"


def _has_complaints(log: EventLog) -> bool:
    after = 0
    while rows := log.page(after, _PAGE):
        if any(row.topic.startswith("lapor.complaint.") for row in rows):
            return True
        after = rows[-1].position
    return False


def left_alone(running: RunningServices) -> DemoOutcome | None:
    """Why the demo is not played in this log, and what is known of an earlier one; None where it can be."""
    if not _has_complaints(running.application.log):
        return None
    kept = Accounts.kept(_file(running))
    if kept is None or not _known(running, kept):
        says = "The log holds complaints already, and the demo is played in one without: nothing was added."
        return DemoOutcome(None, says)
    if kept.complete:
        return DemoOutcome(kept, "The demo has been played already: nothing was added.")
    return DemoOutcome(kept, f"An earlier demo broke off. {afresh(running)}")


def afresh(running: RunningServices) -> str:
    """How to get a log without complaints."""
    if running.settings.database_url:
        return "To start afresh, name an empty database in LAPOR_DATABASE_URL."
    return f"To start afresh, stop Lapor and remove its data: rm -r {running.settings.data}"


def _known(running: RunningServices, kept: Accounts) -> bool:
    """Whether these accounts are of this database."""
    try:
        running.services.officers.caller(kept.told["accounts"][0]["token"])
    except (NotSignedInError, LookupError):
        return False
    return True
