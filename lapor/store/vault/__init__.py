"""Keys and sealed values: what a person wrote, under a key of its own."""
