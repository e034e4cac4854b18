"""The port to cryptographic randomness."""

from typing import Protocol


class Salts(Protocol):
    """Creates salts of routes."""

    def __call__(self) -> str:
        """Return 64 new random bits, as 16 hexadecimal digits."""


class Secrets(Protocol):
    """Creates secrets."""

    def __call__(self) -> str:
        """Return a new secret of at least 256 random bits, in URL-safe characters."""
