"""The register of complaints, as it is now and as of any moment, and the lists read from it."""
