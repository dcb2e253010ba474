"""The complaint: the parts of its life, in their order."""

from lapor.domain.complaint import workflow
from lapor.domain.complaint.lifecycle.clarification import Clarification
from lapor.domain.complaint.lifecycle.closing import Closing
from lapor.domain.complaint.lifecycle.commitments import Commitments
from lapor.domain.complaint.lifecycle.deadlines import Deadlines
from lapor.domain.complaint.lifecycle.erasure import PersonalDataErasure
from lapor.domain.complaint.lifecycle.escalation import Escalation
from lapor.domain.complaint.lifecycle.filing import Filed, Filing
from lapor.domain.complaint.lifecycle.handling import Handling
from lapor.domain.complaint.lifecycle.identity_access import IdentityAccess
from lapor.domain.complaint.lifecycle.merging import Merging
from lapor.domain.complaint.lifecycle.publication import Publication
from lapor.domain.complaint.lifecycle.routing import Routing
from lapor.domain.complaint.lifecycle.triage import Triage
from lapor.domain.complaint.reminders import Reminders


class Complaint(
    Filing,
    Triage,
    Routing,
    Clarification,
    Handling,
    Deadlines,
    Commitments,
    Closing,
    Merging,
    Escalation,
    Publication,
    IdentityAccess,
    PersonalDataErasure,
    Reminders,
):
    """A citizen's report (pengaduan), from filing until it is settled.

    The life-cycle, drawn from the workflow table by ``tools/lifecycle.py``. ``(open)`` is every stage before
    the end; ``(silence)`` happens by itself::

        filed ──verify──> verified
        verified, routed, in_progress ──reclassify──> verified
        filed, verified ──archive──> archived
        filed, verified, disputed ──transfer──> transferred
        filed, verified, routed, disputed, in_progress ──route──> routed
        filed, verified, in_progress ──ask-reporter──> awaiting_reporter
        awaiting_reporter ──complete──> filed, verified, in_progress
        routed ──accept──> in_progress
        routed ──decline──> disputed
        routed, in_progress ──follow-up──> in_progress
        routed, in_progress ──respond──> responded
        routed, in_progress ──draft-response──> in_progress
        in_progress ──approve-response──> responded
        responded ──accept-response──> closed
        responded ──reject-response──> in_progress
        responded ──close──> closed
        closed, archived, withdrawn ──reopen──> filed, in_progress
        responded, closed, archived ──decide-objection──> filed, in_progress
        (open) ──withdraw──> filed, verified, in_progress, withdrawn
        filed, verified ──merge──> merged
        (any) ──erase──> closed
        responded ──(silence)──> closed
        awaiting_reporter ──(silence)──> withdrawn
    """


Filed.FOUNDS = Complaint
workflow.arrange(Complaint.__bases__)
