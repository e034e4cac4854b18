"""The port to randomness that nobody can guess."""

from typing import Protocol


class Secrets(Protocol):
    """Makes secrets."""

    def __call__(self) -> str:
        """Return a new secret of at least 256 random bits, in URL-safe characters."""
