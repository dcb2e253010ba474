"""The files that an embedded PostgreSQL puts into its data folder, and the permissions on them."""

import shutil
from pathlib import Path

import psycopg
import pytest

from .own_server import alive, command, do, mode, pid_of, server


def test_a_fresh_folder_gets_a_private_database_on_a_private_socket(place: Path) -> None:
    with server(place / "deep" / "var") as it:
        events = command(
            it,
            "SELECT current_database(), pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate,"
            " current_setting('listen_addresses'), current_setting('data_checksums'),"
            " current_setting('timezone'), current_setting('jit')"
            " FROM pg_database WHERE datname = current_database()",
        )
        assert events == ("lapor", "postgres", "UTF8", "C", "", "on", "UTC", "off")
        assert mode(it.folder) in {0o700, 0o710}  # 0710 lets the user pass that root runs the server as
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


def test_a_long_path_gets_a_socket_in_a_short_private_folder(cluster: Path, place: Path) -> None:
    folder = place / ("long " * 16).strip()
    shutil.copytree(cluster / "postgres", folder / "postgres")
    with server(folder) as it:
        short = Path((folder / "socket").read_text().strip())
        url = it.url
        assert command(it, "SELECT 1") == (1,)
        assert mode(short) == 0o700
        assert (short / ".s.PGSQL.5432").is_socket()

    short.rmdir()
    with server(folder) as it:
        assert it.url == url
        assert command(it, "SELECT 1") == (1,)
    short.chmod(0o755)  # no longer ours alone
    with server(folder) as it:
        another = Path((folder / "socket").read_text().strip())
        assert another != short
    for path in (short, another):
        path.rmdir()


def test_a_half_made_cluster_is_thrown_away(place: Path) -> None:
    (place / "postgres.new-killed").mkdir()
    (place / "postgres.new-killed" / "PG_VERSION").write_text("18\n")

    with server(place) as it:
        assert command(it, "SELECT 1") == (1,)
    assert not list(place.glob("postgres.new-*"))
