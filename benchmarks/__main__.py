"""Measure everything on a PostgreSQL of its own, with the settings that production has."""

import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks import create, rebuild
from benchmarks.figures import show
from lapor.bootstrap import prepare
from lapor.store.private_server import PrivateServer


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="lapor-bench-") as folder:
        Path(folder).chmod(0o711)
        data = Path(folder) / "data"
        with PrivateServer(data) as server:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE rebuilding")
            rebuilding = make_conninfo(server.url, dbname="rebuilding")
            prepare(server.url)
            prepare(rebuilding)
            assert server.pid is not None
            figures = create.measure(server.url, server.pid, str(data))
            figures += rebuild.measure(rebuilding)
    show(figures)


if __name__ == "__main__":
    main()
