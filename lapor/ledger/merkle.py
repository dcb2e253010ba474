"""The arithmetic of the ledger's Merkle tree (RFC 6962 §2.1, RFC 9162 §2.1): hashes in, hashes out.

Leaf i is the event at position i + 1. A *subtree* ``(level, index)`` is the complete one over the leaves
``index << level`` up to and without ``(index + 1) << level``. Who asks for a proof gives a function that
tells the hash of any such subtree, wherever he keeps it.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

HASH = 32  # bytes
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""

Subtree = Callable[[int, int], bytes]


def node(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over leaves, or over complete subtrees of one height."""
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
    """The right edge of a tree that grows: at most log₂ n hashes, enough for its root and for going on."""

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
        """Another one that is as far, to go on differently."""
        other = Frontier()
        other.size, other._peaks = self.size, list(self._peaks)
        return other

    def root(self) -> bytes:
        """The root over all that was added."""
        if not self._peaks:
            return EMPTY
        _, found = self._peaks[-1]
        for _, left in reversed(self._peaks[:-1]):
            found = node(left, found)
        return found


def subtrees(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees that ``first`` to ``end`` (excluded) fall into, the tallest first.

    ``first`` must be a multiple of the greatest power of two that is not above their number.
    """
    while first < end:
        level = (end - first).bit_length() - 1
        yield level, first >> level
        first += 1 << level


def root_of(first: int, end: int, subtree: Subtree) -> bytes:
    """The hash over the leaves from ``first`` to ``end`` (excluded), as a part of a tree has it."""
    hashes = [subtree(level, index) for level, index in subtrees(first, end)]
    if not hashes:
        return EMPTY
    found = hashes.pop()
    while hashes:
        found = node(hashes.pop(), found)
    return found


def _split(leaves: int) -> int:
    """The greatest power of two below a number of leaves, which is at least 2."""
    return 1 << ((leaves - 1).bit_length() - 1)


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The path that proves leaf ``index`` in a tree of ``size`` leaves, from the leaf up.

    Raises ``ValueError`` where that tree has no such leaf.
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
    """The path that proves that a tree of ``old`` leaves is how one of ``new`` began.

    Raises ``ValueError`` where it cannot be.
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


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a path proves a leaf at an index of the tree of that size and root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *path):
        return False
    place, last, found = index, size - 1, leaf
    for each in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path proves that the one tree is how the other began (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *path):
        return False
    if old == 0:
        return old_root == EMPTY and not path
    if old == new:
        return old_root == new_root and not path
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = steps[0]
    for each in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node(each, was), node(each, now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            now = node(now, each)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH for value in values)
