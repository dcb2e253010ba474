"""Running the engine: the feeder, the rebuild, the backfill of a new release, and the replay that checks."""
