"""Puts the house together. The only module that knows all others."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from lapor.api.app import create_app
from lapor.api.http.request_context import LONGEST
from lapor.api.http.services import Services
from lapor.application.application import Desk, PlainDesk
from lapor.application.commands.agencies import Agencies
from lapor.application.commands.calendars import Calendars
from lapor.application.commands.complaints import Complaints
from lapor.application.commands.deadline_moves import Moving
from lapor.application.commands.officers import Officers
from lapor.application.commands.ombudsman_package import OmbudsmanPackage
from lapor.application.commands.retention import Retentions
from lapor.application.commands.sla_policies import Policies
from lapor.application.queries.backlog import Backlogs
from lapor.application.queries.complaint import Showing
from lapor.application.queries.complaint_lists import Lists
from lapor.application.queries.dashboards import Dashboards
from lapor.application.queries.event_log import LogReading
from lapor.application.queries.lookup import Finder
from lapor.application.queries.proofs import Proofs
from lapor.application.queries.related import Families
from lapor.application.reference_data import Directory
from lapor.audit.conformance import Conformance
from lapor.audit.data_protection.access_report import Accesses
from lapor.audit.data_protection.breach_report import Breaches
from lapor.audit.data_protection.subject_access import Copies
from lapor.audit.exports.service import Exporting
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Hours
from lapor.ledger.sealer import Sealer
from lapor.operations.health import Health
from lapor.reactions.scheduler import Reactor
from lapor.settings import SettingError, Settings
from lapor.store import replication
from lapor.store.access_tokens import Credentials
from lapor.store.database import Connection, Database
from lapor.store.embedded_postgres import PrivateServer
from lapor.store.event_log import Log
from lapor.store.migrate import migrate
from lapor.store.postgres_event_log import PostgresLog
from lapor.store.vault.master_keys import MasterKeys
from lapor.store.vault.seal import secret_file
from projections.catalogue import PROJECTIONS
from projections.engine.schema import prepare as prepare_projections
from projections.engine.schema import prune as prune_projections


def office_hours(settings: Settings) -> Hours:
    """The coordinating office's hours: those of Perpres 21/2023 in the regency's zone."""
    try:
        return Hours(settings.timezone, INDONESIAN_HOURS.week)
    except ValueError as error:
        raise SettingError(f"LAPOR_TIMEZONE is '{settings.timezone}': {error}") from error


def make_reactor(settings: Settings, database: Database) -> Reactor:
    """What reacts to the passing of time, on a database of its own. It needs no key."""
    directory = Directory(office_hours(settings))
    clock = settings.make_clock()
    return Reactor(database, PlainDesk(PostgresLog(database), clock=clock, directory=directory))


def make_sealer(settings: Settings, database: Database) -> Sealer:
    """What seals the log. Makes the signing key at the first start."""
    return Sealer(
        database, key=settings.signing_key_path, kept=settings.checkpoints_path, origin=settings.origin
    )


def make_desk(settings: Settings, log: Log) -> Desk:
    """What decisions share. Makes the two key files at the first start."""
    directory = Directory(office_hours(settings))
    return Desk(
        log,
        MasterKeys.from_files(settings.master_key_path),
        clock=settings.make_clock(),
        directory=directory,
        receipt_secret=secret_file(settings.secret_key_path),
        zone=settings.timezone,
    )


@dataclass(frozen=True)
class House:
    """A process's services on one database."""

    settings: Settings
    database: Database
    desk: Desk
    services: Services

    @property
    def app(self) -> Flask:
        settings = self.settings
        return create_app(self.services, limited=settings.limits, proxies=settings.trusted_proxies)


def build(settings: Settings, url: str) -> House:
    """Services over the database at ``url``, which ``prepare`` has brought up to date."""
    _refuse_unsafe_library_mode()
    database = Database(url, connections=settings.web_threads + 1)
    log = PostgresLog(database)
    desk = make_desk(settings, log)
    moving = Moving(desk, database)
    finder, credentials = Finder(desk), Credentials(database)
    complaints = Complaints(desk, finder)
    proofs = Proofs(finder, database)
    accesses = Accesses(desk, database, finder)
    services = Services(
        complaints=complaints,
        finder=finder,
        showing=Showing(desk, finder),
        ombudsman_package=OmbudsmanPackage(desk, finder, complaints),
        agencies=Agencies(desk),
        officers=Officers(desk, credentials),
        calendars=Calendars(desk, moving),
        policies=Policies(desk, moving),
        moving=moving,
        retention=Retentions(desk, database),
        families=Families(desk, finder),
        backlogs=Backlogs(desk, database),
        dashboards=Dashboards(desk, database),
        lists=Lists(desk, database),
        log=LogReading(desk),
        proofs=proofs,
        exports=Exporting(desk, proofs.up_to),
        conformance=Conformance(desk, proofs.up_to),
        accesses=accesses,
        breaches=Breaches(desk, database, credentials),
        copies=Copies(desk, finder, complaints, accesses, credentials),
        head=log.head,
        health=Health(
            database,
            clock=lambda: desk.clock(),  # noqa: PLW0108 - a play changes it
            require_sync=settings.require_sync,
            within=LONGEST,
        ),
        zone=settings.timezone,
        demo=settings.demo,
    )
    return House(settings, database, desk, services)


def _refuse_unsafe_library_mode() -> None:
    if os.environ.get("POSTGRES_ENABLE_DB_FUNCTIONS"):
        raise SettingError(
            "POSTGRES_ENABLE_DB_FUNCTIONS is set: in that mode readers of the log miss facts. Unset it."
        )


@contextlib.contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The database to use: the one named, or a private one that runs at least as long as the context."""
    if settings.database_url:
        yield settings.database_url
        return
    with PrivateServer(settings.data, bin_folder=settings.pg_bin) as server:
        yield server.url


def prepare(url: str, zone: str = INDONESIAN_HOURS.zone) -> list[str]:
    """Bring the schema and the projections' tables up to this release; what was applied.

    ``zone`` is where the days begin that dashboards count.
    """
    with Connection.connect(url, autocommit=True, connect_timeout=5) as connection:
        applied = migrate(connection)
        prepare_projections(connection, PROJECTIONS, zone=zone)
    return applied


def prune(url: str) -> list[str]:
    """Drop the projections' tables of other releases; which. None of those may still run."""
    with Connection.connect(url, autocommit=True, connect_timeout=5) as connection:
        return prune_projections(connection, PROJECTIONS)


def refuse_one_server(settings: Settings, url: str) -> None:
    """Raise ``SettingError`` where a synchronous standby is required and what is committed is on none."""
    if settings.require_sync and (lacks := replication.look(url).lacks):
        raise SettingError(f"LAPOR_REQUIRE_SYNC is on, and {lacks}.")
