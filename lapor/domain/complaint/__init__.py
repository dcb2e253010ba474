"""A complaint: its facts, the workflow table, its verbs."""

from lapor.domain.complaint.complaint import Complaint
from lapor.domain.complaint.reminders import Mark
from lapor.domain.complaint.workflow import WORKFLOW, Verb, grants_by_verb, perform, possible

__all__ = ["WORKFLOW", "Complaint", "Mark", "Verb", "grants_by_verb", "perform", "possible"]
