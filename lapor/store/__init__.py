"""Storage: the bytes of events, the event log, the vault and the seal, and the database."""
