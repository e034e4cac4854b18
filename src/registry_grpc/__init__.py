"""The model registry server."""
