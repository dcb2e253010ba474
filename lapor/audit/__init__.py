"""For those who check: the ledger over the log, files in forms that they read, and conformance."""
