"""The feeder's sign of life, as others see it."""

from lapor.store.database import Database

# A beat in the future is as old as it is far away: the clock was put back, and whoever lives beats anew.
_AGE = "SELECT abs(extract(epoch FROM now() - beat_at))::float FROM feeder"


def seconds_since_beat(database: Database) -> float | None:
    """How long ago the feeder last gave a sign of life; None where it never did."""
    with database.connection() as connection:
        row = connection.execute(_AGE).fetchone()
    return float(row[0]) if row else None
