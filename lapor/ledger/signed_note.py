"""Signed notes: a checkpoint of the ledger as text that anyone can keep (C2SP tlog-checkpoint, signed-note).

The text is the log's name, the number of sealed events, and the tree's root in base64, a line each. After an
empty line comes a line for each signature: ``— name base64(key id ‖ signature)``. A key is published as
a *vkey*: ``name+key id+base64(1 ‖ public key)``. Signatures are Ed25519 (RFC 8032).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64Error
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lapor.ledger.merkle import HASH

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]{1,200}")
_MAX_SIZE = 1 << 62
_SIGNATURE = re.compile(r"^— (\S+) (\S+)$")
_KEY_ID = 4  # bytes


class NoteError(ValueError):
    """A text that is no checkpoint, or no key; the sentence says why."""


@dataclass(frozen=True)
class PublicKey:
    """A key that verifies checkpoints, with the name of its log."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise NoteError(f"'{self.name}' cannot name a log: no spaces, no +, at most 200 characters.")

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def of_vkey(cls, text: str) -> "PublicKey":
        """Return the key that a vkey encodes. Raises ``NoteError``."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = _base64(encoded)
        if raw[:1] != _ED25519 or len(raw) != 1 + 32:
            raise NoteError(f"'{text.strip()[:80]}' is no vkey of an Ed25519 key: name+key id+base64.")
        key = cls(name, raw[1:])
        if key.id.hex() != key_id:
            raise NoteError(f"The key id of '{text.strip()[:80]}' is not that of its key.")
        return key


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement: the log's first ``size`` events have this root. Signatures are with key ids."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def text(self) -> bytes:
        """The bytes that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()

    def note(self) -> str:
        lines = (f"— {self.origin} {b64encode(key + signed).decode()}\n" for key, signed in self.signatures)
        return f"{self.text.decode()}\n{''.join(lines)}"

    def is_signed_by(self, key: PublicKey) -> bool:
        """Whether this key made one of its signatures."""
        if key.name != self.origin:
            return False
        for key_id, signed in self.signatures:
            if key_id == key.id:
                try:
                    Ed25519PublicKey.from_public_bytes(key.public).verify(signed, self.text)
                except InvalidSignature:
                    continue
                return True
        return False


def sign_checkpoint(origin: str, size: int, root: bytes, keys: Iterable[Ed25519PrivateKey]) -> Checkpoint:
    """Return a checkpoint, signed by each of these keys."""
    bare = Checkpoint(origin, size, root)
    signatures = [
        (PublicKey(origin, key.public_key().public_bytes_raw()).id, key.sign(bare.text)) for key in keys
    ]
    return Checkpoint(origin, size, root, tuple(signatures))


def parse(note: str) -> Checkpoint:
    """Return the one checkpoint of a text. Raises ``NoteError``."""
    checkpoints = list(parse_all(note))
    if len(checkpoints) != 1:
        raise NoteError(f"This holds {len(checkpoints) or 'no'} checkpoints; there should be one.")
    return checkpoints[0]


def parse_all(text: str) -> Iterator[Checkpoint]:
    """Yield the checkpoints of a text, in order. Raises ``NoteError``."""
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        if not lines[place]:
            place += 1
            continue
        place, checkpoint = _parse_at(lines, place)
        yield checkpoint


def _parse_at(lines: list[str], place: int) -> tuple[int, Checkpoint]:
    """Return the index of the line after a checkpoint, and the checkpoint. Raises ``NoteError``."""
    begins = f"The checkpoint at line {place + 1}"
    head, rest = lines[place : place + 4], place + 4
    if len(head) < 4 or head[3] or not re.fullmatch(r"0|[1-9]\d{0,18}", head[1]) or int(head[1]) > _MAX_SIZE:  # noqa: PLR2004 - name, size, root, an empty line
        raise NoteError(f"{begins} is not: the log's name, a size, a root, an empty line, signatures.")
    root, signatures = _base64(head[2]), list[tuple[bytes, bytes]]()
    if len(root) != HASH or not _NAME.fullmatch(head[0]):
        raise NoteError(f"{begins} has no root of {HASH} bytes, or no name.")
    while rest < len(lines) and (match := _SIGNATURE.match(lines[rest])):
        raw = _base64(match[2])
        if match[1] == head[0]:  # witnesses may have signed too
            signatures.append((raw[:_KEY_ID], raw[_KEY_ID:]))
        rest += 1
    if not signatures:
        raise NoteError(f"{begins} is not signed by its log.")
    return rest, Checkpoint(head[0], int(head[1]), root, tuple(signatures))


def _base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (BadBase64Error, ValueError):
        raise NoteError(f"'{text[:80]}' is not base64.") from None
