"""Puts the house together. The only module that knows all others."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from lapor.api.app import create_app
from lapor.api.requests import LONGEST
from lapor.api.services import Services
from lapor.application.agencies import Agencies
from lapor.application.backlogs import Backlogs
from lapor.application.calendars import Calendars
from lapor.application.complaints import Complaints
from lapor.application.dashboards import Dashboards
from lapor.application.desk import Desk, PlainDesk
from lapor.application.directory import Directory
from lapor.application.exporting.exporting import Exporting
from lapor.application.family import Families
from lapor.application.finding import Finder
from lapor.application.lists import Lists
from lapor.application.log_reading import LogReading
from lapor.application.moving import Moving
from lapor.application.officers import Officers
from lapor.application.policies import Policies
from lapor.application.proofs import Proofs
from lapor.application.retention import Retentions
from lapor.application.showing import Showing
from lapor.audit.conformance import Conformance
from lapor.audit.ledger.sealer import Sealer
from lapor.audit.protection.accesses import Accesses
from lapor.audit.protection.breach import Breaches
from lapor.audit.protection.copies import Copies
from lapor.domain.working_time import INDONESIAN_HOURS, Hours
from lapor.health import Health
from lapor.reactions.reactor import Reactor
from lapor.settings import SettingError, Settings
from lapor.store import servers
from lapor.store.credentials import Credentials
from lapor.store.database import Connection, Database
from lapor.store.log import Log
from lapor.store.master_keys import MasterKeys
from lapor.store.migrate import migrate
from lapor.store.postgres_log import PostgresLog
from lapor.store.private_server import PrivateServer
from lapor.store.seal import secret_file
from projections.schema import prepare as prepare_projections
from projections.schema import prune as prune_projections


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
        showing=Showing(desk, finder, complaints),
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
        prepare_projections(connection, zone=zone)
    return applied


def prune(url: str) -> list[str]:
    """Drop the projections' tables of other releases; which. None of those may still run."""
    with Connection.connect(url, autocommit=True, connect_timeout=5) as connection:
        return prune_projections(connection)


def refuse_one_server(settings: Settings, url: str) -> None:
    """Raise ``SettingError`` where a synchronous standby is required and what is committed is on none."""
    if settings.require_sync and (lacks := servers.look(url).lacks):
        raise SettingError(f"LAPOR_REQUIRE_SYNC is on, and {lacks}.")
