"""The life of a complaint, a module for each part: its events first, then its verbs."""
