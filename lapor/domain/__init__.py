"""The rules of complaint handling, pure: no HTTP, SQL, JSON, environment or clock."""
