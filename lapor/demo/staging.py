"""Puts the demo on: once, in a log without complaints."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lapor.bootstrap import House
from lapor.demo.accounts import Accounts
from lapor.demo.play import Play
from lapor.domain.errors import NotSignedInError
from lapor.store.log import Log

_PAGE = 1000


@dataclass(frozen=True)
class Staged:
    """What came of it: the accounts, if they are known, and what to tell."""

    accounts: Accounts | None
    says: str


def stage(
    house: House, *, complaints: int, seed: int, until: datetime | None, progress: Callable[[int, int], None]
) -> Staged:
    """Play the demo in a log that holds no complaints. ``until`` None: up to now.

    Raises ``BeyondCalendarError`` where the calendar does not hold the time that is played.
    """
    clock = house.desk.clock
    play = Play(house, complaints, seed, until or clock())
    try:
        cast, rhythm = play.begin()
        accounts = Accounts.issue(_file(house), house, cast, seed=seed, until=play.until.isoformat())
        played = play.perform(cast, rhythm, lambda filed: progress(filed, complaints))
    finally:
        house.desk.clock = clock
    accounts.finish(played)
    return Staged(accounts, f"Played {complaints} complaints up to {play.until:%Y-%m-%d}.")


def _file(house: House) -> Path:
    return house.settings.data / "demo.json"


def _has_complaints(log: Log) -> bool:
    after = 0
    while rows := log.page(after, _PAGE):
        if any(row.topic.startswith("lapor.complaint.") for row in rows):
            return True
        after = rows[-1].position
    return False


def left_alone(house: House) -> Staged | None:
    """Why the demo is not played in this log, and what is known of an earlier one; None where it can be."""
    if not _has_complaints(house.desk.log):
        return None
    kept = Accounts.kept(_file(house))
    if kept is None or not _known(house, kept):
        says = "The log holds complaints already, and the demo is played in one without: nothing was added."
        return Staged(None, says)
    if kept.complete:
        return Staged(kept, "The demo has been played already: nothing was added.")
    return Staged(kept, f"An earlier demo broke off. {afresh(house)}")


def afresh(house: House) -> str:
    """How to get a log without complaints."""
    if house.settings.database_url:
        return "To start afresh, name an empty database in LAPOR_DATABASE_URL."
    return f"To start afresh, stop Lapor and remove its data: rm -r {house.settings.data}"


def _known(house: House, kept: Accounts) -> bool:
    """Whether these accounts are of this database."""
    try:
        house.services.officers.caller(kept.told["accounts"][0]["token"])
    except (NotSignedInError, LookupError):
        return False
    return True
