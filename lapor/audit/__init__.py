"""What auditors rely on: the ledger over the log, its verification, exports."""
