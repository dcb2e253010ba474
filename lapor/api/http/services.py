"""The application's services, as the API uses them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from lapor.audit.conformance import Conformance
from lapor.audit.data_protection.access_report import AccessReports
from lapor.audit.data_protection.breach_report import BreachReports
from lapor.audit.data_protection.subject_access import SubjectAccess
from lapor.audit.exports.service import Exports


@dataclass(frozen=True)
class Services:
    """The services, and the few things that a resource reads directly.

    ``head`` returns the log's last position. ``health`` returns the answer of ``/health/ready``, with the
    verdict in ``ready``; ``table_sizes`` the bytes of each table. ``zone`` is the IANA zone of local
    days. ``demo`` is a file of accounts that anyone may see, in demo mode only.
    """

    complaints: ComplaintCommands
    lookup: ComplaintLookup
    complaint_queries: ComplaintQueries
    ombudsman_package: OmbudsmanPackage
    agencies: Agencies
    officers: Officers
    calendars: Calendars
    sla_policies: SlaPolicies
    deadline_moves: DeadlineMoves
    retention: RetentionCommands
    retention_queries: RetentionQueries
    related: RelatedComplaints
    backlog: BacklogQueries
    dashboards: DashboardQueries
    complaint_lists: ComplaintLists
    event_log: EventLogQueries
    proofs: Proofs
    exports: Exports
    conformance: Conformance
    access_reports: AccessReports
    breach_reports: BreachReports
    subject_access: SubjectAccess
    head: Callable[[], int]
    health: Callable[[], dict[str, Any]]
    table_sizes: Callable[[], dict[str, int]]
    zone: str
    demo: Path | None = None
