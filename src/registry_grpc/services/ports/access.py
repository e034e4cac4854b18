"""The ports to tokens and replays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry_grpc.domain.principal import Token


class Tokens(Protocol):
    """Access tokens: only their hashes are stored."""

    def add(self, token: Token, secret_hash: bytes) -> None:
        """Store a new one."""

    def find(self, secret_hash: bytes) -> Token | None:
        """Return the token with this hash, whatever its state, or None."""

    def all(self) -> Sequence[Token]:
        """Return every token, oldest first."""

    def exist(self) -> bool:
        """Whether there is any token, whatever its state."""

    def use(self, token_id: str, moment: datetime, before: datetime) -> bool:
        """Note that it is used, unless it was at or after `before`; return whether it was noted."""

    def revoke(self, token_id: str, moment: datetime) -> Token | None:
        """Mark it revoked (the first moment stays) and return it, or None if there is none."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer to a request that must have its effect only once.

    fingerprint: of method and request, to tell a repeat from a misuse. reply: the encoded answer.
    """

    principal: str
    request_id: str
    fingerprint: str
    reply: bytes
    expire_time: datetime


class Replays(Protocol):
    """The stored replies of earlier requests (AIP-155)."""

    def find(self, principal: str, request_id: str, now: datetime) -> Replay | None:
        """Return the unexpired answer, or None."""

    def add(self, replay: Replay, now: datetime) -> None:
        """Store it; forget those that expired before `now`.

        Raises DatabaseUnavailable when a twin of the request stored its answer meanwhile: asked
        again, `find` has it.
        """
