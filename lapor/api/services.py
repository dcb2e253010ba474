"""What the front doors are given to work with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lapor.application.agencies import Agencies
from lapor.application.backlogs import Backlogs
from lapor.application.calendars import Calendars
from lapor.application.complaints import Complaints
from lapor.application.dashboards import Dashboards
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
from lapor.audit.protection.accesses import Accesses
from lapor.audit.protection.breach import Breaches
from lapor.audit.protection.copies import Copies


@dataclass(frozen=True)
class Services:
    """The application's services, and the few things a door reads directly.

    ``health`` gives what ``/health/ready`` says; its ``ready`` is the verdict. ``demo`` is a file of accounts
    that anybody may see, in demo mode only.
    """

    complaints: Complaints
    finder: Finder
    showing: Showing
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
