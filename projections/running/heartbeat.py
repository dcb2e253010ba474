"""The age of the feeder's heartbeat."""

from lapor.store.database import Database

# abs: a beat in the future means that the clock was put back. A living feeder soon stores a new one.
_AGE = "SELECT abs(extract(epoch FROM now() - beat_at))::float FROM feeder"


def seconds_since_beat(database: Database) -> float | None:
    """Return how many seconds ago the feeder last stored a heartbeat; None if it never did."""
    with database.connection() as connection:
        row = connection.execute(_AGE).fetchone()
    return float(row[0]) if row else None
