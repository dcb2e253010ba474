"""The group of all commands, and the sentences that report their errors."""

import sys
from typing import Any

import click
import psycopg

from lapor.cli.shared.lazy_group import LazyCommand, LazyGroup
from lapor.domain.errors import Refusal
from lapor.ledger.tiles import LedgerError
from lapor.settings import SettingError
from lapor.store.embedded_postgres import EmbeddedPostgresError
from lapor.store.migrate import MigrationError
from lapor.store.vault.key_rotation import RotationError
from projections.engine.errors import ProjectionError

_REPORTED = (
    SettingError,
    MigrationError,
    EmbeddedPostgresError,
    ProjectionError,
    LedgerError,
    RotationError,
)
"""Errors whose sentences are for people."""

COMMANDS = {
    "access-report": LazyCommand(
        "lapor.cli.data_protection:access_report",
        "List each access to personal data: to whose, by whom, when and why.",
    ),
    "agency": LazyCommand("lapor.cli.agencies_officers:agency", "Agencies."),
    "backlog": LazyCommand(
        "lapor.cli.backlog_history:backlog", "Show the backlog of an AGENCY, most urgent first."
    ),
    "breach-report": LazyCommand(
        "lapor.cli.data_protection:breach_report",
        "Report whose data became known, when and how, for the notice within 3 × 24 hours (JSON).",
    ),
    "calendar": LazyCommand(
        "lapor.cli.calendars_policies:calendar", "The calendar by which working days are counted."
    ),
    "checkpoint": LazyCommand(
        "lapor.cli.ledger:checkpoint",
        "Seal the log up to its head and print the newest checkpoint: it proves the log to its holder.",
    ),
    "conformance": LazyCommand(
        "lapor.cli.exports:conformance",
        "Report where complaints left the prescribed process, from the log alone; exit 1 if they did.",
    ),
    "demo": LazyCommand(
        "lapor.cli.demo:demo",
        "Simulate six months of a regency: agencies, officers, COMPLAINTS and all that became of them.",
    ),
    "doctor": LazyCommand(
        "lapor.cli.replay_doctor:doctor",
        "Check the installation: the database's settings and rights, keys, disk, clock, projections.",
    ),
    "due": LazyCommand(
        "lapor.cli.backlog_history:due",
        "Compute when something is due that begins at INSTANT and may take DAYS, or the limit of a --step.",
    ),
    "erase": LazyCommand(
        "lapor.cli.erasure_retention:erase",
        "Erase the personal data of the complaint CODE for ever. Shows related complaints, and asks.",
    ),
    "export": LazyCommand(
        "lapor.cli.exports:export",
        "Write the log's events to FILE (- is stdout), with the position at which they were taken.",
    ),
    "export-log": LazyCommand(
        "lapor.cli.ledger:export_log",
        "Write all events as they are stored to FILE, one JSON object a line, for `verify_ledger.py`.",
    ),
    "export-person": LazyCommand(
        "lapor.cli.data_protection:export_person",
        "Write all data about the reporter of a complaint to FILE: HTML if it is named so, else JSON.",
    ),
    "history": LazyCommand(
        "lapor.cli.backlog_history:history",
        "Show a complaint's events and its stage. CODE is its tracking code or id.",
    ),
    "hold": LazyCommand(
        "lapor.cli.erasure_retention:hold", "Legal holds, which keep personal data from being erased."
    ),
    "import": LazyCommand(
        "lapor.cli.imports:import_",
        "Import complaints with their history from FILE. Repeating it changes nothing.",
    ),
    "keys": LazyCommand(
        "lapor.cli.keys:keys", "The keys that seal personal data, and the key that signs checkpoints."
    ),
    "migrate": LazyCommand(
        "lapor.cli.serve:migrate",
        "Bring the database's schema and the projections' tables up to this release, and fill new ones.",
    ),
    "officer": LazyCommand("lapor.cli.agencies_officers:officer", "Officers."),
    "policy": LazyCommand("lapor.cli.calendars_policies:policy", "The policies that set deadlines."),
    "projections": LazyCommand(
        "lapor.cli.projections:projections", "Show each projection's version, position, lag and failure."
    ),
    "quality": LazyCommand(
        "lapor.cli.dashboards:quality", "Show how well complaints were handled in a period, by agency."
    ),
    "reactions": LazyCommand(
        "lapor.cli.projections:reactions",
        "Show the timers of reminders, escalation and the end by silence: late, due, failed, last fired.",
    ),
    "rebuild": LazyCommand(
        "lapor.cli.projections:rebuild",
        "Build projections again next to the live ones, then swap; all of them, or those in NAMES.",
    ),
    "replay": LazyCommand(
        "lapor.cli.replay_doctor:replay",
        "Fold the whole log again: count complaints by stage, or --check the stored projections.",
    ),
    "retention": LazyCommand(
        "lapor.cli.erasure_retention:retention", "The policy for how long personal data are kept."
    ),
    "serve": LazyCommand("lapor.cli.serve:serve", "Serve HTTP."),
    "sla": LazyCommand(
        "lapor.cli.dashboards:sla", "Show how promises were kept in a period, by agency and step."
    ),
    "token": LazyCommand("lapor.cli.agencies_officers:token", "Tokens."),
    "up": LazyCommand(
        "lapor.cli.up:up",
        "Run everything on this machine: private database, web and worker. Ctrl-C stops all of it.",
    ),
    "verify": LazyCommand(
        "lapor.cli.ledger:verify",
        "Recompute the ledger from the stored events; name the first position that does not fit, and exit 1.",
    ),
    "work": LazyCommand(
        "lapor.cli.serve:work",
        "Feed the projections and do the periodic tasks. Several may run; each task has one leader.",
    ),
}


class Commands(LazyGroup):
    """The group ``lapor``: reports a refusal as one sentence on stderr, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            says = refusal.sentence
        except _REPORTED as error:
            says = str(error)
        except psycopg.Error as error:
            says = f"The database says: {str(error).strip().partition(chr(10))[0]}."
        click.echo(f"lapor: {says}", err=True)
        sys.exit(1)


@click.group(cls=Commands, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lapor")
def main() -> None:
    """Complaint management for public services."""
