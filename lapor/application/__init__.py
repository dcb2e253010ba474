"""One method is one decision and one transaction. Permission, sealing and opening happen here."""
