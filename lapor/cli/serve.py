"""Commands that run the parts of the service: migrate, serve, work."""

import errno
import os
import socket
import tempfile
import threading
import time

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from lapor.cli.shared.common import REBUILD_PHASES, progress_bars, settings_option
from lapor.operations.supervisor import end_with_parent, say
from lapor.settings import Settings
from projections.running.backfill import build_lacking

HOST, PORT = "127.0.0.1", 8000
_BACKLOG, _BACKPRESSURE = 1024, 256
_PATIENCE = 5.0  # seconds to wait for a port
_WORKERS_GRACE = 8  # seconds for the requests under way, when the server is stopped
port_option = click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, envvar="PORT"
)


def await_port(host: str, port: int) -> None:
    """Wait a few seconds until a port is free. Raises ``ClickException`` if it stays in use.

    The web server shares its port with any process that asks for it (SO_REUSEPORT): two would take turns.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise click.ClickException(f"Port {port} of {host}: {error.strerror}.") from error
            else:
                return
        time.sleep(_PATIENCE / 50)


@click.command()
@click.option("--prune", is_flag=True, help="Drop the projections' tables of other releases, once none runs.")
@settings_option
def migrate(settings: Settings, *, prune: bool) -> None:
    """Bring the database's schema and the projections' tables up to this release, and fill new ones."""
    from lapor import bootstrap  # noqa: PLC0415 - see open_database

    with bootstrap.database_url(settings) as url, progress_bars(*REBUILD_PHASES) as (show, indexing):
        done = [
            *bootstrap.prepare(url, settings.timezone),
            *(f"filled {name}" for name in build_lacking(url, progress=show, indexing=indexing)),
            *(f"dropped {name}" for name in (bootstrap.prune(url) if prune else ())),
        ]
    click.echo("\n".join(done) if done else "Nothing to do.", err=True)


@click.command()
@click.option("--host", default=HOST, show_default=True)
@port_option
@settings_option
def serve(settings: Settings, host: str, port: int) -> None:
    """Serve HTTP."""
    from lapor import bootstrap  # noqa: PLC0415 - see open_database

    end_with_parent()
    await_port(host, port)
    if not settings.limits:
        say("WARNING: LAPOR_LIMITS=off: nobody is kept from guessing receipts or filing without end.")
    with (
        bootstrap.database_url(settings) as url,
        tempfile.TemporaryDirectory(prefix="lapor-metrics-") as metrics,
    ):
        os.environ |= {
            "LAPOR_DATABASE_URL": url,
            "LAPOR_DATA": str(settings.data.resolve()),
            "PROMETHEUS_MULTIPROC_DIR": metrics,  # the workers' counters, summed when read
        }
        bootstrap.refuse_one_server(settings, url)
        Granian(
            "lapor.wsgi:app",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.web_workers,
            blocking_threads=settings.web_threads,
            backlog=_BACKLOG,
            backpressure=_BACKPRESSURE,
            respawn_failed_workers=True,
            workers_kill_timeout=_WORKERS_GRACE,
            log_level=LogLevels.warning,
        ).serve()


@click.command()
@settings_option
def work(settings: Settings) -> None:
    """Feed the projections and do the periodic tasks. Several may run; each task has one leader."""
    from lapor.worker import run  # noqa: PLC0415 - see open_database

    end_with_parent()
    run(settings, threading.Event())
