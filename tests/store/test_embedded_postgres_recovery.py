"""An embedded PostgreSQL that was killed, cut off or lost comes back with its rows, or says why not."""

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from lapor.store.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

from .own_server import Use, alive, command, do, eventually, pid_of, server


def test_a_committed_row_is_there_at_the_next_start(folder: Path) -> None:
    with server(folder) as it:
        do(it, "CREATE TABLE kept AS SELECT 1 AS position")
    with server(folder) as it:
        assert command(it, "SELECT position FROM kept") == (1,)


def test_a_killed_server_comes_back_with_every_committed_row(folder: Path) -> None:
    with EmbeddedPostgres(folder, settings={"shared_buffers": "16MB"}) as it:
        do(it, "CREATE TABLE event AS SELECT generate_series(1, 1000) AS position")
        old = pid_of(it)
        assert not it.ensure_running()
        with psycopg.connect(it.url) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        for pid in (old, *(row[0] for row in rows)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        assert eventually(it.ensure_running)
        assert it.pid != old
        assert command(it, "SELECT count(*) FROM event") == (1000,)
        assert not it.ensure_running()


def test_a_killed_postmaster_is_replaced_although_its_backends_still_work(folder: Path) -> None:
    with server(folder) as it:
        connection = psycopg.connect(it.url)
        connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 4000000)")  # about 0.5 s
        working = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%4000000)' AND state = 'active'"
        assert eventually(lambda: command(it, working) == (1,))
        os.kill(pid_of(it), signal.SIGKILL)
        assert eventually(it.ensure_running)
        connection.close()
        assert "pre-existing shared memory block" in it.log.read_text()
        assert command(it, "SELECT 1") == (1,)


def test_a_pid_file_that_names_another_living_program_is_no_server(folder: Path) -> None:
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n/nowhere\n1\n5432\n\n\n\nready\n")

    with server(folder) as it:
        assert it.pid != os.getppid()


def test_a_server_whose_socket_was_thrown_away_is_started_again(folder: Path, use: Use) -> None:
    user, pid = use()
    user.kill()
    shutil.rmtree(folder / "run")

    with server(folder) as it:
        assert it.pid != pid
        assert not alive(pid)
        assert command(it, "SELECT 1") == (1,)


def test_a_lost_cluster_is_not_replaced_by_an_empty_one(folder: Path) -> None:
    with server(folder) as it:
        pid = pid_of(it)
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not alive(pid))
        it.cluster.rename(folder / "away")
        with pytest.raises(EmbeddedPostgresError, match="has vanished; put it back"):
            it.ensure_running()
        (folder / "away").rename(it.cluster)
        assert it.ensure_running()
