"""Promised deadlines: kept, late, open, by agency and step."""
