"""Recomputes the ledger from the stored bytes, and names the first position that does not fit.

Three things can be held against each other: the events, the stored hashes, and checkpoints. Where event and
stored hash differ, the next checkpoint says which of them was changed. Where both were changed alike, the
checkpoints that still fit and the first that does not say between which positions.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import psycopg

from lapor.ledger import leaf_reader
from lapor.ledger.merkle import HASH, Frontier, root
from lapor.ledger.signed_note import PublicKey
from lapor.ledger.stored_hashes import CHUNK, Chunk, StoredTiles
from lapor.ledger.tiles import STEP, TILE, Connection, cut
from lapor.ledger.trust import HeldCheckpoint, KeptCheckpoints, Trust
from lapor.ledger.verification_report import VerificationReport
from lapor.store.codec import UnknownTopicError, decode
from lapor.store.database import connection_string

_MOST_VERSIONS = 20  # that are named
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
_BY_SORTING = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL work_mem = '64MB'"
_VERSIONS = """
    SELECT position, stream, version, nth FROM (
        SELECT position, stream, version, row_number() OVER (PARTITION BY stream ORDER BY position) AS nth
          FROM event) AS numbered
     WHERE version <> nth ORDER BY position LIMIT %s
"""
Progress = Callable[[int, int], None]


def verify(
    url: str,
    *,
    kept: Sequence[KeptCheckpoints] = (),
    keys: Sequence[PublicKey] = (),
    forms: bool = False,
    progress: Progress = lambda _done, _of: None,
) -> VerificationReport:
    """Verify the log as it is now, from one snapshot. The service goes on meanwhile.

    ``kept``: checkpoints from beside the database. ``keys``: those that are believed; without them the log's
    first. ``forms``: also decode every state.
    """
    with psycopg.connect(connection_string(url, seconds=None), autocommit=True) as connection:
        connection.prepare_threshold = None
        with connection.transaction():
            connection.execute(_SNAPSHOT)
            return check(connection, kept=kept, keys=keys, forms=forms, progress=progress)


def check(
    connection: Connection,
    *,
    kept: Sequence[KeptCheckpoints] = (),
    keys: Sequence[PublicKey] = (),
    forms: bool = False,
    progress: Progress = lambda _done, _of: None,
) -> VerificationReport:
    """The same on a connection whose transaction shows the log to be verified."""
    connection.execute(_BY_INDEX)
    report = VerificationReport()
    trust = Trust(connection, keys)
    for says in trust.wrong:
        report.add("key", says)
    _Walk(connection, report, _Marks(trust.marks(kept), report), forms=forms, progress=progress).go()
    connection.execute(_BY_SORTING)  # half of what it costs to go by an index that is all over the table
    for position, stream, version, nth in connection.execute(_VERSIONS, [_MOST_VERSIONS]):
        says = (
            f"The event at position {position} is the {nth}. of stream {stream}, and says version {version}."
        )
        report.add("version", says, position)
    report.findings.sort(key=lambda each: (each.first is None, each.first or 0))
    return report


class _Marks:
    """Checkpoints as they come, those that count; what is wrong with any of them is told."""

    def __init__(self, marks: Iterable[tuple[int, HeldCheckpoint | str]], report: VerificationReport) -> None:
        self._marks = iter(marks)
        self._report = report
        self._next = self._advance()
        self._last_stored: int | None = None
        self.stored: set[int] = set()
        """Sizes of stored checkpoints since this was emptied."""

    def _advance(self) -> HeldCheckpoint | None:
        for _, mark in self._marks:
            if isinstance(mark, str):
                self._report.add("checkpoint", mark)
                continue
            return mark
        return None

    def up_to(self, size: int) -> Iterator[HeldCheckpoint]:
        while self._next is not None and self._next.size <= size:
            mark, self._next = self._next, self._advance()
            self._report.checkpoints += 1
            if not mark.kept:
                self._last_stored = mark.size
                self.stored.add(mark.size)
            elif mark.counts and mark.size != self._last_stored and mark.size <= self._report.sealed:
                says = f"The checkpoint of size {mark.size} in {mark.source} is not stored any more."
                self._report.add("checkpoint", says)
            if mark.wrong:
                self._report.add("checkpoint", mark.wrong)
            if mark.counts:
                yield mark


class _Walk:
    """Reads the log once, with a frontier over its events, and over stored hashes where they differ."""

    def __init__(
        self,
        connection: Connection,
        report: VerificationReport,
        marks: _Marks,
        *,
        forms: bool,
        progress: Progress,
    ) -> None:
        self._connection, self._report, self._marks = connection, report, marks
        self._progress = progress
        self._forms = self._look_at_form if forms else None
        self._events = Frontier()
        self._hashes: Frontier | None = None
        self._differing: list[int] = []
        self._fits = {True: 0, False: 0}  # size of the last kept and of the last stored checkpoint that fits
        self._lost = False  # after the first checkpoint that nothing explains no later one can fit

    def go(self) -> None:
        report = self._report
        head, strays = self._command("SELECT coalesce(max(position), 0), min(position) FROM event")
        (report.sealed,) = self._command("SELECT coalesce(max(size), 0) FROM ledger_checkpoint")
        if strays is not None and strays < 1:
            report.add("fact", f"An event stands at position {strays}: they begin at 1.", strays)
        for mark in self._marks.up_to(0):
            self._hold_against(mark)
        tiles = StoredTiles(self._connection, report)
        for first in range(0, head, CHUNK):
            last = min(first + CHUNK, head)
            found = leaf_reader.read(self._connection, first, last, each=self._forms)
            if found.hashes:
                found.fill_up(first, last)
            self._tell_places(found)
            if not found.hashes:  # a position far beyond all others
                report.add("fact", f"There is no event at position {first + 1}.", first + 1)
                break
            self._chunk(first, found.hashes, tiles.chunk(first, report.sealed))
            report.events += len(found.hashes) - len(found.missing)
            self._progress(first + len(found.hashes), head)
        for mark in self._marks.up_to(1 << 63):
            if mark.size > head:
                says = (
                    f"The log ends at position {head}, but {mark.source} has a checkpoint of size"
                    f" {mark.size}: events {head + 1} to {mark.size} were removed."
                )
                report.add("fact", says, head + 1)
                break
        for position in self._differing:
            says = (
                f"The event at position {position} is not that of its stored hash; no checkpoint judges them."
            )
            report.add("fact", says, position)
        tiles.ends(report.sealed)

    def _command(self, query: str) -> tuple[Any, ...]:
        (row,) = self._connection.execute(query.encode()).fetchall()
        return tuple(row)

    def _look_at_form(self, position: int, row: leaf_reader.Row) -> None:
        try:
            decode(*row)
        except UnknownTopicError as error:
            self._report.add("form", f"Position {position}: {error}", position)
        except Exception as error:  # noqa: BLE001 - whatever a decoder makes of changed bytes
            says = f"The state at position {position} is no {row[2]}: {type(error).__name__}."
            self._report.add("form", says, position)

    def _tell_places(self, found: leaf_reader.Leaves) -> None:
        for position in found.missing:
            self._report.add("fact", f"There is no event at position {position}.", position)
        for position in found.double:
            self._report.add("fact", f"Position {position} is taken twice.", position)

    def _chunk(self, first: int, hashes: list[bytes], stored: "Chunk") -> None:
        self._marks.stored.clear()
        for start in range(0, len(hashes), TILE):
            self._tile(first + start, hashes[start : start + TILE], stored)
        if removed := sorted(stored.ends - self._marks.stored):
            says = f"Hashes were stored up to position {removed[0]}, but its checkpoint is gone."
            self._report.add("checkpoint", says, removed[0])
        stored.close()

    def _tile(self, first: int, hashes: list[bytes], stored: "Chunk") -> None:
        """The leaves of one tile, whole or the last."""
        joined, kept = b"".join(hashes), stored.tile(first)
        same = kept is None or joined[: len(kept)] == kept
        marks = list(self._marks.up_to(first + len(hashes)))
        if same and len(hashes) == TILE and (not marks or marks[0].size == first + TILE):
            above = root(hashes)
            stored.is_under(first, above)
            self._events.push(above, STEP)
            if self._hashes is not None:
                self._hashes.push(above, STEP)
            for mark in marks:
                self._hold_against(mark)
            return
        others = hashes if same or kept is None else [*cut(kept), *hashes[len(kept) // HASH :]]
        if len(hashes) == TILE:
            stored.is_under(first, root(others))
        self._one_by_one(first, hashes, others, marks)

    def _one_by_one(
        self, first: int, hashes: list[bytes], others: list[bytes], marks: list[HeldCheckpoint]
    ) -> None:
        place = 0
        for position, (leaf, other) in enumerate(zip(hashes, others, strict=False), first + 1):
            if leaf != other:
                self._hashes = self._hashes or self._events.copy()
                if leaf != leaf_reader.GONE:  # which is told already
                    self._differing.append(position)
            if self._hashes is not None:
                self._hashes.push(other)
            self._events.push(leaf)
            while place < len(marks) and marks[place].size == position:
                self._hold_against(marks[place])
                place += 1

    def _hold_against(self, mark: HeldCheckpoint) -> None:
        if self._lost:
            return
        if self._events.root() == mark.checkpoint.root:
            self._fits[mark.kept] = mark.size
            for position in self._differing:
                says = (
                    f"The stored hash of position {position} is not its event's, which fits the checkpoints."
                )
                self._report.add("hash", says, position)
            self._hashes, self._differing = None, []
        elif self._hashes is not None and self._hashes.root() == mark.checkpoint.root:
            self._fits[mark.kept] = mark.size
            for position in self._differing:
                says = (
                    f"The event at position {position} was changed: its hash was another when it was sealed."
                )
                self._report.add("fact", says, position)
            self._events, self._hashes, self._differing = self._hashes, None, []
        else:
            self._lose(mark)

    def _lose(self, mark: HeldCheckpoint) -> None:
        """Report that neither events nor stored hashes are what was signed: both were changed."""
        fits = self._fits[True] if mark.kept else max(self._fits.values())
        where = f"between positions {fits + 1} and {mark.size}"
        if fits + 1 >= mark.size:
            where = f"at position {mark.size}" if mark.size else "before the first event"
        says = (
            f"The checkpoint of size {mark.size} from {mark.source} does not fit: {where} the log was"
            " changed, and its stored hashes with it."
        )
        if mark.kept and self._fits[False] >= mark.size:
            says += " The stored checkpoints fit the changed log: whoever changed it could sign."
        self._report.add("fact", says, min(fits + 1, mark.size), mark.size)
        self._lost, self._hashes, self._differing = True, None, []
