"""The tree is that of RFC 6962: its reference roots, every true proof accepted, no forged one."""

import random
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256

import pytest

from lapor.ledger import merkle

from .proof_checks import is_consistent, is_included

# The eight leaves and roots of certificate-transparency's own tests (merkletree/merkle_tree_test.cc).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
FORGED = 60_000


def leaves(count: int) -> list[bytes]:
    return [sha256(b"\0" + number.to_bytes(8, "big")).digest() for number in range(count)]


def subtree_of(hashes: Sequence[bytes]) -> merkle.Subtree:
    @cache
    def subtree(level: int, index: int) -> bytes:
        return merkle.root(hashes[index << level : (index + 1) << level])

    return subtree


def by_definition(hashes: Sequence[bytes]) -> bytes:
    """Return MTH as RFC 6962 §2.1 defines it."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return sha256(b"\x01" + by_definition(hashes[:k]) + by_definition(hashes[k:])).digest()


def test_the_roots_are_those_of_certificate_transparency() -> None:
    hashes = [sha256(b"\0" + data).digest() for data in INPUTS]
    frontier = merkle.Frontier()
    for size, expected in enumerate(ROOTS):
        assert merkle.root(hashes[:size]).hex() == expected
        assert merkle.root_of(0, size, subtree_of(hashes)).hex() == expected
        assert frontier.root().hex() == expected
        if size < len(hashes):
            frontier.push(hashes[size])


def test_every_computation_of_a_root_agrees_with_the_definition() -> None:
    hashes, frontier = leaves(300), merkle.Frontier()
    for size in range(301):
        expected = by_definition(hashes[:size])
        assert merkle.root(hashes[:size]) == frontier.root() == expected
        assert frontier.size == size
        if size < 300:
            frontier.push(hashes[size])


def test_subtrees_can_be_pushed_whole() -> None:
    hashes, frontier = leaves(1000), merkle.Frontier()
    for first in range(0, 768, 256):
        frontier.push(merkle.root(hashes[first : first + 256]), 8)
    for each in hashes[768:]:
        frontier.push(each)

    assert frontier.root() == by_definition(hashes)


def test_all_true_proofs_are_accepted_for_all_sizes_up_to_256() -> None:
    hashes = leaves(256)
    subtree = subtree_of(hashes)
    roots = [merkle.root(hashes[:size]) for size in range(257)]
    accepted = 0
    for size in range(1, 257):
        for index in range(size):
            path = merkle.inclusion(index, size, subtree)
            assert is_included(hashes[index], index, size, path, roots[size])
            accepted += 1
    for new in range(257):
        for old in range(new + 1):
            path = merkle.consistency(old, new, subtree)
            assert is_consistent(old, roots[old], new, roots[new], path)
            accepted += 1

    assert accepted == 256 * 257 // 2 + 257 * 258 // 2


class Large:
    """Trees of up to 2⁴⁰ leaves without their leaves: all subtrees of one height are equal."""

    @staticmethod
    @cache
    def subtree(level: int, _: int = 0) -> bytes:
        if level == 0:
            return sha256(b"\0leaf").digest()
        below = Large.subtree(level - 1, 0)
        return merkle.node(below, below)


def test_true_proofs_are_accepted_in_random_large_trees() -> None:
    chance = random.Random(7)
    for _ in range(2_000):
        new = chance.randrange(1, 1 << chance.randrange(9, 41))
        old, index = chance.randrange(new + 1), chance.randrange(new)
        new_root = merkle.root_of(0, new, Large.subtree)
        path = merkle.inclusion(index, new, Large.subtree)
        assert is_included(Large.subtree(0), index, new, path, new_root)
        old_root = merkle.root_of(0, old, Large.subtree)
        path = merkle.consistency(old, new, Large.subtree)
        assert is_consistent(old, old_root, new, new_root, path)
        assert len(path) <= 2 * new.bit_length()


def forgeries(path: list[bytes], chance: random.Random) -> Iterator[list[bytes]]:
    """Yield a path forged in each way, once."""
    other = sha256(chance.randbytes(8)).digest()
    place = chance.randrange(len(path) + 1)
    yield [*path[:place], other, *path[place:]]
    yield [*path, path[-1] if path else other]
    if path:
        at = chance.randrange(len(path))
        bit = 1 << chance.randrange(8)
        byte = chance.randrange(32)
        flipped = bytearray(path[at])
        flipped[byte] ^= bit
        yield [*path[:at], bytes(flipped), *path[at + 1 :]]
        yield path[:at] + path[at + 1 :]
        yield [*path[:at], path[at][:-1], *path[at + 1 :]]
    if len(path) > 1:
        one, two = chance.sample(range(len(path)), 2)
        swapped = list(path)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        yield swapped
        yield path[::-1]


def test_no_forged_proof_is_accepted() -> None:
    chance, forged = random.Random(11), 0
    hashes = leaves(1200)
    subtree = subtree_of(hashes)
    roots = [merkle.root_of(0, size, subtree) for size in range(1201)]
    while forged < FORGED:
        new = chance.randrange(2, 1201)
        index, old = chance.randrange(new), chance.randrange(1, new)
        path = merkle.inclusion(index, new, subtree)
        proof: list[tuple[bytes, int, int, list[bytes], bytes]] = [
            (hashes[index], index, new, each, roots[new]) for each in forgeries(path, chance)
        ]
        size = chance.choice([each for each in range(1, 1201) if each != new])
        place = chance.choice([each for each in range(-1, new + 1) if each != index])
        proof += [
            (hashes[(index + 1) % 1200], index, new, path, roots[new]),
            (hashes[index], place, new, path, roots[new]),
            (hashes[index], index, new, path, roots[size]),
            (roots[new], index, new, path, roots[new]),
        ]
        if (index, size, path) != (index, new, path) and merkle_path_differs(index, new, size, subtree):
            proof.append((hashes[index], index, size, path, roots[size]))
        for leaf, at, of, way, root in proof:
            assert not is_included(leaf, at, of, way, root), (at, of)
        forged += len(proof)

        path = merkle.consistency(old, new, subtree)
        pairs = [(old, roots[old], new, roots[new], each) for each in forgeries(path, chance)]
        other = chance.choice([each for each in range(1, new) if each != old] or [0])
        pairs += [
            (old, roots[other], new, roots[new], path),
            (old, roots[old], new, roots[size], path),
            (new, roots[new], old, roots[old], path),
            (old, roots[new], new, roots[new], path),
            (old, roots[old], size, roots[new], path)
            if size < old
            else (0, roots[old], new, roots[new], path),
        ]
        for was, was_root, now, now_root, way in pairs:
            assert not is_consistent(was, was_root, now, now_root, way), (was, now)
        forged += len(pairs)

    assert forged >= FORGED


def merkle_path_differs(index: int, new: int, size: int, subtree: merkle.Subtree) -> bool:
    """Whether the true path at another size differs: otherwise it is no forgery."""
    return index >= size or merkle.inclusion(index, size, subtree) != merkle.inclusion(index, new, subtree)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 2)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion(index, size, Large.subtree)
