"""An import done again, broken off, or meeting another: each complaint is there once, and whole."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from lapor.application import identifiers
from lapor.bootstrap import make_application
from lapor.domain.complaint.events import Filed
from lapor.domain.errors import BusyError, Refusal, UnreachableError
from lapor.settings import Settings
from lapor.store.event_log import SideWrites
from lapor.store.memory_event_log import MemoryEventLog

from .office import HEADER, Office, line

LINES = [line(f"1-{number}") for number in range(20)]


class Faulty(MemoryEventLog):
    """Fails some appends of complaints, before or after they are stored."""

    def __init__(self, faults: dict[int, Refusal], *, after: bool = False) -> None:
        super().__init__()
        self.faults, self.after, self.count = faults, after, 0

    def append(self, events: Sequence[StoredEvent], side_writes: SideWrites) -> int:
        if not side_writes.vault_entries:
            return super().append(events, side_writes)
        self.count += 1
        fault = self.faults.get(self.count)
        if fault is not None and not self.after:
            raise fault
        last = super().append(events, side_writes)
        if fault is not None:
            raise fault
        return last


def office_on(log: MemoryEventLog, tmp_path: Path) -> Office:
    return Office(tmp_path, make_application(Settings(data=tmp_path / "data"), log))


def filed(office: Office) -> int:
    return sum(isinstance(event, Filed) for event in office.events())


def test_a_second_run_changes_nothing(office: Office) -> None:
    path = office.file(HEADER, *LINES, line("1-3"))
    first = office.take(path)
    before = office.events()

    again = office.take(path)

    assert office.events() == before
    assert (first.imported, first.already, first.rejected) == (20, 0, 1)
    assert (again.imported, again.already, again.rejected, again.events) == (0, 20, 1, 0)


def test_a_longer_file_adds_what_is_new(office: Office) -> None:
    office.take(office.file(HEADER, *LINES[:7]), batch=3)

    tally = office.take(office.file(HEADER, *LINES), batch=4)

    assert (tally.imported, tally.already, filed(office)) == (13, 7, 20)


@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_broke_off_is_completed_by_the_next(tmp_path: Path, after: bool) -> None:
    log = Faulty({3: UnreachableError()}, after=after)
    office = office_on(log, tmp_path)
    path = office.file(HEADER, *LINES)
    with pytest.raises(UnreachableError):
        office.take(path, batch=5)
    assert filed(office) == (15 if after else 10)

    tally = office.take(path, batch=5)

    assert (tally.imported + tally.already, filed(office)) == (20, 20)
    assert len(office.events()) == 1 + 20 * 6


def test_a_busy_log_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lapor.importing.writer._PATIENCE", (0, 0))
    office = office_on(Faulty({1: BusyError(), 2: BusyError()}), tmp_path)

    assert office.take(office.file(HEADER, *LINES)).imported == 20


def test_two_imports_of_one_file_at_once_take_each_number_once(tmp_path: Path) -> None:
    log = MemoryEventLog()
    one, other = office_on(log, tmp_path), office_on(log, tmp_path)
    path = one.file(HEADER, *LINES)
    other.application.catch_up()
    looked = log.claimed

    def beaten(kind: str, values: Sequence[str]) -> set[str]:
        """The other import stores everything just after this one has looked."""
        found = looked(kind, values)
        log.claimed = looked  # type: ignore[method-assign]
        other.take(path)
        return found

    log.claimed = beaten  # type: ignore[method-assign]
    tally = one.take(path, batch=50)

    assert (tally.imported, tally.already, filed(one)) == (0, 20, 20)


def test_a_tracking_code_that_is_taken_is_drawn_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.take(office.file(HEADER, LINES[0]))
    (taken,) = [event.code for event in office.events() if isinstance(event, Filed)]
    drawn, fresh = iter([taken]), identifiers.new_tracking_code
    monkeypatch.setattr(identifiers, "new_tracking_code", lambda: next(drawn, None) or fresh())

    assert office.take(office.file(HEADER, *LINES)).imported == 19


def test_a_database_that_is_gone_blames_no_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise UnreachableError

    monkeypatch.setattr("lapor.importing.agencies.Agencies.register", gone)

    with pytest.raises(UnreachableError):
        office.take(office.file(HEADER, *LINES))
    assert office.problems == []
