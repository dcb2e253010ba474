#!/usr/bin/env python3
"""Verify Lapor's ledger without Lapor: this one file, Python 3.11 or later, nothing else.

    python3 verify_ledger.py log EXPORT --checkpoint FILE [--checkpoint FILE …] --key KEY [--key KEY …]
    python3 verify_ledger.py proof BUKTI [--key KEY …]

EXPORT is written by `lapor export-log`; BUKTI is the answer of `GET /api/v1/complaints/{id}/proof`; FILE
has one checkpoint or many; KEY is a public key (`name+id+base64`) or a file of them. Exit code 0: everything
is valid; 1: something is not, and the first position that does not fit is named; 2: a file is unreadable.

It checks signatures (Ed25519, RFC 8032, in plain Python), the Merkle tree (RFC 6962 §2.1), the form of
checkpoints (C2SP tlog-checkpoint), and that positions and each stream's versions are 1, 2, 3 … in order.
"""

import argparse
import hashlib
import json
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

# --- Ed25519 (RFC 8032 §5.1), verification only -------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)

Point = tuple[int, int, int, int]  # extended homogeneous coordinates


def _add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, p: Point) -> Point:
    product: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            product = _add(product, p)
        p = _add(p, p)
        number >>= 1
    return product


def _point(raw: bytes) -> Point | None:
    """Return the point that 32 bytes encode; None if they encode none."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def is_valid_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature of a message was made by a public key's private half."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= _L or _BASE is None:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left = _times(s, _BASE)
    right = _add(r, _times(int.from_bytes(digest, "little") % _L, key))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % _P == 0


# --- Checkpoints and keys (C2SP signed-note, tlog-checkpoint) -----------------------------------------------


class UnreadableError(Exception):
    """A file or argument has another form than it should; the sentence says which."""


class NoteKey(NamedTuple):
    name: str
    id: bytes
    public: bytes


class SignedCheckpoint(NamedTuple):
    """The log's first ``size`` events have this root; ``signatures`` are of key id and signature."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[bytes, bytes], ...]

    def is_signed_by_one_of(self, keys: Sequence[NoteKey]) -> bool:
        root = _text(self.root)
        message = f"{self.origin}\n{self.size}\n{root}\n".encode()
        return any(
            key.name == self.origin
            and key.id == key_id
            and is_valid_signature(key.public, message, signature)
            for key in keys
            for key_id, signature in self.signatures
        )


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(text: Any) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise UnreadableError(f"'{str(text)[:80]}' is not base64.") from None


def read_key(vkey: str) -> NoteKey:
    name, _, rest = vkey.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _bytes(encoded)
    right = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or right.hex() != key_id:
        raise UnreadableError(f"'{vkey.strip()[:80]}' is no public key (name+id+base64 of an Ed25519 key).")
    return NoteKey(name, right, raw[1:])


def read_keys(given: Sequence[str]) -> list[NoteKey]:
    """Return the given keys: each a vkey, a file of vkeys, or a file with the answer of /ledger/key."""
    keys: list[NoteKey] = []
    for word in given:
        if not Path(word).is_file():
            keys.append(read_key(word))
            continue
        text = Path(word).read_text(encoding="utf-8")
        if text.lstrip().startswith("{"):
            keys += [read_key(item["key"]) for item in json.loads(text)["items"]]
        else:
            keys += [read_key(line) for line in text.splitlines() if line.strip()]
    return keys


_NOTE = re.compile(r"([^\n]+)\n(0|[1-9]\d{0,18})\n([^\n]+)\n\n((?:— [^\n]+\n)+)\n*")


def read_checkpoints(text: str) -> list[SignedCheckpoint]:
    """Return the checkpoints of a text, in order. Raises ``UnreadableError``."""
    checkpoints, place = list[SignedCheckpoint](), 0
    while place < len(text):
        note = _NOTE.match(text, place)
        if note is None:
            raise UnreadableError(f"After {len(checkpoints)} checkpoints something follows that is none.")
        origin, size, root, signed = note.groups()
        signatures = []
        for line in signed.splitlines():
            name, _, encoded = line.removeprefix("— ").rpartition(" ")
            if name == origin:
                signatures.append((_bytes(encoded)[:4], _bytes(encoded)[4:]))
        checkpoints.append(SignedCheckpoint(origin, int(size), _bytes(root), tuple(signatures)))
        place = note.end()
    if not checkpoints:
        raise UnreadableError("There is no checkpoint in it.")
    return checkpoints


# --- The tree (RFC 6962 §2.1) -------------------------------------------------------------------------------


def leaf(position: int, stream: UUID, version: int, topic: str, state: bytes) -> bytes:
    """Return SHA-256 over 0x00, position, stream, version, topic, state, each after its length in 4 bytes."""
    parts = (position.to_bytes(8, "big"), stream.bytes, version.to_bytes(8, "big"), topic.encode(), state)
    joined = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.sha256(b"\0" + joined).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """A tree that grows leaf by leaf: the roots of its complete subtrees, the tallest first."""

    def __init__(self) -> None:
        self.size = 0
        self._tops: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        place = self.size
        while place & 1:
            hashed = node(self._tops.pop(), hashed)
            place >>= 1
        self._tops.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        if not self._tops:
            return hashlib.sha256(b"").digest()
        right = self._tops[-1]
        for top in reversed(self._tops[:-1]):
            right = node(top, right)
        return right


