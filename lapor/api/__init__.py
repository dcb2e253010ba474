"""The HTTP API under /api/v1: it reads requests and writes answers, and decides nothing."""
