"""For those who check: the ledger, files in forms that they read, conformance, the protection of data."""
