"""The checks of `lapor doctor`: every condition that Lapor's guarantees depend on."""

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from lapor.ledger import tiles
from lapor.operations.health import STALE_SECONDS, ledger_warnings, reactions_warnings
from lapor.reactions.timers import Timers
from lapor.settings import Settings
from lapor.store.database import Connection, Database, connection_string
from lapor.store.migrate import pending
from lapor.store.replication import read_state
from lapor.store.table_sizes import table_sizes
from lapor.store.vault.master_keys import MasterKeys, key_files
from projections.catalogue import PROJECTIONS, status
from projections.engine.schema import tables_of_others
from projections.running.heartbeat import seconds_since_beat

OK, WARN, BAD = "ok", "warning", "bad"
_WANTED = {
    "fsync": ("on", BAD, "acknowledged events are lost in a power failure"),
    "full_page_writes": ("on", BAD, "a torn page loses events"),
    "synchronous_commit": ("on remote_write remote_apply", BAD, "acknowledged events may be lost"),
    "data_checksums": ("on", WARN, "damage on the disk goes unnoticed"),
    "TimeZone": ("UTC", WARN, "times in logs are hard to compare"),
}
_FEW_BYTES = 1 << 30
_LARGEST = 6  # tables that are named
_SKEW_SECONDS = 2.0
_ROTATED_WITHIN = timedelta(days=30)
_MASTER_KEYS = "SELECT version, made_at, erased_since FROM vault.master_key WHERE closed_at IS NULL"


@dataclass(frozen=True)
class CheckResult:
    """The result of one check; ``verdict`` is ok, warning or bad."""

    verdict: str
    what: str
    finding: str


def examine(settings: Settings, url: str) -> list[CheckResult]:
    """Return the results of all checks; a check that fails is a bad result of its own."""
    checks: list[Callable[[Settings, str], Iterator[CheckResult]]] = [
        _schema,
        _server,
        _standby,
        _rights,
        _clock,
        _projections,
        _keys,
        _disk,
    ]
    results: list[CheckResult] = []
    for check in checks:
        try:
            results += check(settings, url)
        except Exception as error:  # noqa: BLE001 - the next check may still succeed
            reason = str(error).partition("\n")[0]
            results.append(CheckResult(BAD, check.__name__.strip("_"), f"cannot be checked: {reason}"))
    return results


