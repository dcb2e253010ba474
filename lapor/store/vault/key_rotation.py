"""Rotating the master key: the vault's keys are wrapped anew, then the old master key is destroyed.

A deleted row of the vault stays in write-ahead logs, on standbys and in backups. Once the master key that
wrapped it is gone, no copy of it opens anything; nor does any other copy of the vault older than this.

The service goes on meanwhile. Whatever breaks it off, the next call goes on: which files there are tells how
far it has come, and a key is wrapped by the newest or is not.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from lapor.store.database import connection_string
from lapor.store.pg_arrays import ByteaArray, UuidArray
from lapor.store.vault.master_keys import LOOKED_AT, MOST, MasterKeys
from lapor.store.vault.seal import MasterKey, destroy

BATCH = 100
"""Keys in a statement: whoever writes the same rows waits for it."""
SETTLED = 2 * LOOKED_AT
"""Seconds after which every process wraps by a key that is there."""
_ALONE = "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || '.lapor_rotation', 0))"
_APPENDS = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.lapor_append', 0))"
_KNOWN = "SELECT coalesce(max(version), 0) FROM vault.master_key"
_MADE = "INSERT INTO vault.master_key (version) VALUES (%s) ON CONFLICT DO NOTHING"
_CLOSE = "UPDATE vault.master_key SET closed_at = coalesce(closed_at, now()) WHERE version = ANY(%s)"
_DESTROYED = """
    UPDATE vault.master_key SET destroyed_at = now()
     WHERE closed_at IS NOT NULL AND destroyed_at IS NULL AND version <> ALL(%s)
"""
_PAGE = "SELECT stream, wrapped_key FROM vault.subject WHERE stream > %s ORDER BY stream LIMIT %s"
_REWRAP = """
    UPDATE vault.subject SET wrapped_key = u.anew
      FROM unnest(%b::uuid[], %b::bytea[], %b::bytea[]) AS u (stream, old, anew)
     WHERE subject.stream = u.stream AND subject.wrapped_key = u.old
"""
_OTHERS = "SELECT 1 FROM vault.subject WHERE get_byte(wrapped_key, 0) <> %s LIMIT 1"
_ALL = "SELECT count(*) FROM vault.subject"
_BEHIND = "SELECT count(*) FROM pg_stat_replication WHERE flush_lsn IS NULL OR flush_lsn < %s::pg_lsn"
_PATIENCE = 30.0  # seconds for standbys
Progress = Callable[[int, int], None]


class RotationError(Exception):
    """It cannot be done, or not to its end; nothing was lost. The sentence says why."""


def rotate(url: str, keys: MasterKeys, progress: Progress = lambda _, __: None) -> int:
    """Wrap every key of the vault by a new master key and destroy the old ones; the new one's version.

    Goes on with a rotation that was broken off, if there is one. Raises ``RotationError``.
    """
    options = connection_string(url, seconds=None)
    with psycopg.connect(options, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = on")
        _alone(connection)
        newest = _newest(connection, keys)
        old = {version: path for version, path in keys.files().items() if version != newest}
        time.sleep(SETTLED)
        _close(connection, list(old))
        while _wrapped_otherwise(connection, newest):
            _rewrap_all(connection, keys.look(), newest, progress)
        _await_standbys(connection)
        for path in old.values():
            destroy(path)
        connection.execute(_DESTROYED, [list(keys.look())])
    return newest


def _alone(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(_ALONE).fetchone()
    if row is None or not row[0]:
        raise RotationError("The master key is being rotated already; wait for that.")


def _newest(connection: psycopg.Connection[Any], keys: MasterKeys) -> int:
    """The version to wrap by: that of a rotation that was broken off, or a new one."""
    files = list(keys.files())
    if len(files) > 1:
        newest = files[-1]
    else:
        (known,) = connection.execute(_KNOWN).fetchone() or (0,)
        newest = max(known, *files) + 1
        if newest > MOST:
            raise RotationError(
                f"The master key was rotated {MOST} times: its version fits in no byte any more."
            )
    for version in (*files, newest):
        connection.execute(_MADE, [version])
    keys.add(newest)
    return newest


def _close(connection: psycopg.Connection[Any], old: Sequence[int]) -> None:
    """Let nothing new be wrapped by these: who brings such a thing later is told to try again."""
    with connection.transaction():
        connection.execute(_APPENDS)
        connection.execute(_CLOSE, [list(old)])


def _await_standbys(connection: psycopg.Connection[Any]) -> None:
    """Wait until every standby has it all: one that took over without it would hold keys that stay shut."""
    (now,) = connection.execute("SELECT pg_current_wal_lsn()").fetchone() or (None,)
    until = time.monotonic() + _PATIENCE
    while connection.execute(_BEHIND, [now]).fetchone() != (0,):
        if time.monotonic() > until:
            raise RotationError(
                "A standby does not have all of it yet, or may not be looked at (GRANT pg_read_all_stats TO"
                " lapor_app). No master key was destroyed; run this again."
            )
        time.sleep(_PATIENCE / 100)


def _wrapped_otherwise(connection: psycopg.Connection[Any], newest: int) -> bool:
    return connection.execute(_OTHERS, [newest]).fetchone() is not None


def _rewrap_all(
    connection: psycopg.Connection[Any], keys: dict[int, MasterKey], newest: int, progress: Progress
) -> None:
    """Go through the vault once, a few rows at a time. Raises ``RotationError`` for a key that stays shut."""
    (total,) = connection.execute(_ALL).fetchone() or (0,)
    stream, done = UUID(int=0), 0
    while page := connection.execute(_PAGE, [stream, BATCH], binary=True).fetchall():
        old = [(each, wrapped) for each, wrapped in page if wrapped[0] != newest]
        if old:
            anew = [_rewrapped(each, wrapped, keys, keys[newest]) for each, wrapped in old]
            streams, before = zip(*old, strict=True)
            connection.execute(_REWRAP, [UuidArray(streams), ByteaArray(before), ByteaArray(anew)])
        stream, done = page[-1][0], done + len(page)
        progress(done, total)


def _rewrapped(stream: UUID, wrapped: bytes, keys: dict[int, MasterKey], newest: MasterKey) -> bytes:
    key = keys.get(wrapped[0])
    if key is None:
        raise RotationError(
            f"The key of {stream} was wrapped by master key {wrapped[0]}, which is not here: put its file"
            " back, or erase what nobody can read. No master key was destroyed."
        )
    try:
        return key.rewrap(stream, wrapped, newest)
    except ValueError as error:
        raise RotationError(
            f"The key of {stream} does not unwrap: {error}. No master key was destroyed."
        ) from None
