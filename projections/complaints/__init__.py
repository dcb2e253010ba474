"""The register: a row for each complaint, and the lists made from it."""
