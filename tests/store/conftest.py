"""Data folders for the tests of the embedded PostgreSQL: an empty one, and one that was used before."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .own_server import Use, another_user, open_to_passage, server


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
    """Yield a data folder that was used before and is used by nobody now."""
    yield cluster
    if (cluster / "postgres" / "postmaster.pid").exists():
        with server(cluster):  # the last one out stops what a failed test left running
            pass


@pytest.fixture
def use(folder: Path) -> Iterator[Use]:
    """Yield a function that starts another user of the server, and returns it and the postmaster's id."""
    users = []

    def start() -> tuple[subprocess.Popen[str], int]:
        user = another_user(folder)
        users.append(user)
        assert user.stdout is not None
        return user, int(user.stdout.readline())

    yield start
    for user in users:
        user.communicate()
