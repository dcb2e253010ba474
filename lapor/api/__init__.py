"""The HTTP API under /api/v1: what is asked and answered, and nothing that is decided."""
