"""All checkpoints in one file beside the database: so a database that was put back is found out.

Notes stand one after another, an empty line after each. Whatever broke off in the middle of one (a full
disk, a lost machine) is cut off, and written again from the database.
"""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lapor.ledger import tiles
from lapor.ledger.signed_note import Checkpoint, NoteError, parse
from lapor.ledger.tiles import Connection, LedgerError

_TAIL = 8192  # bytes; some notes
_BATCH = 1000
_SIGNED = "— "
_WHOLE = re.compile(r"(?<![^\n])([^\n]+\n\d+\n[^\n]+\n\n(?:— [^\n]+\n)+)\n".encode())


class CheckpointFile:
    """Follows the stored checkpoints. Several processes may do so at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def follow(self, connection: Connection) -> None:
        """Append what was signed since. Raises ``LedgerError`` where the database lacks what is kept here."""
        with self._locked() as file:
            last = self._last(file)
            after = self._place_of(last, connection) if last else (-1, 0)
            while found := tiles.checkpoints(connection, after=after, limit=_BATCH):
                file.write("".join(f"{each.note}\n" for each in found).encode())
                file.flush()
                os.fsync(file.fileno())
                after = found[-1].size, found[-1].key

    def notes(self) -> Iterator[Checkpoint]:
        """The checkpoints that are kept by now, in order, without one that broke off. Raises ``NoteError``.

        Whoever looks at the database after this call sees all that they speak of.
        """
        return self._up_to(self.path.stat().st_size if self.path.exists() else 0)

    def _up_to(self, end: int) -> Iterator[Checkpoint]:
        if end == 0:
            return
        with self.path.open("rb") as lines:
            note: list[str] = []
            for raw in lines:
                line, end = raw.decode(errors="replace"), end - len(raw)
                if end < 0:
                    return
                if line == "\n" and note and note[-1].startswith(_SIGNED):
                    yield parse("".join(note))
                    note = []
                else:
                    note.append(line)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _last(self, file: BinaryIO) -> Checkpoint | None:
        """The last whole note; what stands behind it is cut off."""
        end = file.seek(0, os.SEEK_END)
        begin = file.seek(max(0, end - _TAIL))
        whole = None
        for whole in _WHOLE.finditer(file.read()):  # noqa: B007 - the last one
            pass
        if whole is None and begin > 0:
            raise LedgerError(f"{self.path} does not end in checkpoints: keep it, and begin another one.")
        kept = begin + whole.end() if whole else 0
        if kept < end:
            file.truncate(kept)
        try:
            return parse(whole[1].decode()) if whole else None
        except (NoteError, UnicodeDecodeError) as error:
            raise LedgerError(f"The last checkpoint in {self.path} cannot be read: {error}") from error

    def _place_of(self, last: Checkpoint, connection: Connection) -> tuple[int, int]:
        """Where the database has the last note that was kept here. Raises ``LedgerError``."""
        for each in tiles.of_size(connection, last.size):
            if each.note == last.note():
                return each.size, each.key
        raise LedgerError(
            f"The database does not have the checkpoint of size {last.size} that was kept in {self.path}: it"
            " was put back or changed. Nothing is signed until that is cleared up; `lapor verify` tells more."
        )
