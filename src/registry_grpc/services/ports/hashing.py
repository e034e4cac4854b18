"""The port to SHA-256 with a state that can be saved and resumed, also by another process."""

from typing import Protocol

from registry_grpc.domain.digest import Digest


class ResumableSha256(Protocol):
    """A running SHA-256. Used by one thread at a time."""

    def update(self, data: bytes) -> None:
        """Hash bytes, without blocking other threads."""

    def digest(self) -> Digest:
        """Return the digest of the bytes so far."""

    def state(self) -> bytes:
        """Return the state for `Hashing.resume`; b'' if it cannot be exported."""


class Hashing(Protocol):
    """Creates running hashes."""

    def start(self) -> ResumableSha256:
        """Return a new hash."""

    def resume(self, state: bytes) -> ResumableSha256 | None:
        """Return a hash with a saved state; None for an unknown state."""
