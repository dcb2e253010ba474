"""The arithmetic of the ledger's Merkle tree (RFC 6962 §2.1, RFC 9162 §2.1): hashes in, hashes out.

Leaf i is the event at position i + 1. A *subtree* ``(level, index)`` is the complete one over the leaves
``index << level`` to ``(index + 1) << level``, the last excluded. The caller of a proof passes a function
that returns the hash of any such subtree, and so decides where hashes are stored.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

HASH = 32  # bytes
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""

Subtree = Callable[[int, int], bytes]


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash above two hashes."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaves, or over complete subtrees of one height."""
    if not hashes:
        return EMPTY
    row = list(hashes)
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        if len(row) % 2:
            above.append(row[-1])
        row = above
    return row[0]


class Frontier:
    """The right edge of a growing tree: at most log₂ n hashes, enough for its root and for further leaves."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []  # level and hash, the tallest subtree first

    def push(self, hashed: bytes, level: int = 0) -> None:
        """Add a leaf, or a complete subtree no taller than the last one added."""
        self.size += 1 << level
        while self._peaks and self._peaks[-1][0] == level:
            hashed = node(self._peaks.pop()[1], hashed)
            level += 1
        self._peaks.append((level, hashed))

    def copy(self) -> "Frontier":
        """Return a copy that can be continued on its own."""
        other = Frontier()
        other.size, other._peaks = self.size, list(self._peaks)
        return other

    def root(self) -> bytes:
        """Return the root over all leaves and subtrees added."""
        if not self._peaks:
            return EMPTY
        _, right = self._peaks[-1]
        for _, left in reversed(self._peaks[:-1]):
            right = node(left, right)
        return right


def subtrees(first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the complete subtrees that ``first`` to ``end`` (excluded) fall into, the tallest first.

    ``first`` must be a multiple of the greatest power of two that is at most ``end - first``.
    """
    while first < end:
        level = (end - first).bit_length() - 1
        yield level, first >> level
        first += 1 << level


def root_of(first: int, end: int, subtree: Subtree) -> bytes:
    """Return the hash over the leaves from ``first`` to ``end`` (excluded), as it is in a larger tree."""
    hashes = [subtree(level, index) for level, index in subtrees(first, end)]
    if not hashes:
        return EMPTY
    right = hashes.pop()
    while hashes:
        right = node(hashes.pop(), right)
    return right


def _split(leaves: int) -> int:
    """Return the greatest power of two below a number of leaves, which must be at least 2."""
    return 1 << ((leaves - 1).bit_length() - 1)


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the path that proves leaf ``index`` in a tree of ``size`` leaves, from the leaf up.

    Raises ``ValueError`` if that tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path, first, end = list[bytes](), 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(root_of(middle, end, subtree))
            end = middle
        else:
            path.append(root_of(first, middle, subtree))
            first = middle
    return path[::-1]


def consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return the path that proves that a tree of ``new`` leaves began as one of ``old`` leaves.

    Raises ``ValueError`` if ``old`` is greater than ``new``, or negative.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with {old}")
    if old in {0, new}:
        return []
    path, first, end, whole = list[bytes](), 0, new, True
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(root_of(middle, end, subtree))
            end = middle
        else:
            path.append(root_of(first, middle, subtree))
            first, whole = middle, False
    if not whole:
        path.append(root_of(first, end, subtree))
    return path[::-1]
