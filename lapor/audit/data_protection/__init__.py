"""The protection of data, looked at afterwards: who saw whose, what a breach touched, copies for a person."""
