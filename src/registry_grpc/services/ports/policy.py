"""The port to policies: heads of those in force, and an append-only history of revisions."""

from collections.abc import Sequence
from typing import Protocol

from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.policy import Policy


class Policies(Protocol):
    """What must be true before versions enter stages."""

    def get(self, name: PolicyName) -> Policy | None:
        """Return what is in force, or None."""

    def revision(self, name: PolicyName, number: int) -> Policy | None:
        """Return one of its revisions, also of a deleted policy, or None."""

    def newest(self, name: PolicyName) -> Policy | None:
        """Return its last revision, also the one that deleted it, or None if it never existed."""

    def page(self, namespace: str, after: str | None, limit: int) -> Sequence[Policy]:
        """Return those in force behind the id `after`, by id."""

    def history(self, name: PolicyName, before: int | None, limit: int) -> Sequence[Policy]:
        """Return its revisions with numbers below `before`, newest first."""

    def guarding(self, namespace: str, to_stage: str) -> Sequence[Policy]:
        """Return all in force that guard the way into a stage, by id."""

    def append(self, policy: Policy) -> None:
        """Add a revision: in force from then on, or the end of the policy if it says so."""
