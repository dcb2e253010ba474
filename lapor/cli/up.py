"""The command that runs everything on one machine."""

import os
import signal
import sys

import click
import psycopg

from lapor.cli.demo import account_lines, make_demo
from lapor.cli.serve import HOST, await_port, port_option
from lapor.cli.shared.common import REBUILD_PHASES, progress_bars, settings_option
from lapor.operations.supervisor import Supervisor, say
from lapor.settings import Settings
from lapor.store.embedded_postgres import EmbeddedPostgres
from projections.engine.errors import ProjectionError
from projections.running.backfill import build_lacking

_TRIES = 5  # to prepare a database that is being killed


def _lapor(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lapor", *arguments]


@click.command()
@click.option("--demo", is_flag=True, help="Make the demo first, once; `/` shows its accounts.")
@port_option
@settings_option
def up(settings: Settings, port: int, *, demo: bool) -> None:
    """Run everything on this machine: private database, web and worker. Ctrl-C stops all of it."""
    from lapor import bootstrap  # noqa: PLC0415 - see open_database

    await_port(HOST, port)
    signal.signal(signal.SIGTERM, _leave)
    commands = {"web": _lapor("serve", "--port", str(port)), "worker": _lapor("work")}
    if settings.database_url:
        bootstrap.refuse_one_server(settings, settings.database_url)  # first: a migration would wait for it
        bootstrap.prepare(settings.database_url, settings.timezone)
        _fill(settings.database_url)
        accounts = make_demo(settings) if demo else None
        sys.exit(_supervise(commands, settings, settings.database_url, port, accounts=accounts))
    with EmbeddedPostgres(settings.data, bin_folder=settings.pg_bin) as server:
        _prepare(server, settings.timezone)
        bootstrap.refuse_one_server(settings, server.url)
        accounts = make_demo(settings) if demo else None
        code = _supervise(commands, settings, server.url, port, server, accounts=accounts)
    sys.exit(code)


def _prepare(server: EmbeddedPostgres, zone: str) -> None:
    """Migrate the private database; start it again if it dies meanwhile."""
    from lapor import bootstrap  # noqa: PLC0415 - see open_database

    for attempt in range(1, _TRIES + 1):
        try:
            server.ensure_running()
            bootstrap.prepare(server.url, zone)
            _fill(server.url)
        except psycopg.OperationalError:
            if attempt == _TRIES:
                raise
        else:
            return


def _fill(url: str) -> None:
    """Fill the tables of a new release. The worker takes what cannot be folded; health reports it."""
    with progress_bars(*REBUILD_PHASES) as (show, indexing):
        try:
            build_lacking(url, progress=show, indexing=indexing)
        except ProjectionError as error:
            say(f"The projections could not be brought up to date: {error} It runs, and is not ready.")


def _leave(*_: object) -> None:
    """Exit at SIGTERM as at Ctrl-C, so that the private database is stopped too."""
    sys.exit(0)


def _supervise(
    commands: dict[str, list[str]],
    settings: Settings,
    url: str,
    port: int,
    server: object | None = None,
    *,
    accounts: dict[str, object] | None = None,
) -> int:
    say(f"Lapor runs on http://{HOST}:{port}  (its data: {settings.data}; Ctrl-C stops it)")
    say(f"The API is described on http://{HOST}:{port}/docs")
    env = {**os.environ, "LAPOR_DATABASE_URL": url, "LAPOR_DATA": str(settings.data.resolve())}
    env.pop("LAPOR_DEMO", None)  # accounts are shown with --demo only
    if accounts:
        env["LAPOR_DEMO"] = str((settings.data / "demo.json").resolve())
        say(f"Demo accounts, with requests to try on http://{HOST}:{port}/ (role, agency, name, token):")
        say("\n".join(account_lines(accounts)))
    else:
        say("Make yourself a coordinator: lapor officer add NAME --role coordinator --token")
    watch = getattr(server, "ensure_running", None)
    return Supervisor(commands, env=env, watch=watch).run()
