"""The machinery that folds events into tables. It knows no question."""
