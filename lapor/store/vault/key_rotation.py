"""Rotation of the master key: the vault's keys are wrapped by a new one, then the old one is destroyed.

A deleted row of the vault stays in write-ahead logs, on standbys and in backups. Once the master key that
wrapped it is destroyed, no copy of the row opens anything; nor does any older copy of the vault.

The service runs meanwhile. If a rotation is interrupted, the next call continues it: the files of the keys
show how far it has come, and the first byte of a wrapped key says which master key wrapped it.
"""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from lapor.progress import Progress, no_progress
from lapor.store.database import connection_string
from lapor.store.pg_arrays import ByteaArray, UuidArray
from lapor.store.vault.master_keys import MAX_VERSION, RELOAD_SECONDS, MasterKeys
from lapor.store.vault.seal import MasterKey, destroy

BATCH = 100
"""Keys in a statement; writers of the same rows wait for it."""
SETTLE_SECONDS = 2 * RELOAD_SECONDS
"""After this time every process wraps by the new key."""
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || '.lapor_rotation', 0))"
_LOCK_APPENDS = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.lapor_append', 0))"
_HIGHEST = "SELECT coalesce(max(version), 0) FROM vault.master_key"
_RECORD = "INSERT INTO vault.master_key (version) VALUES (%s) ON CONFLICT DO NOTHING"
_CLOSE = "UPDATE vault.master_key SET closed_at = coalesce(closed_at, now()) WHERE version = ANY(%s)"
_RECORD_DESTRUCTION = """
    UPDATE vault.master_key SET destroyed_at = now()
     WHERE closed_at IS NOT NULL AND destroyed_at IS NULL AND version <> ALL(%s)
"""
_PAGE = "SELECT stream, wrapped_key FROM vault.subject WHERE stream > %s ORDER BY stream LIMIT %s"
_REWRAP = """
    UPDATE vault.subject SET wrapped_key = u.rewrapped
      FROM unnest(%b::uuid[], %b::bytea[], %b::bytea[]) AS u (stream, old, rewrapped)
     WHERE subject.stream = u.stream AND subject.wrapped_key = u.old
"""
_ANY_OTHER = "SELECT 1 FROM vault.subject WHERE get_byte(wrapped_key, 0) <> %s LIMIT 1"
_COUNT = "SELECT count(*) FROM vault.subject"
_BEHIND = "SELECT count(*) FROM pg_stat_replication WHERE flush_lsn IS NULL OR flush_lsn < %s::pg_lsn"
_STANDBY_SECONDS = 30.0


class RotationError(Exception):
    """The rotation cannot be done or completed; no key was lost. The sentence says why."""


def rotate(url: str, keys: MasterKeys, progress: Progress = no_progress) -> int:
    """Wrap every key of the vault by a new master key, destroy the old ones and return the new one's version.

    Continues an interrupted rotation, if there is one. Raises ``RotationError``.
    """
    options = connection_string(url, seconds=None)
    with psycopg.connect(options, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = on")
        _lock(connection)
        newest = _newest(connection, keys)
        old = {version: path for version, path in keys.files().items() if version != newest}
        time.sleep(SETTLE_SECONDS)
        _close(connection, list(old))
        while _any_other(connection, newest):
            _rewrap_all(connection, keys.reload(), newest, progress)
        _await_standbys(connection)
        for path in old.values():
            destroy(path)
        connection.execute(_RECORD_DESTRUCTION, [list(keys.reload())])
    return newest


def _lock(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(_LOCK).fetchone()
    if row is None or not row[0]:
        raise RotationError("The master key is being rotated already; wait until that has ended.")


def _newest(connection: psycopg.Connection[Any], keys: MasterKeys) -> int:
    """Return the version to wrap by: that of an interrupted rotation, or a new one."""
    files = list(keys.files())
    if len(files) > 1:
        newest = files[-1]
    else:
        (highest,) = connection.execute(_HIGHEST).fetchone() or (0,)
        newest = max(highest, *files) + 1
        if newest > MAX_VERSION:
            raise RotationError(
                f"The master key has had {MAX_VERSION} versions, and a version must fit in one byte:"
                " this release cannot rotate it again. The service goes on with the present key."
            )
    for version in (*files, newest):
        connection.execute(_RECORD, [version])
    keys.add(newest)
    return newest


def _close(connection: psycopg.Connection[Any], old: Sequence[int]) -> None:
    """Refuse new keys wrapped by these versions: a later append of one is refused as busy."""
    with connection.transaction():
        connection.execute(_LOCK_APPENDS)
        connection.execute(_CLOSE, [list(old)])


def _await_standbys(connection: psycopg.Connection[Any]) -> None:
    """Wait until every standby has all rewrapped keys: if one took over without them, keys would not open."""
    (now,) = connection.execute("SELECT pg_current_wal_lsn()").fetchone() or (None,)
    until = time.monotonic() + _STANDBY_SECONDS
    while connection.execute(_BEHIND, [now]).fetchone() != (0,):
        if time.monotonic() > until:
            raise RotationError(
                "A standby does not have all rewrapped keys yet, or lapor_app may not see its state (GRANT"
                " pg_read_all_stats TO lapor_app). No master key was destroyed; run this again."
            )
        time.sleep(_STANDBY_SECONDS / 100)


def _any_other(connection: psycopg.Connection[Any], newest: int) -> bool:
    """Whether a key of the vault is wrapped by another version."""
    return connection.execute(_ANY_OTHER, [newest]).fetchone() is not None


def _rewrap_all(
    connection: psycopg.Connection[Any], keys: dict[int, MasterKey], newest: int, progress: Progress
) -> None:
    """Rewrap the vault's keys, a few rows at a time. Raises ``RotationError`` if one does not unwrap."""
    (total,) = connection.execute(_COUNT).fetchone() or (0,)
    stream, done = UUID(int=0), 0
    while page := connection.execute(_PAGE, [stream, BATCH], binary=True).fetchall():
        old = [(owner, wrapped) for owner, wrapped in page if wrapped[0] != newest]
        if old:
            rewrapped = [_rewrap(owner, wrapped, keys, keys[newest]) for owner, wrapped in old]
            streams, before = zip(*old, strict=True)
            connection.execute(_REWRAP, [UuidArray(streams), ByteaArray(before), ByteaArray(rewrapped)])
        stream, done = page[-1][0], done + len(page)
        progress(done, total)


def _rewrap(stream: UUID, wrapped: bytes, keys: dict[int, MasterKey], newest: MasterKey) -> bytes:
    key = keys.get(wrapped[0])
    if key is None:
        raise RotationError(
            f"The key of {stream} was wrapped by master key {wrapped[0]}, which is not here: put its file"
            " back, or erase that stream, which nobody can read. No master key was destroyed."
        )
    try:
        return key.rewrap(stream, wrapped, newest)
    except ValueError as error:
        raise RotationError(
            f"The key of {stream} does not unwrap: {error}. No master key was destroyed."
        ) from None
