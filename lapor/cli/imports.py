"""The command that imports complaints with their history: import."""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.progress import Progress

from lapor.cli.shared.common import (
    TableColumn,
    answer_json,
    json_option,
    open_services,
    settings_option,
    show_table,
)
from lapor.domain.deadlines.policy import NO_LIMITS, SP4N_2018
from lapor.domain.errors import BusyError, UnreachableError
from lapor.importing.batches import Import
from lapor.importing.mapped_csv import mapped_csv
from lapor.importing.mapping import FieldMapping, MappingError, read_mapping
from lapor.importing.myla311 import ZONE, myla311
from lapor.importing.reader import read
from lapor.importing.records import Format, RowProblem
from lapor.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True, readable=True)
_TALLY = [
    TableColumn("what"),
    TableColumn(
        "count", "how many", lambda count: ", ".join(map(str, count)) if isinstance(count, list) else count
    ),
]
_POLICIES = {"none": NO_LIMITS, SP4N_2018.id: SP4N_2018}


class ImportReport:
    """The CSV file of lines that were rejected or kept with a remark, written only if there are any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self._file: IO[str] | None = None

    def tell(self, problem: RowProblem) -> None:
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(["line", "number", "what", "reason"])
        what = "rejected" if problem.rejected else "kept"
        csv.writer(self._file).writerow([problem.line, problem.number, what, problem.reason])
        self.lines += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


@click.command("import")
@click.argument("file", type=_FILE)
@click.option("--format", "name", type=click.Choice(["myla311", "csv"]), required=True)
@click.option("--map", "map_file", type=_FILE, help="How the file's columns are read (TOML).")
@click.option(
    "--policy", type=click.Choice(sorted(_POLICIES)), default="none", show_default=True,
    help="The policy for the deadlines of past complaints.",
)  # fmt: skip
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Where rejected lines are reported [default: FILE.report.csv].",
)  # fmt: skip
@json_option
@settings_option
def import_(
    settings: Settings,
    file: Path,
    *,
    name: str,
    map_file: Path | None,
    policy: str,
    report_file: Path | None,
    as_json: bool,
) -> None:
    """Import complaints with their history from FILE. Repeating it changes nothing.

    Rejected lines are reported with their number and the reason; the exit code is then 1.
    """
    form = _format(name, map_file, settings.timezone)
    report = ImportReport(report_file or _report_path(file))
    try:
        with open_services(settings) as running, _progress(file) as advance:
            importing = Import(running.application, form, _POLICIES[policy], report.tell)
            tally = importing.run(read(file, form, advance))
    except (BusyError, UnreachableError) as error:
        raise click.ClickException(
            "The database does not answer. Run the same command again: what is stored is passed over."
        ) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or file}: {error.strerror}.") from error
    finally:
        report.close()
    counts: dict[str, Any] = {**tally.as_json(), "report": str(report.path) if report.lines else None}
    if as_json:
        answer_json(counts)
    else:
        show_table(_TALLY, [{"what": what, "count": value} for what, value in counts.items() if value])
    if report.lines:
        click.echo(
            f"{tally.rejected} lines were not taken, {tally.noted} kept with a remark: see {report.path}.",
            err=True,
        )
    if tally.rejected:
        raise SystemExit(1)


def _format(name: str, map_file: Path | None, zone: str) -> Format:
    try:
        mapping = read_mapping(map_file) if map_file else FieldMapping()
    except MappingError as error:
        raise click.BadParameter(str(error), param_hint="--map") from error
    if name == "csv":
        return mapped_csv(mapping, zone)
    return myla311(mapping.agencies, mapping.zone or ZONE)


def _report_path(file: Path) -> Path:
    """Return the report's path: next to the file, or in this folder if that one cannot be written to."""
    report = file.with_name(f"{file.name}.report.csv")
    return report if os.access(file.parent, os.W_OK) else Path(report.name)


@contextmanager
def _progress(file: Path) -> Iterator[Any]:
    """Show a bar on stderr; yield the function that is called with the number of bytes just read."""
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(f"Importing {file.name}", total=file.stat().st_size)
        yield lambda size: bar.advance(task, size)
