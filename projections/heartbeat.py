"""The feeder's sign of life, as others see it."""

from lapor.store.database import Database

_AGE = "SELECT extract(epoch FROM now() - beat_at)::float FROM feeder"


def seconds_since_beat(database: Database) -> float | None:
    """How long ago the feeder last gave a sign of life; None where it never did."""
    with database.connection() as connection:
        row = connection.execute(_AGE).fetchone()
    return float(row[0]) if row else None
