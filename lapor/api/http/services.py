"""What the front doors are given to work with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from lapor.audit.conformance import Conformance
from lapor.audit.data_protection.access_report import Accesses
from lapor.audit.data_protection.breach_report import Breaches
from lapor.audit.data_protection.subject_access import Copies
from lapor.audit.exports.service import Exporting


@dataclass(frozen=True)
class Services:
    """The application's services, and the few things a door reads directly.

    ``health`` gives what ``/health/ready`` says; its ``ready`` is the verdict. ``demo`` is a file of accounts
    that anybody may see, in demo mode only.
    """

    complaints: Complaints
    finder: Finder
    showing: Showing
    ombudsman_package: OmbudsmanPackage
    agencies: Agencies
    officers: Officers
    calendars: Calendars
    policies: Policies
    moving: Moving
    retention: Retentions
    families: Families
    backlogs: Backlogs
    dashboards: Dashboards
    lists: Lists
    log: LogReading
    proofs: Proofs
    exports: Exporting
    conformance: Conformance
    accesses: Accesses
    breaches: Breaches
    copies: Copies
    head: Callable[[], int]
    health: Callable[[], dict[str, Any]]
    zone: str
    demo: Path | None = None
