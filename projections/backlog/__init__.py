"""What each agency still owes an answer, most urgent first."""
