"""How events are kept: their bytes, the log, the vault and the seal, the database."""
