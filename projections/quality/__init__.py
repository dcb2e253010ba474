"""How complaints were handled: declined, reopened, objected to, rated; commitments. By agency."""
