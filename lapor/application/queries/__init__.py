"""What people ask: nothing here stores an event."""
