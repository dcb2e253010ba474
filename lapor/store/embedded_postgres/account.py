"""The account that the server runs as: PostgreSQL refuses root, so root runs it under another name."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lapor.store.embedded_postgres.data_folder import DataFolder
from lapor.store.embedded_postgres.errors import EmbeddedPostgresError


@dataclass(frozen=True, slots=True)
class Account:
    """An account to run as: words before the command, and a user and group id (None: our own)."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(
        self, *words: str, log: IO[bytes] | None = None, cwd: Path = Path("/")
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, in a session of its own, without our PG* variables."""
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return subprocess.run(  # noqa: S603 - PostgreSQL's programs, with arguments of this package
            [*self.prefix, *words],
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            env={**kept, "LC_ALL": "C", "TZ": "UTC"},
            cwd=cwd,
            umask=0o077,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if log is None else log,
            text=True,
            check=False,
        )

    def works(self, data: DataFolder, bin_folder: Path) -> bool:
        """Whether this account can enter the data folder and run the binaries."""
        attempt = 'cd -- "$1" && exec "$2" --version'
        words = ("/bin/sh", "-c", attempt, "sh", str(data.path), str(bin_folder / "postgres"))
        try:
            return self.run(*words).returncode == 0
        except OSError:
            return False

    def owns(self, status: os.stat_result) -> bool:
        return status.st_uid == (os.geteuid() if self.uid is None else self.uid)

    def take(self, path: Path) -> None:
        """Become the owner of `path` and all below, if this is another account than ours."""
        if self.uid is None or self.gid is None or self.owns(path.stat()):
            return
        for folder, _, names in os.walk(path):
            for name in (folder, *(os.path.join(folder, name) for name in names)):  # noqa: PTH118 - as os.walk returns names
                os.chown(name, self.uid, self.gid, follow_symlinks=False)


def choose_account(data: DataFolder, bin_folder: Path) -> Account:
    """Return the account to run as. PostgreSQL refuses root, so root runs it as the owner of the cluster.

    Root's own files are reached under another name: a user namespace in which our user id is nobody's.
    If that is forbidden, the cluster is given to nobody. Raises `EmbeddedPostgresError` if neither works.
    """
    if os.geteuid() != 0:
        return Account()
    nobody = find_nobody()
    owner = data.cluster.stat() if data.has_cluster() else None
    if owner is not None and owner.st_uid != 0:
        candidates = [Account(uid=owner.st_uid, gid=owner.st_gid)]
    else:
        renamed = ("unshare", "--user", f"--map-user={nobody.uid}", f"--map-group={nobody.gid}", "--")
        candidates = [Account(renamed), nobody]
    for candidate in candidates:
        if candidate.works(data, bin_folder) or (
            _let_pass(candidate, data.path) and candidate.works(data, bin_folder)
        ):
            return candidate
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root, and here root can neither make a user namespace nor let "
        f"another user reach {data.path} and {bin_folder}; start Lapor as an ordinary user, or "
        "name a database in LAPOR_DATABASE_URL."
    )


def find_nobody() -> Account:
    """Return an account that is not root's and has a name, since initdb asks for it."""
    try:
        user = pwd.getpwnam("nobody")
    except KeyError:
        user = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    return Account(uid=user.pw_uid, gid=user.pw_gid)


def _let_pass(account: Account, folder: Path) -> bool:
    """Let that account's group pass through a data folder only root can enter; no parent is changed."""
    status = folder.stat()
    if account.gid is None or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        return False
    os.chown(folder, -1, account.gid)
    folder.chmod(0o710)
    return True
