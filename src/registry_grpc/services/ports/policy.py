"""The port to policies: the ones in force, and an append-only history of revisions."""

from collections.abc import Sequence
from typing import Protocol

from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.policy import Policy


class Policies(Protocol):
    """Policies for entering stages."""

    def get(self, name: PolicyName) -> Policy | None:
        """Return the revision in force, or None."""

    def revision(self, name: PolicyName, number: int) -> Policy | None:
        """Return a revision, also of a deleted policy, or None."""

    def newest(self, name: PolicyName) -> Policy | None:
        """Return the last revision, also one that deleted the policy, or None."""

    def page(self, namespace: str, after: str | None, limit: int) -> Sequence[Policy]:
        """Return the policies in force after the id `after`, by id."""

    def history(self, name: PolicyName, before: int | None, limit: int) -> Sequence[Policy]:
        """Return the revisions with numbers below `before`, newest first."""

    def guarding(self, namespace: str, to_stage: str) -> Sequence[Policy]:
        """Return the policies in force for entering a stage, by id."""

    def append(self, policy: Policy) -> None:
        """Add a revision, which is in force from then on, or deletes the policy."""
