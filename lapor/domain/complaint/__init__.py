"""A complaint: its events, the workflow table, its verbs."""

from lapor.domain.complaint.complaint import Complaint
from lapor.domain.complaint.reminders import ScheduledAction
from lapor.domain.complaint.workflow import WORKFLOW, Verb, grants_by_verb, perform, possible

__all__ = ["WORKFLOW", "Complaint", "ScheduledAction", "Verb", "grants_by_verb", "perform", "possible"]
