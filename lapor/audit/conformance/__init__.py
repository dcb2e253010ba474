"""Conformance checking: whether complaints went as prescribed, from the log alone."""

from lapor.audit.conformance.findings import Finding, FindingKind
from lapor.audit.conformance.report import Conformance, ConformanceReport

__all__ = ["Conformance", "ConformanceReport", "Finding", "FindingKind"]
