"""The offline verifier for outsiders: it imports nothing of Lapor and repeats the arithmetic on purpose."""
