"""Run all benchmarks, or the named ones, on a PostgreSQL server of their own with production settings."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks import command, create, exports, importing, ledger, reactions, rebuild, scale, starting
from benchmarks.day import CLOCK
from benchmarks.figures import Figure, keep, show
from lapor.bootstrap import prepare
from lapor.store.embedded_postgres import EmbeddedPostgres


def main(names: list[str]) -> None:
    """Run each benchmark on a database of its own, all on the same day."""
    os.environ["LAPOR_CLOCK"] = CLOCK
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="lapor-bench-") as folder:
        Path(folder).chmod(0o711)
        data = Path(folder) / "data"
        with EmbeddedPostgres(data) as server:
            assert server.pid is not None
            postmaster = server.pid
            parts: dict[str, Callable[[str], list[Figure]]] = {
                "create": lambda url: create.measure(url, postmaster, str(data)),
                "rebuild": rebuild.measure,
                "starting": lambda _: starting.measure(),
                "reactions": reactions.measure,
                "ledger": ledger.measure,
                "command": lambda url: command.measure(url, postmaster),
                "scale": scale.measure,
                "exports": exports.measure,
                "importing": lambda url: importing.measure(url, str(data)),
            }
            for name in names or parts:
                with psycopg.connect(server.url, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE bench_{name}".encode())
                url = make_conninfo(server.url, dbname=f"bench_{name}")
                prepare(url)
                found = parts[name](url)
                show(found)
                keep(figures := [*figures, *found])


if __name__ == "__main__":
    main(sys.argv[1:])
