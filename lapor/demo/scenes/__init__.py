"""The scenes of the demo: one module for each part of a complaint's life."""
