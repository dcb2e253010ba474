"""Commands about projections and reactions, and how far they have followed the log."""

import getpass
from dataclasses import asdict
from typing import Any

import click

from lapor.cli.shared.common import (
    REBUILD_PHASES,
    TableColumn,
    answer_json,
    columns,
    json_option,
    open_database,
    open_services,
    progress_bars,
    settings_option,
    show_table,
)
from lapor.operations.health import reactions_warnings
from lapor.reactions.timers import Timers
from lapor.settings import Settings
from projections.catalogue import named, status
from projections.engine.bookmarks import skip as skip_event
from projections.running import rebuild as rebuilding

_STATUS = columns("name", "version", "position", "lag", "failure")
_STOPPED = "Stopped; finished parts are kept. `lapor rebuild` continues here, with --anew from the start."


@click.group(invoke_without_command=True)
@json_option
@settings_option
@click.pass_context
def projections(context: click.Context, settings: Settings, *, as_json: bool) -> None:
    """Show each projection's version, position, lag and failure."""
    if context.invoked_subcommand is not None:
        return
    with open_services(settings) as running:
        states: list[dict[str, Any]] = [asdict(each) for each in status(running.database)]
    if as_json:
        answer_json(states)
        return
    show_table(_STATUS, states)


@projections.command()
@click.argument("name")
@click.argument("position", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why. It is stored in clear: write no name.")
@settings_option
def skip(settings: Settings, name: str, position: int, reason: str) -> None:
    """Let projection NAME skip the event at POSITION for good, and go on; the log stays whole."""
    with open_services(settings) as running:
        head = running.application.log.head()
        if position > head:
            raise click.ClickException(f"The log ends at position {head}.")
        with running.database.connection() as connection:
            skip_event(connection, named(name), position, reason=reason, by=getpass.getuser())
    click.echo(f"'{name}' passes over position {position} from now on.", err=True)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--anew", is_flag=True, help="Discard the finished parts of a stopped rebuild.")
@settings_option
def rebuild(settings: Settings, names: tuple[str, ...], *, anew: bool) -> None:
    """Build projections again next to the live ones, then swap; all of them, or those in NAMES.

    A stopped rebuild continues where it was.
    """
    with open_database(settings) as url, progress_bars(*REBUILD_PHASES) as (show, indexing):
        try:
            head = rebuilding.rebuild(url, names, anew=anew, progress=show, indexing=indexing)
        except KeyboardInterrupt as stop:
            raise click.ClickException(_STOPPED) from stop
    click.echo(f"Rebuilt up to position {head}.", err=True)


@click.command()
@json_option
@settings_option
def reactions(settings: Settings, *, as_json: bool) -> None:
    """Show the timers of reminders, escalation and the end by silence: late, due, failed, last fired."""
    with open_services(settings) as running:
        state = Timers(running.database).state(running.application.clock())
    if as_json:
        answer_json(state and asdict(state))
        return
    for warning in reactions_warnings(state):
        click.echo(f"lapor: {warning}", err=True)
    if state is not None:
        rows = [{"name": name.replace("_", " "), "value": value} for name, value in asdict(state).items()]
        show_table([TableColumn("name", ""), TableColumn("value", "")], rows)
