"""The group of all commands, and how their errors are told."""

import sys
from typing import Any

import click
import psycopg

from lapor.cli import (
    agencies_officers,
    backlog_history,
    calendars_policies,
    dashboards,
    data_protection,
    demo,
    erasure_retention,
    exports,
    imports,
    keys,
    replay_doctor,
    serve,
    up,
)
from lapor.cli import ledger as proving
from lapor.cli import projections as projecting
from lapor.domain.errors import Refusal
from lapor.ledger.tiles import LedgerError
from lapor.settings import SettingError
from lapor.store.embedded_postgres import EmbeddedPostgresError
from lapor.store.migrate import MigrationError
from lapor.store.vault.key_rotation import RotationError
from projections.engine.errors import ProjectionError

_SAID = (
    SettingError,
    MigrationError,
    EmbeddedPostgresError,
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
    up,
    serve,
    agencies_officers,
    calendars_policies,
    erasure_retention,
    backlog_history,
    replay_doctor,
    proving,
    keys,
    data_protection,
    dashboards,
    projecting,
    imports,
    exports,
    demo,
)
for _module in _MODULES:
    for _command in _module.COMMANDS:
        main.add_command(_command)
