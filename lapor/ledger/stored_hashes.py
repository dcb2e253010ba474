"""The stored hashes, as a verification reads them: whether they are whole, and made of each other."""

from dataclasses import dataclass, field

from lapor.ledger import tiles as ledger
from lapor.ledger.merkle import HASH, root
from lapor.ledger.tiles import STEP, TILE, Connection, cut
from lapor.ledger.verification_report import VerificationReport

CHUNK = TILE * TILE
"""Events that are read at once: those under one tile of tiles' hashes."""


class StoredTiles:
    """The stored hashes, a chunk at a time, and whether those above are made of those below."""

    def __init__(self, connection: Connection, report: VerificationReport) -> None:
        self._connection, self._report = connection, report
        self._above: list[bytes] = []  # hashes of level 16 as they follow from those of level 8

    def chunk(self, first: int, sealed: int) -> "Chunk":
        last = min(first + CHUNK, sealed)
        below = self._read(0, first, last) if last > first else _Runs()
        above = self._read(STEP, first >> STEP, last >> STEP) if last > first else _Runs()
        return Chunk(self, self._report, first, below, above)

    def _read(self, level: int, first: int, last: int) -> "_Runs":
        """The runs of a level from ``first`` to ``last``; what lacks, or lies over another, is told."""
        found = _Runs(first)
        for begins, joined in ledger.runs(self._connection, level, first, last):
            at = first + len(found.joined) // HASH
            if begins != at:
                self._hole(level, min(at, begins), begins)
                if begins < at:
                    continue
                found.holes.add((at, begins))
                found.joined += bytes((begins - at) * HASH)
            found.joined += joined
            end = begins + len(joined) // HASH
            if end % TILE:
                found.ends.add(end)
        at = first + len(found.joined) // HASH
        if at < last:
            self._hole(level, at, last)
        elif at > last:
            del found.joined[(last - first) * HASH :]
        return found

    def _hole(self, level: int, first: int, end: int) -> None:
        says = (
            f"Stored hashes of level {level} are gone, or lie over others: {first} to {max(first, end - 1)}."
        )
        self._report.add("hash", says, (first << level) + 1, max(end, first + 1) << level)

    def whole(self, hashes: list[bytes]) -> None:
        """Take the hash over a whole chunk, for the levels above."""
        self._above.append(root(hashes))

    def ends(self, sealed: int) -> None:
        """Hold the highest levels against what they are made of; say where there is more than was signed."""
        level, expected = 2 * STEP, self._above
        while expected:
            joined = bytes(self._read(level, 0, len(expected)).joined)
            for number, (stored, made) in enumerate(zip(cut(joined), expected, strict=False)):
                if stored != made:
                    self.differs(level, number)
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
                    f"Hashes of level {level} are stored up to the {end}., but the newest checkpoint, of size"
                    f" {sealed}, has {sealed >> level}: a checkpoint was removed, or hashes were added."
                )
                self._report.add("checkpoint", says)

    def differs(self, level: int, number: int) -> None:
        says = f"The stored hash {number} of level {level} is not the one over those below it."
        self._report.add("hash", says, (number << level) + 1, (number + 1) << level)


@dataclass
class _Runs:
    """The runs of a part of a level, joined; ``ends`` are those within a tile, ``holes`` were filled."""

    first: int = 0
    joined: bytearray = field(default_factory=bytearray)
    ends: set[int] = field(default_factory=set)
    holes: set[tuple[int, int]] = field(default_factory=set)


class Chunk:
    """The stored hashes under one tile of tiles' hashes."""

    def __init__(
        self, tiles: StoredTiles, report: VerificationReport, first: int, below: _Runs, above: _Runs
    ) -> None:
        self._tiles, self._report, self._first = tiles, report, first
        self._below, self._above = below, above
        self._nodes: list[bytes] = []
        self.ends = below.ends
        """Up to which positions runs were stored that do not end with their tile: checkpoints' sizes."""

    def tile(self, first: int) -> bytes | None:
        """The stored hashes of the tile that begins there; None where some were lost, or none is sealed."""
        if any(begin < first + TILE and end > first for begin, end in self._below.holes):
            return None
        at = (first - self._first) * HASH
        return bytes(self._below.joined[at : at + TILE * HASH]) or None

    def is_under(self, first: int, above: bytes) -> None:
        """Hold the stored hash over a whole tile against the one that it should be."""
        number = (first - self._first) // TILE
        stored = self._above.joined[number * HASH : (number + 1) * HASH]
        lost = any(begin <= self._above.first + number < end for begin, end in self._above.holes)
        if stored and not lost and stored != above:
            self._tiles.differs(STEP, first // TILE)
        self._nodes.append(above if lost or not stored else bytes(stored))

    def close(self) -> None:
        if len(self._nodes) == TILE:
            self._tiles.whole(self._nodes)
