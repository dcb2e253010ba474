"""How often agencies had a complaint in hand, and how it went."""
