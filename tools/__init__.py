"""Tools for those who work on Lapor."""
