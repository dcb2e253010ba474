"""The checkpoints that a log is compared with, in order of size, and whether they can be trusted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import pairwise

from lapor.ledger import tiles
from lapor.ledger.signed_note import Checkpoint, NoteError, PublicKey
from lapor.ledger.tiles import Connection, LedgerError, SigningKey, StoredCheckpoint

_PAGE = 2000


@dataclass(frozen=True)
class HeldCheckpoint:
    """A checkpoint, and its fault if it has one. ``kept``: it comes from a file outside the database.

    A checkpoint that does not count is reported, but the log is not compared with it.
    """

    checkpoint: Checkpoint
    source: str
    kept: bool
    wrong: str | None = None
    counts: bool = True

    @property
    def size(self) -> int:
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        return self.checkpoint.root


@dataclass(frozen=True)
class KeptCheckpoints:
    """Checkpoints from a file outside the database, in order of size.

    ``named``: the auditor named the file, so its checkpoints count even without a trusted signature.
    """

    source: str
    checkpoints: Iterable[Checkpoint]
    named: bool


class Trust:
    """The trusted keys: those that an auditor names, else the log's first, and all that they introduced.

    ``wrong`` lists sentences about keys that cannot be trusted.
    """

    def __init__(self, connection: Connection, named: Sequence[PublicKey]) -> None:
        self.keys = tiles.keys(connection)
        self.wrong: list[str] = []
        self._connection = connection
        self._trusted: list[PublicKey] = list(named) or [signer.key for signer in self.keys[:1]]
        self._numbers = {signer.number: signer for signer in self.keys}
        for before, key in pairwise([None, *self.keys]):
            if key is not None:
                self._check_key(before, key)

    def _check_key(self, before: SigningKey | None, key: SigningKey) -> None:
        if key.number != (before.number if before else 0) + 1:
            self.wrong.append(
                f"The keys are not numbered 1, 2, 3 …: number {key.number} does not follow {key.number - 1}."
            )
        if key.key in self._trusted:
            return
        if before is not None and before.key in self._trusted and self._introduced(before, key):
            self._trusted.append(key.key)
            return
        self.wrong.append(
            f"Key {key.number} ({key.key.vkey}) was not introduced by a key that is known here:"
            " if its owner gave you this key, name it with --key."
        )

    def _introduced(self, before: SigningKey, key: SigningKey) -> bool:
        for stored in tiles.of_size(self._connection, key.since):
            if stored.key == key.number:
                try:
                    both = stored.checkpoint
                except LedgerError:
                    return False
                return both.is_signed_by(before.key) and both.is_signed_by(key.key)
        return False

    def signed(self, checkpoint: Checkpoint) -> bool:
        """Whether a trusted key signed it."""
        return any(checkpoint.is_signed_by(key) for key in self._trusted)

    def _in_force(self, stored: StoredCheckpoint) -> SigningKey | None:
        """Return the key that a stored checkpoint names, if it was in force at that size."""
        key, after = self._numbers.get(stored.key), self._numbers.get(stored.key + 1)
        if key is None or stored.size < key.since or (after is not None and stored.size > after.since):
            return None
        return key

    def stored(self) -> Iterator[tuple[int, HeldCheckpoint | str]]:
        """Yield the stored checkpoints in order, each with its size; a sentence for an unreadable one."""
        after = (-1, 0)
        while page := tiles.checkpoints(self._connection, after=after, limit=_PAGE):
            for stored in page:
                yield stored.size, self._check_stored(stored)
            after = page[-1].size, page[-1].key

    def _check_stored(self, stored: StoredCheckpoint) -> HeldCheckpoint | str:
        try:
            checkpoint = stored.checkpoint
        except LedgerError as error:
            return str(error)
        if checkpoint.size != stored.size:
            return f"The stored checkpoint of size {stored.size} says that its size is {checkpoint.size}."
        key, wrong = self._in_force(stored), None
        if key is None or not checkpoint.is_signed_by(key.key):
            wrong = f"The stored checkpoint of size {stored.size} is not signed by the key that it should be."
        elif key.key not in self._trusted:
            wrong = f"The stored checkpoint of size {stored.size} is signed by a key that is not known here."
        return HeldCheckpoint(checkpoint, "the database", kept=False, wrong=wrong, counts=wrong is None)

    def checkpoints(self, kept: Sequence[KeptCheckpoints]) -> Iterator[tuple[int, HeldCheckpoint | str]]:
        """Yield all checkpoints, stored and kept, in the order of their sizes, each with its size."""
        streams = [self.stored(), *(self._check_kept(source) for source in kept)]
        return merge(*streams, key=lambda pair: pair[0])

    def _check_kept(self, kept: KeptCheckpoints) -> Iterator[tuple[int, HeldCheckpoint | str]]:
        before = 0
        try:
            for checkpoint in kept.checkpoints:
                size = checkpoint.size
                if size < before:
                    says = f"The checkpoints in {kept.source} are not in order: {size} follows {before}."
                    yield before, says
                    continue
                before, wrong = size, None
                if not self.signed(checkpoint):
                    wrong = f"The checkpoint of size {size} in {kept.source} is not signed by a known key."
                counts = wrong is None or kept.named
                yield size, HeldCheckpoint(checkpoint, kept.source, kept=True, wrong=wrong, counts=counts)
        except NoteError as error:
            yield before, f"{kept.source} cannot be read further than to size {before}: {error}"
