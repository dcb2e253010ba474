"""Logs of some thousand events, sealed at many sizes, on databases that the tests of a file share."""

import contextlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from benchmarks.histories import copy_in, life
from lapor.ledger.checkpoint_file import CheckpointFile
from lapor.ledger.sealer import Sealer
from lapor.ledger.signed_note import Checkpoint
from lapor.store.database import Database
from lapor.store.embedded_postgres import EmbeddedPostgres


@dataclass
class SealedLog:
    """A sealed log, and the checkpoints that an auditor kept of it. ``url`` is a superuser's."""

    url: str
    folder: Path
    size: int = 0
    kept: list[Checkpoint] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._database = Database(self.url, connections=3)
        self._chance = random.Random(5)
        self._shapes = itertools.cycle([life(number) for number in range(40)])
        self._open: list[tuple[UUID, list[tuple[int, str, bytes]]]] = []

    def sealer(self, **given: Any) -> Sealer:
        given = {"key": self.folder / "keys" / "signing", "kept": self.file.path} | given
        return Sealer(given.pop("database", self._database), **given)

    @property
    def file(self) -> CheckpointFile:
        return CheckpointFile(self.folder / "checkpoints")

    def add(self, events: int) -> None:
        """Append events of many complaints, each complaint's in order, mixed with the others'."""
        statement = "INSERT INTO event (position, stream, version, topic, state) VALUES (%s, %s, %s, %s, %s)"
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SELECT coalesce(max(position), 0) FROM event").fetchone()
            self.size = row[0] if row else 0
            for _ in range(events):
                while len(self._open) < 30:
                    self._open.append((uuid4(), list(next(self._shapes))))
                stream, rest = place = self._chance.choice(self._open)
                self.size += 1
                connection.execute(statement, [self.size, stream, *rest.pop(0)])
                if not rest:
                    self._open.remove(place)

    def close(self) -> None:
        self._database.close()


@pytest.fixture
def town(url: str, tmp_path: Path) -> Iterator[SealedLog]:
    """Yield an empty town for one test."""
    it = SealedLog(url, tmp_path)
    yield it
    it.close()


@pytest.fixture(scope="module")
def old_town(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedLog]:
    """Yield a town with 3,000 events, sealed at 60 sizes. The auditor kept three of the checkpoints."""
    with _town(server, tmp_path_factory.mktemp("town")) as it:
        for number in range(60):
            it.add(50 + (number % 7) - 3)
            checkpoint = it.sealer().checkpoint()
            if number in {20, 35, 50}:
                it.kept.append(checkpoint)
        yield it


@pytest.fixture(scope="module")
def long_town(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedLog]:
    """Yield a town with 72,500 events, more than one chunk of a verification."""
    with _town(server, tmp_path_factory.mktemp("long_town")) as it:
        it.size = copy_in(it.url, 10_000)
        it.kept.append(it.sealer().checkpoint())
        yield it


@contextlib.contextmanager
def _town(server: EmbeddedPostgres, folder: Path) -> Iterator[SealedLog]:
    name = f"town_{uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated".encode())
    it = SealedLog(psycopg.conninfo.make_conninfo(server.url, dbname=name), folder)
    yield it
    it.close()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
