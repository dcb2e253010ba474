"""The forms that an export is written in."""
