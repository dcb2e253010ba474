"""A private PostgreSQL of Lapor's own, kept in a data folder and reached by a Unix socket alone."""

from lapor.store.embedded_postgres.binaries import find_binaries
from lapor.store.embedded_postgres.errors import EmbeddedPostgresError, StillStartingError
from lapor.store.embedded_postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "StillStartingError", "find_binaries"]
