"""Takes in complaints with their past from a file: reads, checks, drives the verbs, appends in batches."""
