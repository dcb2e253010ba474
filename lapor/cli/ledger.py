"""Commands for proof: checkpoint, verify, export-log."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from lapor.cli.shared.common import answer_json, json_option, open_database, progress_bar, settings_option
from lapor.ledger.checkpoint_file import CheckpointFile
from lapor.ledger.log_export import export_log as exporting
from lapor.ledger.sealer import Sealer
from lapor.ledger.signed_note import Checkpoint, NoteError, PublicKey, parse_all
from lapor.ledger.trust import KeptCheckpoints
from lapor.ledger.verifier import verify as verifying
from lapor.settings import Settings
from lapor.store.database import Database

_FILE = click.Path(path_type=Path, dir_okay=False)
_READABLE = click.Path(path_type=Path, dir_okay=False, exists=True)


@contextlib.contextmanager
def open_sealer(settings: Settings) -> Iterator[Sealer]:
    from lapor import bootstrap  # noqa: PLC0415 - see open_database

    with open_database(settings) as url:
        database = Database(url, connections=2)
        try:
            yield bootstrap.make_sealer(settings, database)
        except OSError as error:
            raise click.ClickException(f"{error}.") from error
        finally:
            database.close()


@click.command()
@settings_option
def checkpoint(settings: Settings) -> None:
    """Seal the log up to its head and print the newest checkpoint: it proves the log to its holder."""
    with open_sealer(settings) as sealer:
        note = sealer.checkpoint().note()
    click.echo(note, nl=False)


@click.command()
@click.option(
    "--checkpoint", "files", type=_READABLE, multiple=True,
    help="A file with one or more checkpoints that you have kept; may be repeated.",
)  # fmt: skip
@click.option("--key", "vkeys", multiple=True, help="A public key that you know to be the log's, as vkey.")
@click.option("--forms", is_flag=True, help="Also decode every state: slower.")
@json_option
@settings_option
def verify(
    settings: Settings, files: tuple[Path, ...], vkeys: tuple[str, ...], *, forms: bool, as_json: bool
) -> None:
    """Recompute the ledger from the stored events; name the first position that does not fit, and exit 1."""
    own = CheckpointFile(settings.checkpoints_path)
    try:
        keys = [PublicKey.of_vkey(each) for each in vkeys]
        kept = [KeptCheckpoints(str(path), _in_order(path), named=True) for path in files]
        with open_database(settings) as url, progress_bar("Verifying the log") as show:
            kept.append(KeptCheckpoints(str(own.path), own.notes(), named=False))
            report = verifying(url, kept=kept, keys=keys, forms=forms, progress=show)
    except NoteError as error:
        raise click.ClickException(str(error)) from error
    bad = report.first_bad
    if as_json:
        answer_json(
            {
                "sound": report.sound,
                "facts": report.events,
                "sealed": report.sealed,
                "checkpoints": report.checkpoints,
                "unnamed": report.unnamed,
                "first_bad": {"from": bad[0], "to": bad[1]} if bad else None,
                "findings": [asdict(each) for each in report.findings],
            }
        )
    else:
        for each in report.findings:
            click.echo(each.says)
    if bad:
        where = f"position {bad[0]}" if bad[0] == bad[1] else f"a position between {bad[0]} and {bad[1]}"
        click.echo(f"The first that does not fit: {where}.", err=True)
    more = f", {report.unnamed} more" if report.unnamed else ""
    click.echo(
        f"{report.events} events, {report.sealed} of them sealed, {report.checkpoints} checkpoints:"
        f" {len(report.findings) or 'no'} findings{more}.",
        err=True,
    )
    sys.exit(0 if report.sound else 1)


def _in_order(path: Path) -> list[Checkpoint]:
    """Return the checkpoints of a file, the smallest first. Raises ``NoteError``."""
    found = sorted(parse_all(path.read_text(encoding="utf-8")), key=lambda each: each.size)
    if not found:
        raise NoteError(f"{path} holds no checkpoint.")
    return found


@click.command("export-log")
@click.argument("file", type=_FILE)
@settings_option
def export_log(settings: Settings, file: Path) -> None:
    """Write all events as they are stored to FILE, one JSON object a line, for `verify_ledger.py`."""
    with open_database(settings) as url, progress_bar("Writing the log") as show:
        try:
            count = exporting(url, file, progress=show)
        except OSError as error:
            raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
    click.echo(f"{count} events.", err=True)
