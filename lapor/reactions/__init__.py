"""Reactions to time and events: reminders, escalation, notifications and closing by silence."""
