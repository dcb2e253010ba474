"""The ledger: a Merkle tree over the log, sealed by the worker, that anyone can verify without trust."""
