"""Whether complaints went as prescribed, from the log alone."""

from lapor.audit.conformance.findings import Finding, Found
from lapor.audit.conformance.report import Conformance, Report

__all__ = ["Conformance", "Finding", "Found", "Report"]
