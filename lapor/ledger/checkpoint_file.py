"""All checkpoints in one file outside the database, which reveals a database restored to an older state.

Notes follow one after another, an empty line after each. A note that was only half written (a full disk, a
lost machine) is cut off, and written again from the database.
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
    """The file; several processes may append to it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def follow(self, connection: Connection) -> None:
        """Append newer checkpoints. Raises ``LedgerError`` if the database lacks the file's last one."""
        with self._locked() as file:
            last = self._last(file)
            after = self._position_of(last, connection) if last else (-1, 0)
            while page := tiles.checkpoints(connection, after=after, limit=_BATCH):
                file.write("".join(f"{stored.note}\n" for stored in page).encode())
                file.flush()
                os.fsync(file.fileno())
                after = page[-1].size, page[-1].key

    def notes(self) -> Iterator[Checkpoint]:
        """Return the checkpoints of the file in order, without a half-written one. Raises ``NoteError``.

        The file's end is taken at the call, so a later read of the database has all their events.
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
        """Return the last whole note and cut off the bytes after it. Raises ``LedgerError``."""
        end = file.seek(0, os.SEEK_END)
        begin = file.seek(max(0, end - _TAIL))
        whole = None
        for whole in _WHOLE.finditer(file.read()):  # noqa: B007 - the last one
            pass
        if whole is None and begin > 0:
            raise LedgerError(f"{self.path} does not end in checkpoints: keep it, and begin another one.")
        whole_end = begin + whole.end() if whole else 0
        if whole_end < end:
            file.truncate(whole_end)
        try:
            return parse(whole[1].decode()) if whole else None
        except (NoteError, UnicodeDecodeError) as error:
            raise LedgerError(f"The last checkpoint in {self.path} cannot be read: {error}") from error

    def _position_of(self, last: Checkpoint, connection: Connection) -> tuple[int, int]:
        """Return size and key of the file's last note in the database. Raises ``LedgerError``."""
        for stored in tiles.of_size(connection, last.size):
            if stored.note == last.note():
                return stored.size, stored.key
        raise LedgerError(
            f"The database does not have the checkpoint of size {last.size} that was kept in {self.path}: it"
            " was restored to an older state or changed. Nothing is signed until that is resolved;"
            " `lapor verify` shows the details."
        )
