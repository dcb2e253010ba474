"""The composition root: builds the services of one process. The only module that knows all others."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from lapor.api.app import create_app
from lapor.api.http.request_context import LONGEST
from lapor.api.http.services import Services
from lapor.application.application import KeylessApplication, LaporApplication
from lapor.application.commands.agencies import Agencies
from lapor.application.commands.calendars import Calendars
from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.commands.deadline_moves import DeadlineMoves
from lapor.application.commands.officers import Officers
from lapor.application.commands.ombudsman_package import OmbudsmanPackage
from lapor.application.commands.retention import RetentionCommands
from lapor.application.commands.sla_policies import SlaPolicies
from lapor.application.queries.backlog import BacklogQueries
from lapor.application.queries.complaint import ComplaintQueries
from lapor.application.queries.complaint_lists import ComplaintLists
from lapor.application.queries.dashboards import DashboardQueries
from lapor.application.queries.event_log import EventLogQueries
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.queries.proofs import Proofs
from lapor.application.queries.related import RelatedComplaints
from lapor.application.queries.retention import RetentionQueries
from lapor.application.reference_data import ReferenceData
from lapor.audit.conformance import Conformance
from lapor.audit.data_protection.access_report import AccessReports
from lapor.audit.data_protection.breach_report import BreachReports
from lapor.audit.data_protection.subject_access import SubjectAccess
from lapor.audit.exports.service import Exports
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Hours
from lapor.ledger.sealer import Sealer
from lapor.operations.health import Health
from lapor.reactions.scheduler import Scheduler
from lapor.settings import SettingError, Settings
from lapor.store import replication
from lapor.store.access_tokens import AccessTokens
from lapor.store.database import Connection, Database
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.event_log import EventLog
from lapor.store.migrate import migrate
from lapor.store.postgres_event_log import PostgresEventLog
from lapor.store.table_sizes import read_table_sizes
from lapor.store.vault.master_keys import MasterKeys
from lapor.store.vault.seal import secret_file
from projections.catalogue import PROJECTIONS
from projections.engine.schema import prepare as prepare_projections
from projections.engine.schema import prune as prune_projections


def office_hours(settings: Settings) -> Hours:
    """Return the coordinating office's hours: those of Perpres 21/2023 in the regency's zone.

    Raises ``SettingError`` if there is no such zone.
    """
    try:
        return Hours(settings.timezone, INDONESIAN_HOURS.week)
    except ValueError as error:
        raise SettingError(f"LAPOR_TIMEZONE is '{settings.timezone}': {error}") from error


def make_scheduler(settings: Settings, database: Database) -> Scheduler:
    """Return the scheduler, on a database of its own. It needs no key."""
    reference_data = ReferenceData(office_hours(settings))
    clock = settings.make_clock()
    return Scheduler(
        database, KeylessApplication(PostgresEventLog(database), clock=clock, reference_data=reference_data)
    )


def make_sealer(settings: Settings, database: Database) -> Sealer:
    """Return the sealer of the log. The signing key is made at the first seal."""
    return Sealer(
        database, key=settings.signing_key_path, kept=settings.checkpoints_path, origin=settings.origin
    )


def make_application(settings: Settings, log: EventLog) -> LaporApplication:
    """Return the application that all commands share. The two key files are made at the first start."""
    reference_data = ReferenceData(office_hours(settings))
    return LaporApplication(
        log,
        MasterKeys.from_files(settings.master_key_path),
        clock=settings.make_clock(),
        reference_data=reference_data,
        receipt_secret=secret_file(settings.secret_key_path),
        zone=settings.timezone,
    )


@dataclass(frozen=True)
class RunningServices:
    """A process's services on one database."""

    settings: Settings
    database: Database
    application: LaporApplication
    services: Services

    @property
    def app(self) -> Flask:
        settings = self.settings
        return create_app(self.services, limited=settings.limits, proxies=settings.trusted_proxies)


def build(settings: Settings, url: str) -> RunningServices:
    """Return the services over the database at ``url``, which ``prepare`` must have brought up to date."""
    database = Database(url, connections=settings.web_threads + 1)
    log = PostgresEventLog(database)
    application = make_application(settings, log)
    moving = DeadlineMoves(application, database)
    lookup, access_tokens = ComplaintLookup(application), AccessTokens(database)
    complaints = ComplaintCommands(application, lookup)
    proofs = Proofs(lookup, database)
    accesses = AccessReports(application, database, lookup)
    services = Services(
        complaints=complaints,
        lookup=lookup,
        complaint_queries=ComplaintQueries(application, lookup),
        ombudsman_package=OmbudsmanPackage(application, lookup, complaints),
        agencies=Agencies(application),
        officers=Officers(application, access_tokens),
        calendars=Calendars(application, moving),
        sla_policies=SlaPolicies(application, moving),
        deadline_moves=moving,
        retention=RetentionCommands(application, database),
        retention_queries=RetentionQueries(application, database),
        related=RelatedComplaints(application, lookup),
        backlog=BacklogQueries(application, database),
        dashboards=DashboardQueries(application, database),
        complaint_lists=ComplaintLists(application, database),
        event_log=EventLogQueries(application),
        proofs=proofs,
        exports=Exports(application, proofs.up_to),
        conformance=Conformance(application, proofs.up_to),
        access_reports=accesses,
        breach_reports=BreachReports(application, database, access_tokens),
        subject_access=SubjectAccess(application, lookup, complaints, accesses, access_tokens),
        head=log.head,
        health=Health(
            database,
            clock=lambda: application.clock(),  # noqa: PLW0108 - the demo replaces the clock
            require_sync=settings.require_sync,
            within=LONGEST,
        ),
        table_sizes=lambda: read_table_sizes(database),
        zone=settings.timezone,
        demo=settings.demo,
    )
    return RunningServices(settings, database, application, services)


@contextlib.contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """Yield the URL of the database: the one in the settings, or an embedded one that runs meanwhile."""
    if settings.database_url:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.data, bin_folder=settings.pg_bin) as server:
        yield server.url


def prepare(url: str, zone: str = INDONESIAN_HOURS.zone) -> list[str]:
    """Bring the schema and the projections' tables up to this release; return the names of the migrations.

    ``zone`` is the time zone in which dashboards count days.
    """
    with Connection.connect(url, autocommit=True, connect_timeout=5) as connection:
        applied = migrate(connection)
        prepare_projections(connection, PROJECTIONS, zone=zone)
    return applied


def prune(url: str) -> list[str]:
    """Drop the projections' tables of other releases, none of which may still run; return their names."""
    with Connection.connect(url, autocommit=True, connect_timeout=5) as connection:
        return prune_projections(connection, PROJECTIONS)


def refuse_one_server(settings: Settings, url: str) -> None:
    """Raise ``SettingError`` if a synchronous standby is required and commits do not reach one."""
    if settings.require_sync and (problem := replication.read_state_at(url).problem):
        raise SettingError(f"LAPOR_REQUIRE_SYNC is on, and {problem}.")
