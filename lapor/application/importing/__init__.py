"""Taking in complaints with their past from a file: read, check, drive through the verbs, append in batches."""
