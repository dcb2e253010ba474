"""Errors of the embedded PostgreSQL, as sentences that say what to do."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message is a sentence that says what to do."""


class StillStartingError(EmbeddedPostgresError):
    """The server lives but does not answer yet; it is left alone, since stopping undoes its recovery."""


def failure(folder: Path, what: str, output: str) -> EmbeddedPostgresError:
    """Return the error of a program that failed, with the last lines of its output."""
    if os.strerror(errno.ENOSPC) in output:
        return _disk_full(folder)
    last = "\n".join(output.strip().splitlines()[-8:]) or "It said nothing."
    return EmbeddedPostgresError(f"The private PostgreSQL in {folder} {what}:\n{last}")


@contextmanager
def as_sentences(folder: Path) -> Iterator[None]:
    """Turn errors of the operating system into sentences that name the file."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _disk_full(folder) from error
        raise EmbeddedPostgresError(
            f"The data folder {folder} cannot be used ({error.strerror}: {error.filename}); give Lapor a "
            "folder that it may write to."
        ) from error


def _disk_full(folder: Path) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(f"The disk that holds {folder} is full; free some space and start again.")
