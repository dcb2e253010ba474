"""Whenever this happened, then do that: what the service does by itself, through the application."""
