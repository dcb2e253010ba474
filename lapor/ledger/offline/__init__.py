"""What is handed to outsiders: it needs nothing of Lapor, and is a second hand's work on purpose."""
