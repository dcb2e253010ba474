"""A private PostgreSQL of Lapor's own, kept in a data folder and reached by a Unix socket alone."""

from lapor.store.private_server.binaries import find_binaries
from lapor.store.private_server.errors import PrivateServerError, StillStartingError
from lapor.store.private_server.server import PrivateServer

__all__ = ["PrivateServer", "PrivateServerError", "StillStartingError", "find_binaries"]