def root_by_path(hashed: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a path leads to from a leaf (RFC 9162 §2.1.3.2); None if its length is wrong."""
    last = size - 1
    if not 0 <= index <= last:
        return None
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            hashed = node(sibling, hashed)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hashed = node(hashed, sibling)
        index, last = index >> 1, last >> 1
    return hashed if last == 0 else None


# --- A whole log --------------------------------------------------------------------------------------------


class LogEntry(NamedTuple):
    position: int
    stream: UUID
    version: int
    topic: str
    state: bytes


def read_events(path: Path) -> Iterator[LogEntry]:
    """Yield the events of an export, in its order. Raises ``UnreadableError``."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                state = _bytes(row["state"])
                yield LogEntry(
                    int(row["position"]), UUID(row["stream"]), int(row["version"]), row["topic"], state
                )
            except (ValueError, KeyError, TypeError, AttributeError):
                raise UnreadableError(f"Line {number} of {path} is no event.") from None


def verify_log(
    events: Iterator[LogEntry], checkpoints: Sequence[SignedCheckpoint], keys: Sequence[NoteKey]
) -> Iterator[str]:
    """Yield a sentence for every fault; the first one that concerns events is the last."""
    for checkpoint in checkpoints:
        if not checkpoint.is_signed_by_one_of(keys):
            yield f"The checkpoint of size {checkpoint.size} is not signed by a key that was named."
    tree, fits, ordered = GrowingTree(), 0, _ordered(events)
    for checkpoint in sorted(checkpoints, key=lambda each: each.size):
        if wrong := _grow(tree, checkpoint.size, ordered):
            yield wrong
            return
        if checkpoint.root != tree.root():
            where = f"between positions {fits + 1} and {checkpoint.size}"
            yield f"The checkpoint of size {checkpoint.size} does not fit: {where} the log was changed."
            return
        fits = checkpoint.size
    for later in ordered:
        if isinstance(later, str):
            yield later
        elif later.position == fits + 1:
            print(
                f"Position {later.position} and those after it have no checkpoint: nothing proves them yet."
            )


def _grow(tree: GrowingTree, size: int, ordered: Iterator[LogEntry | str]) -> str | None:
    """Add events until the tree has that size; return a sentence if that is impossible."""
    while tree.size < size:
        event = next(ordered, None)
        if event is None:
            return (
                f"The log ends at position {tree.size}, but {size} events were sealed:"
                f" {tree.size + 1} is missing."
            )
        if isinstance(event, str):
            return event
        tree.add(leaf(*event))
    return None


def _ordered(events: Iterator[LogEntry]) -> Iterator[LogEntry | str]:
    """Yield the events as long as positions and versions are 1, 2, 3 …; then a sentence."""
    versions: dict[UUID, int] = {}
    for position, event in enumerate(events, 1):
        version = versions[event.stream] = versions.get(event.stream, 0) + 1
        if event.position != position:
            yield f"Position {position} should come now, but {event.position} does."
            return
        if event.version != version:
            yield f"Position {position} should have version {version} of its stream, but has {event.version}."
            return
        yield event


# --- One complaint ------------------------------------------------------------------------------------------


def verify_proof(proof: Any, keys: Sequence[NoteKey]) -> Iterator[str]:
    """Yield a sentence for every fault of a complaint's proof (bukti)."""
    if not proof.get("checkpoint"):
        yield "No event of this complaint is sealed yet: request the proof again in a minute."
        return
    (checkpoint,) = read_checkpoints(proof["checkpoint"])
    if not checkpoint.is_signed_by_one_of(keys):
        yield "Its checkpoint is not signed by a key that was named."
    for item in proof["facts"]:
        position, stream = int(item["position"]), UUID(item["stream"])
        name, hashed = f"Position {position} ({item['topic']})", _bytes(item["leaf"])
        if "state" in item:
            computed = leaf(position, stream, int(item["version"]), item["topic"], _bytes(item["state"]))
            if computed != hashed:
                yield f"{name}: its bytes are not those of its leaf."
                continue
        if str(stream) != str(proof["complaint"]):
            yield f"{name}: it is not about this complaint."
        elif item["path"] is None:
            print(f"{name}: not sealed yet.")
        elif (
            root_by_path(hashed, position - 1, checkpoint.size, [_bytes(text) for text in item["path"]])
            != checkpoint.root
        ):
            yield f"{name}: its path does not lead to the checkpoint's root."
        else:
            print(f"{name}: is in the log{', with these bytes' if 'state' in item else ''}.")


# --- The command --------------------------------------------------------------------------------------------


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Verify Lapor's ledger without Lapor.")
    commands = parser.add_subparsers(dest="command", required=True)
    log = commands.add_parser("log", help="a whole log, as `lapor export-log` writes it")
    log.add_argument("export", type=Path)
    log.add_argument("--checkpoint", action="append", type=Path, required=True, help="file of checkpoints")
    log.add_argument("--key", action="append", required=True, help="public key, or file of them")
    proof = commands.add_parser("proof", help="a complaint's proof (bukti)")
    proof.add_argument("bukti", type=Path)
    proof.add_argument("--key", action="append", default=[], help="public key, or file of them")
    return parser


def main() -> int:
    arguments = _arguments().parse_args()
    try:
        keys = read_keys(arguments.key)
        if arguments.command == "log":
            checkpoints = [
                checkpoint
                for path in arguments.checkpoint
                for checkpoint in read_checkpoints(path.read_text(encoding="utf-8"))
            ]
            faults = list(verify_log(read_events(arguments.export), checkpoints, keys))
        else:
            proof = json.loads(arguments.bukti.read_text(encoding="utf-8"))
            if not keys:
                print(
                    "WARNING: no --key. Compare these keys, from the proof itself, with the published ones:"
                )
                print(*proof["keys"], sep="\n")
                keys = [read_key(vkey) for vkey in proof["keys"]]
            faults = list(verify_proof(proof, keys))
    except (UnreadableError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"It cannot be read: {error}", file=sys.stderr)
        return 2
    for fault in faults:
        print(fault)
    print("It is not valid." if faults else "It is valid.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
