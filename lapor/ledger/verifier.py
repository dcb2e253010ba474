"""Verification: recomputes the ledger from the stored bytes, and names the first position that is wrong.

Three things are compared: the events, the stored hashes, and checkpoints. If an event and its stored hash
differ, the next checkpoint shows which of them was changed. If both were changed alike, the last checkpoint
that fits and the first that does not show between which positions.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg

from lapor.ledger import leaf_reader
from lapor.ledger.merkle import HASH, Frontier, root
from lapor.ledger.signed_note import PublicKey
from lapor.ledger.stored_hashes import CHUNK, Chunk, StoredTiles
from lapor.ledger.tiles import STEP, TILE, Connection, split_hashes
from lapor.ledger.trust import HeldCheckpoint, KeptCheckpoints, Trust
from lapor.ledger.verification_report import VerificationReport
from lapor.progress import Progress, no_progress
from lapor.store.codec import UnknownTopicError, decode
from lapor.store.database import connection_string

_MAX_VERSIONS = 20  # wrong versions that are named
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
_BY_SORTING = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL work_mem = '64MB'"
_VERSIONS = """
    SELECT position, stream, version, nth FROM (
        SELECT position, stream, version, row_number() OVER (PARTITION BY stream ORDER BY position) AS nth
          FROM event) AS numbered
     WHERE version <> nth ORDER BY position LIMIT %s
"""


def verify(
    url: str,
    *,
    kept: Sequence[KeptCheckpoints] = (),
    keys: Sequence[PublicKey] = (),
    forms: bool = False,
    progress: Progress = no_progress,
) -> VerificationReport:
    """Verify the log as it is now, from one snapshot; the service may run meanwhile.

    ``kept``: checkpoints from outside the database. ``keys``: the trusted keys; without them the log's
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
    progress: Progress = no_progress,
) -> VerificationReport:
    """Verify the log that a connection's transaction sees."""
    connection.execute(_BY_INDEX)
    report = VerificationReport()
    trust = Trust(connection, keys)
    for says in trust.wrong:
        report.add("key", says)
    checkpoints = _Checkpoints(trust.checkpoints(kept), report)
    _Walk(connection, report, checkpoints, forms=forms, progress=progress).run()
    connection.execute(_BY_SORTING)  # half of the cost of an index whose rows are all over the table
    for position, stream, version, nth in connection.execute(_VERSIONS, [_MAX_VERSIONS]):
        says = f"The event at position {position} is number {nth} of {stream}, but has version {version}."
        report.add("version", says, position)
    report.findings.sort(key=lambda finding: (finding.first is None, finding.first or 0))
    return report


class _Checkpoints:
    """The checkpoints that count, in order; faults of any of them are reported."""

    def __init__(
        self, checkpoints: Iterable[tuple[int, HeldCheckpoint | str]], report: VerificationReport
    ) -> None:
        self._checkpoints = iter(checkpoints)
        self._report = report
        self._next = self._advance()
        self._last_stored: int | None = None
        self.stored: set[int] = set()
        """Sizes of stored checkpoints since the set was cleared."""

    def _advance(self) -> HeldCheckpoint | None:
        for _, checkpoint in self._checkpoints:
            if isinstance(checkpoint, str):
                self._report.add("checkpoint", checkpoint)
                continue
            return checkpoint
        return None

    def up_to(self, size: int) -> Iterator[HeldCheckpoint]:
        """Yield the next checkpoints that count, up to a size, and report faults."""
        while self._next is not None and self._next.size <= size:
            checkpoint, self._next = self._next, self._advance()
            self._report.checkpoints += 1
            if not checkpoint.kept:
                self._last_stored = checkpoint.size
                self.stored.add(checkpoint.size)
            elif (
                checkpoint.counts
                and checkpoint.size != self._last_stored
                and checkpoint.size <= self._report.sealed
            ):
                says = (
                    f"The checkpoint of size {checkpoint.size} in {checkpoint.source} is not stored any more."
                )
                self._report.add("checkpoint", says)
            if checkpoint.wrong:
                self._report.add("checkpoint", checkpoint.wrong)
            if checkpoint.counts:
                yield checkpoint


