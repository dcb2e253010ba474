"""Parts that commands share: the database, the operator, options, tables, JSON, instants."""

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec
from rich.console import Console
from rich.progress import Progress as ProgressBar
from rich.table import Table

from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.vocabulary import ErasureBasis, Role
from lapor.progress import Progress
from lapor.settings import Settings

if TYPE_CHECKING:
    from lapor.bootstrap import RunningServices

OPERATOR = Caller("system:operator", (RoleAssignment(Role.ADMINISTRATOR), RoleAssignment(Role.AUDITOR)))
"""Anyone who can run commands next to the database: manages people and reads, but sees no reporter's name."""

PROTECTOR = Caller("system:operator", (RoleAssignment(Role.DPO),))
"""The operator doing what a data protection officer has decided; copies that are taken are events."""

F = TypeVar("F", bound=Callable[..., Any])
_DATA = click.Path(path_type=Path, file_okay=False)


def settings_option(command: F) -> F:
    """Pass ``settings`` to a command, read from the environment and ``--data``."""

    @click.option("--data", type=_DATA, help="Folder of the private database (LAPOR_DATA; default: var).")
    @functools.wraps(command)
    def with_settings(*args: Any, data: Path | None, **kwargs: Any) -> Any:
        return command(*args, settings=Settings.from_environment(data=data), **kwargs)

    return with_settings  # type: ignore[return-value]


json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
basis_option = click.option(
    "--basis",
    type=click.Choice([each.value for each in ErasureBasis]),
    required=True,
    help="The legal basis.",
)
reference_option = click.option("--reference", help="A file number. It is stored in clear: write no name.")


@contextlib.contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """Yield the URL of the database that the settings name. A private one is started and migrated first.

    Modules of this package import ``lapor.bootstrap`` when a command runs: it imports the API and every
    service, which takes as long as all that ``--help`` needs.
    """
    from lapor import bootstrap  # noqa: PLC0415 - see above

    with bootstrap.database_url(settings) as url:
        if settings.database_url is None:
            bootstrap.prepare(url, settings.timezone)
        yield url


@contextlib.contextmanager
def open_services(settings: Settings) -> Iterator["RunningServices"]:
    """Yield the services on the database that the settings name, with what the log holds by now."""
    from lapor import bootstrap  # noqa: PLC0415 - see open_database

    with open_database(settings) as url:
        running = bootstrap.build(settings, url)
        try:
            running.application.catch_up()
            yield running
        finally:
            running.database.close()


def answer_json(value: Any) -> None:
    click.echo(msgspec.json.encode(value).decode())


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: the key of its value in a row, its heading, and how the value is written."""

    name: str
    heading: str | None = None
    """The name, if there is no other."""
    write: Callable[[Any], object] = lambda value: value
    """Applied to values other than None."""

    def cell(self, row: Mapping[str, Any]) -> str:
        """Return the text of a cell: a dash for None or a missing value, an instant to the minute."""
        value = row.get(self.name)
        text = None if value is None else self.write(value)
        if text is None:
            return "–"
        return text.isoformat(sep=" ", timespec="minutes") if isinstance(text, datetime) else str(text)


def columns(*names: str) -> list[TableColumn]:
    """Return columns whose headings are the names of their values."""
    return [TableColumn(name) for name in names]


def percent(share: float) -> str:
    return f"{share:.1%}"


def words(values: Iterable[object]) -> str:
    return " ".join(map(str, values))


def show_table(table: Sequence[TableColumn], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print a table on a terminal, or tab-separated lines without headings to a file or a pipe."""
    console = Console()
    cells = ([column.cell(row) for column in table] for row in rows)
    if not console.is_terminal:
        for line in cells:
            click.echo("\t".join(line))
        return
    drawn = Table(*(column.name if column.heading is None else column.heading for column in table))
    for line in cells:
        drawn.add_row(*line)
    console.print(drawn)


@contextlib.contextmanager
def progress_bars(*phases: str) -> Iterator[list[Progress]]:
    """Show a bar for each phase on stderr; yield the functions that move them."""
    with ProgressBar(console=Console(stderr=True)) as bars:

        def mover(says: str) -> Progress:
            task = bars.add_task(says, visible=False)  # until there is something to do
            return lambda done, of: bars.update(task, completed=done, total=of, visible=True)

        yield [mover(says) for says in phases]


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """Show a bar on stderr; yield the function that moves it."""
    with progress_bars(what) as (show,):
        yield show


REBUILD_PHASES = "Folding the log", "Indexing the tables"
"""The phases of ``rebuild`` and ``build_lacking``: ``progress`` and ``indexing``."""


class InstantParam(click.ParamType[datetime]):
    """An instant with its offset, such as 2026-03-12T10:00:00+07:00."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no instant; write it like 2026-03-12T10:00:00+07:00.", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"'{value}' has no offset; add one, such as +07:00 or Z.", param, ctx)
        return instant


class InstantOrDayParam(InstantParam):
    """An instant, or a date such as 2026-03-12."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        with contextlib.suppress(TypeError, ValueError):
            return date.fromisoformat(value)
        return super().convert(value, param, ctx)
