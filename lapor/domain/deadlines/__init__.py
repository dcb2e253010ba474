"""Working time, the limits of each step, and the deadlines that follow from them."""
