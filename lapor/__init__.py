"""Lapor: complaint management for public services, from filing to proof."""