def _query(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(connection_string(url)) as connection:
        return connection.execute(query.encode()).fetchall()


def _schema(_: Settings, url: str) -> Iterator[CheckResult]:
    missing = pending(url)
    yield (
        CheckResult(BAD, "schema", f"run lapor migrate: {', '.join(missing)}")
        if missing
        else CheckResult(OK, "schema", "up to date")
    )


def _server(_: Settings, url: str) -> Iterator[CheckResult]:
    for name, (wanted, otherwise, why) in _WANTED.items():
        ((value,),) = _query(url, f"SHOW {name}")
        good = value in wanted.split()
        yield CheckResult(OK if good else otherwise, name, value if good else f"{value}: {why}")


def _standby(settings: Settings, url: str) -> Iterator[CheckResult]:
    with psycopg.connect(connection_string(url)) as connection:
        server = read_state(connection)
    if settings.require_sync or server.stalled:
        yield CheckResult(BAD if server.problem else OK, "standby", server.problem or "has all commits")
    else:
        yield CheckResult(OK, "standby", "none is required (LAPOR_REQUIRE_SYNC)")


def _rights(_: Settings, url: str) -> Iterator[CheckResult]:
    ((may,),) = _query(
        url,
        "SELECT has_table_privilege(current_user, 'event', 'UPDATE')"
        " OR has_table_privilege(current_user, 'event', 'DELETE')"
        " OR has_table_privilege(current_user, 'event', 'TRUNCATE')",
    )
    says = "can change stored events" if may else "can only add events"
    yield CheckResult(BAD if may else OK, "the service's role", says)


def _clock(settings: Settings, url: str) -> Iterator[CheckResult]:
    ((database_time,),) = _query(url, "SELECT clock_timestamp()")
    skew = abs((datetime.now(UTC) - database_time).total_seconds())
    yield CheckResult(WARN if skew > _SKEW_SECONDS else OK, "clock", f"{skew:.1f} s from the database's")
    if settings.clock is not None:
        yield CheckResult(BAD, "LAPOR_CLOCK", "is set: time is not real; for tests and simulation only")


def _projections(settings: Settings, url: str) -> Iterator[CheckResult]:
    database = Database(url, connections=1)
    try:
        for projection in status(database):
            yield CheckResult(
                OK if projection.failure is None else BAD,
                f"projection {projection.name}",
                projection.failure or f"{projection.lag} behind",
            )
        age = seconds_since_beat(database)
        reactions = Timers(database).state(settings.make_clock()())
        with database.connection() as connection:
            sealed = tiles.state(connection)
    finally:
        database.close()
    alive = age is not None and age < STALE_SECONDS
    yield CheckResult(
        OK if alive else WARN, "feeder", "alive" if alive else "no sign of life: start lapor work"
    )
    warnings = reactions_warnings(reactions)
    yield CheckResult(WARN if warnings else OK, "reactions", " ".join(warnings) or "in time")
    warnings = ledger_warnings(sealed)
    yield CheckResult(
        WARN if warnings else OK, "ledger", " ".join(warnings) or f"{sealed and sealed.size} events sealed"
    )


def _keys(settings: Settings, url: str) -> Iterator[CheckResult]:
    masters = key_files(settings.master_key_path) or {1: settings.master_key_path}
    for what, path in (
        *(("master key", path) for path in masters.values()),
        ("secret", settings.secret_key_path),
        ("signing key", settings.signing_key_path),
    ):
        if not path.exists():
            yield CheckResult(WARN, what, "will be made at the first start")
            continue
        loose = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        yield CheckResult(
            BAD if loose else OK, what, "others can read its file" if loose else "only its owner can read it"
        )
    if key_files(settings.master_key_path):
        for stream, wrapped in _query(url, "SELECT stream, wrapped_key FROM vault.subject LIMIT 1"):
            MasterKeys.from_files(settings.master_key_path).unwrap(stream, wrapped)
            yield CheckResult(OK, "vault", "opens with this master key")
        yield from _rotation(settings, url)


def _rotation(settings: Settings, url: str) -> Iterator[CheckResult]:
    """Check the master key's age, and whether an old copy of the database still opens data erased since."""
    versions = key_files(settings.master_key_path)
    if len(versions) > 1:
        yield CheckResult(WARN, "rotation", "was not finished: run lapor keys rotate")
    for version, made_at, erased_since in _query(url, _MASTER_KEYS):
        if version != max(versions):
            continue
        age = f"version {max(versions)}, {(datetime.now(UTC) - made_at).days} days old"
        if erased_since is not None and datetime.now(UTC) - erased_since > _ROTATED_WITHIN:
            yield CheckResult(
                WARN,
                "master key",
                f"{age}: with it an old copy of the database still opens data that were erased since"
                f" {erased_since:%Y-%m-%d}; run lapor keys rotate",
            )
        else:
            yield CheckResult(OK, "master key", age)


def _disk(settings: Settings, url: str) -> Iterator[CheckResult]:
    folder = settings.data if settings.data.exists() else Path.cwd()
    free = shutil.disk_usage(folder).free
    yield CheckResult(WARN if free < _FEW_BYTES else OK, "disk", f"{_gib(free)} free")
    with Connection.connect(connection_string(url)) as connection:
        sizes, others = table_sizes(connection), tables_of_others(connection, PROJECTIONS)
    largest = ", ".join(f"{name} {_gib(size)}" for name, size in [*sizes.items()][:_LARGEST])
    yield CheckResult(OK, "tables", f"{_gib(sum(sizes.values()))}: {largest}")
    if others:
        size = sum(sizes.get(name, 0) for name in others)
        yield CheckResult(
            OK, "other releases", f"their tables take {_gib(size)}; lapor migrate --prune drops them"
        )


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
