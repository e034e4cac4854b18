"""The port to a SHA-256 that can be put down and taken up again, by another process if need be."""

from typing import Protocol

from registry_grpc.domain.digest import Digest


class ResumableSha256(Protocol):
    """A running SHA-256. Used by one thread at a time."""

    def update(self, data: bytes) -> None:
        """Take in bytes; other threads run meanwhile."""

    def digest(self) -> Digest:
        """Return the digest of the bytes so far; more may follow."""

    def state(self) -> bytes:
        """Return what `Hashing.resume` needs to go on from here; b'' when it cannot be exported."""


class Hashing(Protocol):
    """Makes running hashes."""

    def start(self) -> ResumableSha256:
        """Return one that has taken in nothing."""

    def resume(self, state: bytes) -> ResumableSha256 | None:
        """Return one that goes on from a saved state; None for a state it does not know."""
