"""Deployments: the versions that instances report to serve, and rollouts."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from modelregistry.names import short_ref


class DeploymentPhase(IntEnum):
    """What an instance does with a version."""

    LOADING = 1
    """It loads the version and does not answer with it yet."""
    SERVING = 2
    """It answers with the version."""
    DRAINING = 3
    """It finishes its last requests before it ends."""
    FAILED = 4
    """It cannot serve the version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One version that an instance, a serving process, reports to serve at a target."""

    name: str
    """`namespaces/{namespace}/deployments/{uuid}`."""
    target: str
    """Where the instance runs, such as `eu-prod`."""
    instance: str
    version: str
    """The full name of the version."""
    reference: str = ""
    """The reference that it follows, such as `fraud@production`; empty for none."""
    arm: str = ""
    """The arm of the route that it serves; empty if `reference` is no route."""
    phase: DeploymentPhase | int
    """A plain int is a phase that this release does not know."""
    message: str = ""
    """For people, such as the cause of a failure."""
    reporter: str = ""
    """The principal that reports it."""
    create_time: datetime | None = None
    update_time: datetime | None = None
    """When its last recorded change was made: a start, another version, SERVING or FAILED."""

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version as a short reference."""
        return short_ref(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutArm:
    """A version that a reference resolves to, and the number of deployments that have it."""

    arm: str
    """The arm of a route; empty for other references."""
    version: str
    """The full name of the version."""
    serving: int = 0
    pending: int = 0
    """Deployments of it that are loading."""

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version as a short reference."""
        return short_ref(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """What a reference resolves to, and what the instances that follow it serve."""

    reference: str
    arms: tuple[RolloutArm, ...]
    """One for each usable arm of a route, else one."""
    instances: int
    """The number of instances that follow the reference."""
    outdated: int
    """Deployments of versions that the reference does not resolve to."""
    failed: int
    converged: bool
    """Whether each arm is served by some instance, and nothing is pending, outdated or failed."""
    deployments: tuple[Deployment, ...] = ()
    """The first ones that follow the reference, by target and instance."""
    revision: int = 0
    """The revision that it reflects."""
    history_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterState:
    """What the registry knows of an instance, as far as its reporter knows."""

    target: str
    instance: str
    current: bool
    """Whether the registry has the last report, and the stream to it is open."""
    error: Exception | None = None
    """The RegistryError that prevents reports at present. They are retried unless `superseded`."""
    superseded: bool = False
    """Whether another process reports the instance; this one has stopped."""
