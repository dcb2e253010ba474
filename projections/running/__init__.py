"""Who runs the engine: the feeder, the rebuild, the replay."""
