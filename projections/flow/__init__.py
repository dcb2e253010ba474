"""What came in and what went out, by day."""
