"""A hostile registry: a real one, and a proxy before it that changes its replies."""
