"""The checkpoints that a log is held against, in order of size, and whether they can be believed."""

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
    """A checkpoint, and what is wrong with it. Who ``kept`` it beside the database may know better than that.

    One that does not count is told of, and nothing is held against it.
    """

    checkpoint: Checkpoint
    source: str
    kept: bool
    wrong: str | None = None
    counts: bool = True

    @property
    def size(self) -> int:
        return self.checkpoint.size


@dataclass(frozen=True)
class KeptCheckpoints:
    """Checkpoints from beside the database, in order of size; ``named`` by who wants them to count."""

    source: str
    checkpoints: Iterable[Checkpoint]
    named: bool


class Trust:
    """The keys that are believed: those an auditor brings, else the log's first; and whom they introduced."""

    def __init__(self, connection: Connection, brought: Sequence[PublicKey]) -> None:
        self.keys = tiles.keys(connection)
        self.wrong: list[str] = []
        self._connection = connection
        self._trusted: list[PublicKey] = list(brought) or [each.key for each in self.keys[:1]]
        self._numbers = {each.number: each for each in self.keys}
        for before, key in pairwise([None, *self.keys]):
            if key is not None:
                self._look_at(before, key)

    def _look_at(self, before: SigningKey | None, key: SigningKey) -> None:
        if key.number != (before.number if before else 0) + 1:
            self.wrong.append(f"Of the keys number {key.number} does not follow {key.number - 1}.")
        if key.key in self._trusted:
            return
        if before is not None and before.key in self._trusted and self._introduced(before, key):
            self._trusted.append(key.key)
            return
        self.wrong.append(
            f"Key {key.number} ({key.key.vkey}) was not introduced by a key that is known here:"
            " if its owner told you of it, name it with --key."
        )

    def _introduced(self, before: SigningKey, key: SigningKey) -> bool:
        for each in tiles.of_size(self._connection, key.since):
            if each.key == key.number:
                try:
                    both = each.checkpoint
                except LedgerError:
                    return False
                return both.is_signed_by(before.key) and both.is_signed_by(key.key)
        return False

    def signed(self, checkpoint: Checkpoint) -> bool:
        """Whether a key that is believed signed it."""
        return any(checkpoint.is_signed_by(key) for key in self._trusted)

    def _in_force(self, sealed: StoredCheckpoint) -> SigningKey | None:
        """The key that a stored checkpoint says it is of, if it was in force at that size."""
        key, after = self._numbers.get(sealed.key), self._numbers.get(sealed.key + 1)
        if key is None or sealed.size < key.since or (after is not None and sealed.size > after.since):
            return None
        return key

    def stored(self) -> Iterator[tuple[int, HeldCheckpoint | str]]:
        """The stored checkpoints in order, each with its size; a sentence for one that cannot be read."""
        after = (-1, 0)
        while page := tiles.checkpoints(self._connection, after=after, limit=_PAGE):
            for each in page:
                yield each.size, self._mark(each)
            after = page[-1].size, page[-1].key

    def _mark(self, sealed: StoredCheckpoint) -> HeldCheckpoint | str:
        try:
            checkpoint = sealed.checkpoint
        except LedgerError as error:
            return str(error)
        if checkpoint.size != sealed.size:
            return f"The stored checkpoint of size {sealed.size} says that its size is {checkpoint.size}."
        key, wrong = self._in_force(sealed), None
        if key is None or not checkpoint.is_signed_by(key.key):
            wrong = f"The stored checkpoint of size {sealed.size} is not signed by the key that it should be."
        elif key.key not in self._trusted:
            wrong = f"The stored checkpoint of size {sealed.size} is signed by a key that is not known here."
        return HeldCheckpoint(checkpoint, "the database", kept=False, wrong=wrong, counts=wrong is None)

    def marks(self, kept: Sequence[KeptCheckpoints]) -> Iterator[tuple[int, HeldCheckpoint | str]]:
        """All checkpoints in the order of their sizes."""
        streams = [self.stored(), *(self._of(each) for each in kept)]
        return merge(*streams, key=lambda pair: pair[0])

    def _of(self, kept: KeptCheckpoints) -> Iterator[tuple[int, HeldCheckpoint | str]]:
        before = 0
        try:
            for each in kept.checkpoints:
                if each.size < before:
                    says = f"The checkpoints in {kept.source} are not in order: {each.size} follows {before}."
                    yield before, says
                    continue
                before, wrong = each.size, None
                if not self.signed(each):
                    wrong = (
                        f"The checkpoint of size {each.size} in {kept.source} is not signed by a known key."
                    )
                counts = wrong is None or kept.named
                yield each.size, HeldCheckpoint(each, kept.source, kept=True, wrong=wrong, counts=counts)
        except NoteError as error:
            yield before, f"{kept.source} cannot be read further than to size {before}: {error}"
