"""The stored hashes, as a verification reads them: whether they are complete, and follow from each other."""

from dataclasses import dataclass, field

from lapor.ledger import tiles as ledger
from lapor.ledger.merkle import HASH, root
from lapor.ledger.tiles import STEP, TILE, Connection, split_hashes
from lapor.ledger.verification_report import VerificationReport

CHUNK = TILE * TILE
"""Events that are read at once: those under one tile of level 8."""


class StoredTiles:
    """The stored hashes, a chunk at a time, and whether higher levels follow from lower ones."""

    def __init__(self, connection: Connection, report: VerificationReport) -> None:
        self._connection, self._report = connection, report
        self._above: list[bytes] = []  # hashes of level 16 as they follow from those of level 8

    def chunk(self, first: int, sealed: int) -> "Chunk":
        last = min(first + CHUNK, sealed)
        below = self._read(0, first, last) if last > first else _Runs()
        above = self._read(STEP, first >> STEP, last >> STEP) if last > first else _Runs()
        return Chunk(self, self._report, first, below, above)

    def _read(self, level: int, first: int, last: int) -> "_Runs":
        """Return the runs of a level from ``first`` to ``last``; report missing and overlapping hashes."""
        runs = _Runs(first)
        for begins, joined in ledger.runs(self._connection, level, first, last):
            at = first + len(runs.joined) // HASH
            if begins != at:
                self._hole(level, min(at, begins), begins)
                if begins < at:
                    continue
                runs.holes.add((at, begins))
                runs.joined += bytes((begins - at) * HASH)
            runs.joined += joined
            end = begins + len(joined) // HASH
            if end % TILE:
                runs.ends.add(end)
        at = first + len(runs.joined) // HASH
        if at < last:
            self._hole(level, at, last)
        elif at > last:
            del runs.joined[(last - first) * HASH :]
        return runs

    def _hole(self, level: int, first: int, end: int) -> None:
        says = f"Stored hashes of level {level} are missing or overlap: {first} to {max(first, end - 1)}."
        self._report.add("hash", says, (first << level) + 1, max(end, first + 1) << level)

    def whole(self, hashes: list[bytes]) -> None:
        """Remember the hash over a whole chunk, for the levels above."""
        self._above.append(root(hashes))

    def check_top(self, sealed: int) -> None:
        """Compare the highest levels with the hashes below them; report hashes beyond the last checkpoint."""
        level, expected = 2 * STEP, self._above
        while expected:
            joined = bytes(self._read(level, 0, len(expected)).joined)
            for number, (stored, computed) in enumerate(zip(split_hashes(joined), expected, strict=False)):
                if stored != computed:
                    self.report_difference(level, number)
            level, expected = (
                level + STEP,
                [root(expected[at : at + TILE]) for at in range(0, len(expected) - TILE + 1, TILE)],
            )
        query = (
            "SELECT level, max(first + length(hashes) / 32) FROM ledger_tile GROUP BY level ORDER BY level"
        )
        for level, end in self._connection.execute(query).fetchall():
            if end > sealed >> level:
                says = (
                    f"Level {level} has stored hashes up to number {end}, but the newest checkpoint, of size"
                    f" {sealed}, needs {sealed >> level}: a checkpoint was removed, or hashes were added."
                )
                self._report.add("checkpoint", says)

    def report_difference(self, level: int, number: int) -> None:
        says = f"The stored hash {number} of level {level} is not the one over those below it."
        self._report.add("hash", says, (number << level) + 1, (number + 1) << level)


@dataclass
class _Runs:
    """The joined runs of a part of a level.

    ``ends`` are ends of runs within a tile; ``holes`` are ranges without hashes, filled with zeros.
    """

    first: int = 0
    joined: bytearray = field(default_factory=bytearray)
    ends: set[int] = field(default_factory=set)
    holes: set[tuple[int, int]] = field(default_factory=set)


class Chunk:
    """The stored hashes under one tile of level 8."""

    def __init__(
        self, tiles: StoredTiles, report: VerificationReport, first: int, below: _Runs, above: _Runs
    ) -> None:
        self._tiles, self._report, self._first = tiles, report, first
        self._below, self._above = below, above
        self._nodes: list[bytes] = []
        self.ends = below.ends
        """Positions at which a run ends before its tile: these are sizes of checkpoints."""

    def tile(self, first: int) -> bytes | None:
        """Return the stored hashes of the tile that begins there; None if any is lost or none is sealed."""
        if any(begin < first + TILE and end > first for begin, end in self._below.holes):
            return None
        at = (first - self._first) * HASH
        return bytes(self._below.joined[at : at + TILE * HASH]) or None

    def check_above(self, first: int, above: bytes) -> None:
        """Compare the stored hash over a whole tile with the computed one."""
        number = (first - self._first) // TILE
        stored = self._above.joined[number * HASH : (number + 1) * HASH]
        lost = any(begin <= self._above.first + number < end for begin, end in self._above.holes)
        if stored and not lost and stored != above:
            self._tiles.report_difference(STEP, first // TILE)
        self._nodes.append(above if lost or not stored else bytes(stored))

    def close(self) -> None:
        if len(self._nodes) == TILE:
            self._tiles.whole(self._nodes)
