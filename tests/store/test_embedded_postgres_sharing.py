"""All processes that use a data folder share one embedded PostgreSQL, and the last one out stops it."""

import os
import signal
from pathlib import Path

import pytest

from .own_server import Use, alive, another_user, command, eventually, pid_of, server


def test_two_commands_share_the_server_and_the_last_one_out_stops_it(folder: Path, use: Use) -> None:
    first, pid = use()
    with server(folder) as second:
        assert second.pid == pid
        first.communicate()
        assert command(second, "SELECT 1") == (1,)
    assert not alive(pid)


def test_many_who_come_at_once_to_an_empty_folder_get_one_server(place: Path) -> None:
    users = [another_user(place / "var") for _ in range(4)]
    pids = {int(user.stdout.readline()) for user in users if user.stdout is not None}
    for user in users:
        user.communicate()

    assert len(pids) == 1
    assert not alive(pids.pop())
    assert [user.returncode for user in users] == [0] * 4


def test_a_killed_user_leaves_a_server_that_the_next_one_uses_and_stops(folder: Path, use: Use) -> None:
    user, pid = use()
    user.kill()
    user.wait()
    assert alive(pid)

    with server(folder) as it:
        assert it.pid == pid
    assert not alive(pid)


def test_a_server_restarted_by_another_user_is_not_restarted_again(folder: Path) -> None:
    with server(folder) as one, server(folder) as two:
        os.kill(pid_of(one), signal.SIGKILL)
        assert eventually(one.ensure_running)
        assert not two.ensure_running()
        assert one.pid == two.pid


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
