"""People's questions: no method here stores an event."""
