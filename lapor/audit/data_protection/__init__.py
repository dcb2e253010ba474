"""Data protection: reports of accesses and breaches, and copies of personal data for the person."""
