"""Benchmarks: each figure is measured next to a peer in the same run. ``make bench`` runs them."""
