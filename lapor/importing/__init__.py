"""Import of complaints with their history from a file: read, check, carry out verbs, append in batches."""
