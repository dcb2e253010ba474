"""Commands for auditors: export and conformance."""

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

import click

from lapor.application.application import CommandRequest
from lapor.audit.conformance.json_report import write_json
from lapor.audit.exports import FORMS
from lapor.audit.exports.period import Days
from lapor.audit.exports.service import ExportSelection
from lapor.cli.shared.common import OPERATOR, json_option, open_services, progress_bar, settings_option
from lapor.domain.export import ExportFormat
from lapor.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])
_FORMATS = click.Choice([form.value for form in ExportFormat])
_STDOUT = Path("-")


@click.command()
@click.argument("form", metavar="ocel|xes|csv|xlsx", type=_FORMATS)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--from", "first", type=_DAY, help="First local day of the events.")
@click.option("--to", "last", type=_DAY, help="Last local day, included.")
@click.option("--agency", help="Only complaints in which this agency (code or id) has a part.")
@click.option("--with-identities", "identities", is_flag=True, help="Include people's names; needs a reason.")
@click.option("--reason", help="Why; it is recorded, sealed.")
@click.option(
    "--token-file", type=click.File(), help="File with the caller's token; without it the operator exports."
)
@settings_option
def export(
    settings: Settings,
    form: str,
    file: Path,
    *,
    first: datetime | None,
    last: datetime | None,
    agency: str | None,
    identities: bool,
    reason: str | None,
    token_file: IO[str] | None,
) -> None:
    """Write the log's events to FILE (- is stdout), with the position at which they were taken.

    It holds nothing personal. The log records it before anything is written. Names need the token of a data
    protection officer and a reason.
    """
    written = FORMS[ExportFormat(form)]
    if file == _STDOUT and not written.streams:
        raise click.UsageError(
            f"{form} cannot be written to stdout: its contents' table comes last. Name a file."
        )
    days = Days(first.date() if first else None, last.date() if last else None)
    wanted = ExportSelection(days, agency, identities, reason)
    with (
        open_services(settings) as running,
        _target(file) as target,
        progress_bar(f"Exporting {form}") as show,
    ):
        token = token_file.read().strip() if token_file else None
        caller = running.services.officers.caller(token) if token_file else OPERATOR
        exports = running.services.exports
        order = exports.begin(ExportFormat(form), wanted, CommandRequest(caller))
        for piece in written.write(order, exports.read_streams(order, show)):
            target.write(piece)
    click.echo(f"Taken at position {order.made.position}; recorded at {order.position}.", err=True)


@contextlib.contextmanager
def _target(file: Path) -> Iterator[IO[bytes]]:
    """Yield the file to write to. It is there as a whole at the end, or not at all."""
    if file == _STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        draft.replace(file)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


@click.command()
@click.option("--from", "first", type=_DAY, help="First local day of the findings.")
@click.option("--to", "last", type=_DAY, help="Last local day, included.")
@click.option(
    "--minutes", type=click.IntRange(0, 1440), default=5, show_default=True,
    help="A closing is too soon within so many minutes of an answer or a routing.",
)  # fmt: skip
@json_option
@settings_option
def conformance(
    settings: Settings, first: datetime | None, last: datetime | None, minutes: int, *, as_json: bool
) -> None:
    """Report where complaints left the prescribed process, from the log alone; exit 1 if they did."""
    days = Days(first.date() if first else None, last.date() if last else None)
    with open_services(settings) as running, progress_bar("Checking the log") as show:
        report = running.services.conformance.check(OPERATOR, days, minutes, show)
        if as_json:
            for piece in write_json(report):
                click.echo(piece, nl=False)
            click.echo()
        else:
            for each in report.findings:
                who = f"{each.by} ({each.role})" + (", imported" if each.imported else "")
                at = each.at.isoformat(sep=" ", timespec="seconds")
                click.echo("\t".join([str(each.position), each.code or "–", each.found, each.says, who, at]))
    for found, count in sorted(report.counts.items()):
        click.echo(f"{count} × {found}", err=True)
    breaches = "1 breach" if report.breaches == 1 else f"{report.breaches or 'no'} breaches"
    click.echo(f"{report.events} events up to position {report.position}; {breaches}.", err=True)
    sys.exit(1 if report.breaches else 0)
