"""Commands that check an installation: replay and doctor."""

import sys
from dataclasses import asdict
from datetime import datetime

import click

from lapor.cli.shared.common import (
    InstantParam,
    TableColumn,
    answer_json,
    columns,
    json_option,
    open_database,
    progress_bar,
    settings_option,
    show_table,
)
from lapor.operations.doctor import examine
from lapor.settings import Settings
from projections.running import replay as replaying

_FINDINGS = [TableColumn("verdict", ""), *columns("what", "finding")]


@click.command()
@click.option("--at", type=InstantParam(), help="Only events dated up to this instant.")
@click.option("--check", "checking", is_flag=True, help="Compare with what is stored; exit 1 if it differs.")
@json_option
@settings_option
def replay(settings: Settings, at: datetime | None, *, checking: bool, as_json: bool) -> None:
    """Fold the whole log again: count complaints by stage, or --check the stored projections."""
    if checking and at is not None:
        raise click.UsageError("--check compares what is stored now; leave out --at.")
    with open_database(settings) as url, progress_bar("Folding the log") as show:
        if not checking:
            stages = replaying.stages_at(url, at, progress=show)
        else:
            events, found = replaying.check(url, progress=show)
    if not checking:
        if as_json:
            answer_json(stages)
        else:
            rows = [{"stage": stage, "complaints": count} for stage, count in sorted(stages.items())]
            show_table(columns("stage", "complaints"), rows)
        return
    if as_json:
        answer_json({"facts": events, "differences": [asdict(each) for each in found]})
    for each in found if not as_json else ():
        click.echo(f"{each.projection} {each.key} {each.what}")
    click.echo(f"{events} events folded; {len(found) or 'no'} differences.", err=True)
    sys.exit(1 if found else 0)


@click.command()
@json_option
@settings_option
def doctor(settings: Settings, *, as_json: bool) -> None:
    """Check the installation: the database's settings and rights, keys, disk, clock, projections."""
    from lapor import bootstrap  # noqa: PLC0415 - see open_database

    with bootstrap.database_url(settings) as url:  # as it is: a migration would hide what is wrong
        findings = examine(settings, url)
    rows = [asdict(each) for each in findings]
    answer_json(rows) if as_json else show_table(_FINDINGS, rows)
    sys.exit(1 if any(each.verdict == "bad" for each in findings) else 0)
