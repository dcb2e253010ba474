"""Promised deadlines: how many were kept, late or missed, by agency and step."""
