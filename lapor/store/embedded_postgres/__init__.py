"""An embedded PostgreSQL: Lapor's private server, kept in a data folder and reached only by a Unix socket."""

from lapor.store.embedded_postgres.binaries import find_binaries
from lapor.store.embedded_postgres.errors import EmbeddedPostgresError, StillStartingError
from lapor.store.embedded_postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "StillStartingError", "find_binaries"]
