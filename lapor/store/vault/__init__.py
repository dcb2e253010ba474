"""The vault: personal data is sealed under a key per stream, which a master key wraps."""
