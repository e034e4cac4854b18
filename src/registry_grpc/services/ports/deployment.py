"""The port to deployments: instances with their time to live, and what they serve."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.deployment import (
    Deployment,
    DeploymentCount,
    DeploymentPhase,
    Instance,
    InstanceKey,
    StoredDeployment,
)
from registry_grpc.domain.model import Model
from registry_grpc.domain.version import VersionState

Place = tuple[str, str, UUID]
"""The target, the instance and the id of a deployment: lists are in this order."""


@dataclass(frozen=True, slots=True)
class DeploymentQuery:
    """A query for deployments of a namespace.

    number: of `model`. follows: the selector of their reference, None for all. states: of their
    versions, empty for all.
    """

    namespace: str
    model: Model | None = None
    number: int | None = None
    target: str = ""
    phase: DeploymentPhase | None = None
    follows: str | None = None
    states: frozenset[VersionState] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class InstanceUse:
    """The instances of a namespace, or of one principal in it, and the bytes of all of them."""

    count: int = 0
    size: int = 0


class Deployments(Protocol):
    """Instances and their deployments.

    Instances expire by the clock of the database. Methods that change instances must be called in
    a write, those that change deployments in a change.
    """

    def now(self) -> timedelta:
        """Return the time since the epoch of Unix by the clock of the database."""

    def instance(self, key: InstanceKey) -> Instance | None:
        """Return an instance that was not removed; it may not be live any more."""

    def use(self, namespace: str, principal: str | None) -> InstanceUse:
        """Return the use of a namespace, by one principal or by all (None)."""

    def hold(self, instance: Instance) -> None:
        """Add or replace an instance, which now lives for its time to live."""

    def extend(self, sessions: Sequence[str], age: timedelta) -> Collection[str]:
        """Let the instances of sessions live for their time to live, less `age`, from now.

        None lives shorter than before, unless that is longer than its time to live.
        Returns the sessions that still report an instance.
        """

    def expired(self, within: timedelta, limit: int) -> Sequence[InstanceKey]:
        """Return instances past their time to live, if that is at most `within`."""

    def remove(self, key: InstanceKey) -> None:
        """Remove an instance and its deployments."""

    def of_instance(self, key: InstanceKey) -> Sequence[StoredDeployment]:
        """Return the deployments of an instance."""

    def put(self, stored: StoredDeployment) -> None:
        """Add or replace a deployment."""

    def drop(self, uid: UUID) -> None:
        """Remove a deployment."""

    def get(self, namespace: str, uid: UUID) -> Deployment | None:
        """Return a deployment, or None."""

    def page(self, query: DeploymentQuery, after: Place | None, limit: int) -> Sequence[Deployment]:
        """Return deployments after a place, by place."""

    def count(self, query: DeploymentQuery) -> int:
        """Return the number of deployments."""

    def instances(self, model: Model, follows: str) -> int:
        """Return the number of instances that follow a reference."""

    def counts(
        self, model: Model, follows: str, arms: Collection[tuple[str, int]]
    ) -> Sequence[DeploymentCount]:
        """Return the deployments that follow a reference, counted by arm, version and phase.

        arms: those to count, with their versions; at most as many as a route has.
        """

    def phases(self, model: Model, follows: str) -> Mapping[DeploymentPhase, int]:
        """Return the number of all deployments that follow a reference, by phase."""
