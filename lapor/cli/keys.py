"""Commands for keys: the master key, which wraps those of complaints, and the key that signs checkpoints."""

import click

from lapor.cli.ledger import open_sealer
from lapor.cli.shared.common import open_services, progress_bar, settings_option
from lapor.settings import Settings
from lapor.store.vault.key_rotation import rotate


@click.group()
def keys() -> None:
    """The keys that seal personal data, and the key that signs checkpoints."""


@keys.command("rotate")
@settings_option
def rotate_keys(settings: Settings) -> None:
    """Wrap every key with a new master key, then destroy the old one: old copies open nothing erased.

    The service may run meanwhile. If it is interrupted, it continues when it is called again. Nobody can open
    older copies of the vault afterwards: make a backup, and keep the new key's file elsewhere.
    """
    with open_services(settings) as running, progress_bar("Wrapping keys") as show:
        version = rotate(running.database.url, running.application.master_key, show)
        path = running.application.master_key.files()[version]
    click.echo(
        f"Master key {version} wraps all keys: keep a copy of {path} elsewhere, and make a backup now."
    )


@keys.command("signing")
@settings_option
def signing(settings: Settings) -> None:
    """Print the public keys that checkpoints are verified with, as vkeys; the last one signs now."""
    with open_sealer(settings) as sealer:
        sealer.checkpoint()
        for each in sealer.signing_keys():
            click.echo(each.key.vkey)


@keys.command("rotate-signing")
@click.option("--lost", is_flag=True, help="The old key is lost: only you vouch for the new one.")
@settings_option
def rotate_signing(settings: Settings, *, lost: bool) -> None:
    """Let a new key sign from now on; the old one signs the first checkpoint too. Prints the new vkey."""
    with open_sealer(settings) as sealer:
        key = sealer.rotate(lost=lost).key
    click.echo(key.vkey)
