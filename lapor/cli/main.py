"""The group of all commands, and how their errors are told."""

import sys
from typing import Any

import click
import psycopg

from lapor.cli import (
    auditing,
    demo,
    exporting,
    importing,
    keeping,
    keys,
    looking,
    people,
    performance,
    projecting,
    protecting,
    proving,
    rules,
    running,
    upping,
)
from lapor.domain.errors import Refusal
from lapor.settings import SettingError
from lapor.store.ledger import LedgerError
from lapor.store.migrate import MigrationError
from lapor.store.private_server import PrivateServerError
from lapor.store.rotation import RotationError
from projections.failures import ProjectionError

_SAID = (
    SettingError,
    MigrationError,
    PrivateServerError,
    ProjectionError,
    LedgerError,
    RotationError,
)
"""Errors whose sentences are for people."""


class Commands(click.Group):
    """Tells refusals as one sentence on stderr, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            says = refusal.sentence
        except _SAID as error:
            says = str(error)
        except psycopg.Error as error:
            says = f"The database says: {str(error).strip().partition(chr(10))[0]}."
        click.echo(f"lapor: {says}", err=True)
        sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lapor")
def main() -> None:
    """Complaint management for public services."""


_MODULES = (
    upping,
    running,
    people,
    rules,
    keeping,
    looking,
    auditing,
    proving,
    keys,
    protecting,
    performance,
    projecting,
    importing,
    exporting,
    demo,
)
for _module in _MODULES:
    for _command in _module.COMMANDS:
        main.add_command(_command)
