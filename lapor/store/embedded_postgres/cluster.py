"""The cluster, PostgreSQL's own folder of files: its version, creation and configuration."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from lapor.store.embedded_postgres.account import Account
from lapor.store.embedded_postgres.address import OWNER
from lapor.store.embedded_postgres.binaries import major_version
from lapor.store.embedded_postgres.data_folder import DataFolder
from lapor.store.embedded_postgres.errors import EmbeddedPostgresError, failure

MAJOR_WITH_BUILTIN_LOCALE = 17

# Written into postgresql.conf once, so that operators may change them there.
DEFAULTS = MappingProxyType(
    {
        "max_connections": "100",
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "random_page_cost": "1.1",
        "max_wal_size": "1GB",
        "wal_compression": "on",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        # A statement or a DETAIL may contain a citizen's words; the log must not outlive their erasure.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
)


def check_version(data: DataFolder, bin_folder: Path) -> None:
    """Refuse a cluster that another major version of PostgreSQL made."""
    if not data.has_cluster():
        return
    made_by = (data.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    ours = major_version(bin_folder, Account())
    if made_by != ours:
        raise EmbeddedPostgresError(
            f"The database in {data.cluster} was made by PostgreSQL {made_by}, but these binaries are "
            f"version {ours}; name the bin folder of version {made_by} in LAPOR_PG_BIN, or move the data "
            f"with pg_upgrade, or dump it with version {made_by} and restore it into a new folder."
        )


def create_cluster(data: DataFolder, bin_folder: Path, account: Account, settings: Mapping[str, str]) -> None:
    """Make the cluster under another name and then rename it: a kill on the way leaves no half cluster."""
    if data.cluster.exists():
        raise EmbeddedPostgresError(f"{data.cluster} holds no PostgreSQL database; move it away.")
    for leftover in data.path.glob("postgres.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=data.path))
    try:
        account.take(new)
        words = _initdb(new, major_version(bin_folder, account), sync=settings.get("fsync") != "off")
        done = account.run(str(bin_folder / "initdb"), *words)
        if done.returncode != 0:
            raise failure(data.path, "could not be created", done.stderr)
        _configure(new)
        new.rename(data.cluster)
        _sync_folder(data.path)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _initdb(folder: Path, major: str, *, sync: bool) -> list[str]:
    """Return the words after ``initdb``."""
    words = ["-D", str(folder), f"--username={OWNER}", "--auth-local=trust", "--auth-host=reject"]
    words += ["--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"]
    if int(major) >= MAJOR_WITH_BUILTIN_LOCALE:
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not sync:
        words += ["--no-sync"]
    return words


def _configure(folder: Path) -> None:
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as config:
        config.write("\n# Lapor's\n")
        config.writelines(f"{name} = '{value}'\n" for name, value in DEFAULTS.items())
        config.flush()
        os.fsync(config.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
