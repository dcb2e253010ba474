"""How many complaints were filed, answered, closed and open, by day."""
