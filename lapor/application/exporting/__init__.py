"""Events for a file: who may have them, which, and what may be said of each."""
