"""The backlog of each agency: the complaints that it still owes an answer."""
