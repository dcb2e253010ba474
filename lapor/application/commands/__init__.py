"""People's decisions: a method is one decision and one transaction."""
