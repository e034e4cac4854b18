"""The port to cryptographic randomness."""

from typing import Protocol


class Secrets(Protocol):
    """Creates secrets."""

    def __call__(self) -> str:
        """Return a new secret of at least 256 random bits, in URL-safe characters."""
