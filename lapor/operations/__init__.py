"""What operators ask of a running service: is it well, and keeping its processes up."""
