"""Tools for auditors and data protection officers: exports, conformance checking and data protection."""
