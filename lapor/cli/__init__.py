"""The command line: ``lapor``."""

from lapor.cli.main import main

__all__ = ["main"]