class _Walk:
    """One pass over the log, with a frontier over its events, and one over stored hashes if they differ."""

    def __init__(
        self,
        connection: Connection,
        report: VerificationReport,
        checkpoints: _Checkpoints,
        *,
        forms: bool,
        progress: Progress,
    ) -> None:
        self._connection, self._report, self._checkpoints = connection, report, checkpoints
        self._progress = progress
        self._visit = self._check_form if forms else None
        self._events = Frontier()
        self._hashes: Frontier | None = None
        self._differing: list[int] = []
        self._fits = {True: 0, False: 0}  # size of the last kept and of the last stored checkpoint that fits
        self._mismatch = False  # after the first unexplained checkpoint no later one can fit

    def run(self) -> None:
        """Compare the whole log with the stored hashes and the checkpoints."""
        report = self._report
        head, lowest = self._row("SELECT coalesce(max(position), 0), min(position) FROM event")
        (report.sealed,) = self._row("SELECT coalesce(max(size), 0) FROM ledger_checkpoint")
        if lowest is not None and lowest < 1:
            report.add("fact", f"There is an event at position {lowest}, but positions begin at 1.", lowest)
        for checkpoint in self._checkpoints.up_to(0):
            self._compare(checkpoint)
        tiles = StoredTiles(self._connection, report)
        for first in range(0, head, CHUNK):
            last = min(first + CHUNK, head)
            leaves = leaf_reader.read(self._connection, first, last, visit=self._visit)
            if leaves.hashes:
                leaves.fill_up(first, last)
            self._report_positions(leaves)
            if not leaves.hashes:  # a position far beyond all others
                report.add("fact", f"There is no event at position {first + 1}.", first + 1)
                break
            self._chunk(first, leaves.hashes, tiles.chunk(first, report.sealed))
            report.events += len(leaves.hashes) - len(leaves.missing)
            self._progress(first + len(leaves.hashes), head)
        for checkpoint in self._checkpoints.up_to(1 << 63):
            if checkpoint.size > head:
                says = (
                    f"The log ends at position {head}, but {checkpoint.source} has a checkpoint of size"
                    f" {checkpoint.size}: events {head + 1} to {checkpoint.size} were removed."
                )
                report.add("fact", says, head + 1)
                break
        for position in self._differing:
            says = (
                f"The event at position {position} does not have its stored hash, and no later checkpoint"
                " shows which of them was changed."
            )
            report.add("fact", says, position)
        tiles.check_top(report.sealed)

    def _row(self, query: str) -> tuple[Any, ...]:
        (row,) = self._connection.execute(query.encode()).fetchall()
        return tuple(row)

    def _check_form(self, position: int, row: leaf_reader.Row) -> None:
        try:
            decode(*row)
        except UnknownTopicError as error:
            self._report.add("form", f"Position {position}: {error}", position)
        except Exception as error:  # noqa: BLE001 - changed bytes may raise anything in a decoder
            says = f"The state at position {position} is no {row[2]}: {type(error).__name__}."
            self._report.add("form", says, position)

    def _report_positions(self, leaves: leaf_reader.Leaves) -> None:
        for position in leaves.missing:
            self._report.add("fact", f"There is no event at position {position}.", position)
        for position in leaves.double:
            self._report.add("fact", f"Position {position} is taken twice.", position)

    def _chunk(self, first: int, hashes: list[bytes], stored: "Chunk") -> None:
        self._checkpoints.stored.clear()
        for start in range(0, len(hashes), TILE):
            self._tile(first + start, hashes[start : start + TILE], stored)
        if removed := sorted(stored.ends - self._checkpoints.stored):
            says = f"Hashes were stored up to position {removed[0]}, but its checkpoint is missing."
            self._report.add("checkpoint", says, removed[0])
        stored.close()

    def _tile(self, first: int, hashes: list[bytes], stored: "Chunk") -> None:
        """Compare the leaves of one tile, which is whole unless it is the log's last."""
        joined, kept = b"".join(hashes), stored.tile(first)
        same = kept is None or joined[: len(kept)] == kept
        checkpoints = list(self._checkpoints.up_to(first + len(hashes)))
        if same and len(hashes) == TILE and (not checkpoints or checkpoints[0].size == first + TILE):
            above = root(hashes)
            stored.check_above(first, above)
            self._events.push(above, STEP)
            if self._hashes is not None:
                self._hashes.push(above, STEP)
            for checkpoint in checkpoints:
                self._compare(checkpoint)
            return
        others = hashes if same or kept is None else [*split_hashes(kept), *hashes[len(kept) // HASH :]]
        if len(hashes) == TILE:
            stored.check_above(first, root(others))
        self._one_by_one(first, hashes, others, checkpoints)

    def _one_by_one(
        self, first: int, hashes: list[bytes], others: list[bytes], checkpoints: list[HeldCheckpoint]
    ) -> None:
        place = 0
        for position, (leaf, other) in enumerate(zip(hashes, others, strict=False), first + 1):
            if leaf != other:
                self._hashes = self._hashes or self._events.copy()
                if leaf != leaf_reader.MISSING:  # which is reported already
                    self._differing.append(position)
            if self._hashes is not None:
                self._hashes.push(other)
            self._events.push(leaf)
            while place < len(checkpoints) and checkpoints[place].size == position:
                self._compare(checkpoints[place])
                place += 1

    def _compare(self, checkpoint: HeldCheckpoint) -> None:
        """Compare a checkpoint with the events and stored hashes so far, and report the changed ones."""
        if self._mismatch:
            return
        if self._events.root() == checkpoint.root:
            self._fits[checkpoint.kept] = checkpoint.size
            for position in self._differing:
                says = f"The stored hash of position {position} was changed: its event fits the checkpoints."
                self._report.add("hash", says, position)
            self._hashes, self._differing = None, []
        elif self._hashes is not None and self._hashes.root() == checkpoint.root:
            self._fits[checkpoint.kept] = checkpoint.size
            for position in self._differing:
                says = (
                    f"The event at position {position} was changed: it had another hash when it was sealed."
                )
                self._report.add("fact", says, position)
            self._events, self._hashes, self._differing = self._hashes, None, []
        else:
            self._report_mismatch(checkpoint)

    def _report_mismatch(self, checkpoint: HeldCheckpoint) -> None:
        """Report that neither the events nor the stored hashes are those that were signed."""
        fits = self._fits[True] if checkpoint.kept else max(self._fits.values())
        where = f"between positions {fits + 1} and {checkpoint.size}"
        if fits + 1 >= checkpoint.size:
            where = f"at position {checkpoint.size}" if checkpoint.size else "before the first event"
        says = (
            f"The checkpoint of size {checkpoint.size} from {checkpoint.source} does not fit: {where} the log"
            " was changed, and its stored hashes with it."
        )
        if checkpoint.kept and self._fits[False] >= checkpoint.size:
            says += " The stored checkpoints fit the changed log: they were signed with the log's key."
        self._report.add("fact", says, min(fits + 1, checkpoint.size), checkpoint.size)
        self._mismatch, self._hashes, self._differing = True, None, []
