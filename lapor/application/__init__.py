"""Commands and queries. A method is one decision and one transaction; permission and sealing happen here."""
