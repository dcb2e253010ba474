"""The ledger: a Merkle tree over the log, sealed by the worker, verified by whoever distrusts us."""
