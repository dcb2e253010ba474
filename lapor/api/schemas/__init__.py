"""Schemas of bodies, queries and answers (``base`` says how answers are made and checked)."""
