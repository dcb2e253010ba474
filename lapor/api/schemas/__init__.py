"""What answers look like: for the documentation and for tests, which hold every answer against it."""
