"""Deployments: the versions that instances report to serve, and what a report changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry_grpc.domain.ids import uuid_of
from registry_grpc.domain.names import DEFAULT_NAMESPACE, DeploymentName, ModelName, VersionName

TARGET_BYTES: Final = 128
INSTANCE_BYTES: Final = 256
ARM_BYTES: Final = 63
MESSAGE_BYTES: Final = 512
MOST_DEPLOYMENTS: Final = 512
"""The deployments of one instance: those of several routers with 100 arms each."""
SHORTEST_TTL: Final = timedelta(seconds=5)
DEFAULT_TTL: Final = timedelta(seconds=30)
LONGEST_TTL: Final = timedelta(minutes=10)
_OVERHEAD_BYTES: Final = 256
_MICROSECOND: Final = timedelta(microseconds=1)


class DeploymentPhase(StrEnum):
    """What an instance does with a version."""

    LOADING = "loading"
    SERVING = "serving"
    DRAINING = "draining"
    FAILED = "failed"


RECORDED: Final = frozenset({DeploymentPhase.SERVING, DeploymentPhase.FAILED})
"""The phases that the log records. A start or another version is recorded in every phase."""


class DeploymentAction(StrEnum):
    """The actions of deployments in the change log."""

    START = "deployment.start"
    CHANGE = "deployment.change"
    END = "deployment.end"
    EXPIRE = "deployment.expire"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One version that an instance reports to serve.

    reference: the one that it follows, '' for none. arm: of a route, or ''. update_time: of the
    last recorded change.
    """

    name: DeploymentName
    target: str
    instance: str
    version: VersionName
    reference: str
    arm: str
    phase: DeploymentPhase
    message: str
    reporter: str
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True, slots=True, order=True)
class InstanceKey:
    """An instance: a process at a target of a namespace."""

    namespace: str
    target: str
    instance: str


@dataclass(frozen=True, slots=True)
class Instance:
    """A stored instance. session: that reports it (`session_id`). size: bytes of its deployments.

    live: whether it has reported within its time to live, by the clock of the database.
    """

    key: InstanceKey
    principal: str
    session: str
    ttl: timedelta
    size: int
    live: bool = True


@dataclass(frozen=True, slots=True)
class Reported:
    """One deployment of a report. follows: the selector of its reference, such as `@production`."""

    version: VersionName
    follows: str
    arm: str
    phase: DeploymentPhase
    message: str

    @property
    def size(self) -> int:
        """The approximate bytes that it takes."""
        texts = (str(self.version), self.follows, self.arm, self.message)
        return _OVERHEAD_BYTES + sum(len(text.encode()) for text in texts)


@dataclass(frozen=True, slots=True)
class StoredDeployment:
    """A deployment in the database.

    recorded: as the log has it, with perhaps another phase and message. model: the uid
    of the model, whatever its name.
    """

    now: Deployment
    recorded: Deployment
    model: UUID
    follows: str

    def reported(self, report: Reported) -> "StoredDeployment":
        """Return what a further report of the same version leaves, when it is not recorded."""
        now = replace(self.now, phase=report.phase, message=report.message)
        return replace(self, now=now)

    def recorded_by(self, report: Reported) -> bool:
        """Whether a further report is recorded: another version, or another phase of weight."""
        if report.version.number != self.now.version.number:
            return True
        return report.phase in RECORDED and report.phase is not self.recorded.phase


def deployment_id(key: InstanceKey, model: UUID, follows: str, arm: str) -> UUID:
    """Return the id of a deployment, by what identifies it."""
    return uuid_of(key.namespace, key.target, key.instance, model.hex, follows, arm)


def session_id(begun: timedelta, stream: str) -> str:
    """Return the id of a session: of a stream that began at a time by the database's clock."""
    return f"{begun // _MICROSECOND:016d}.{stream}"


def stream_of(session: str) -> str:
    """Return the stream of a session."""
    return session.partition(".")[2]


def begun_at(session: str) -> timedelta:
    """Return when a session began; zero for one of a server that did not record it yet."""
    begun, _, stream = session.partition(".")
    return int(begun) * _MICROSECOND if stream and begun.isdecimal() else timedelta()


def reference_text(model: ModelName, follows: str) -> str:
    """Return a reference in its short form; '' for a deployment that follows none."""
    if not follows:
        return ""
    prefix = "" if model.namespace == DEFAULT_NAMESPACE else f"{model.namespace}/"
    return f"{prefix}{model.model}{follows}"


@dataclass(frozen=True, slots=True)
class RolloutArm:
    """A version that a reference resolves to. weight: of the arm of a route, else all."""

    arm: str
    version: VersionName
    weight: int
    serving: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class DeploymentCount:
    """How many deployments that follow a reference have this arm, version and phase."""

    arm: str
    number: int
    phase: DeploymentPhase
    count: int


@dataclass(frozen=True, slots=True)
class Rollout:
    """What a reference resolves to, and what the instances that follow it serve."""

    reference: str
    arms: Sequence[RolloutArm]
    instances: int
    outdated: int
    failed: int

    @property
    def converged(self) -> bool:
        """Whether every arm is served, and nothing else is or is about to be."""
        served = all(arm.serving for arm in self.arms if arm.weight)
        pending = sum(arm.pending for arm in self.arms)
        return bool(self.arms) and served and not (pending or self.outdated or self.failed)


def rollout_of(
    reference: str,
    arms: Iterable[RolloutArm],
    counts: Iterable[DeploymentCount],
    phases: Mapping[DeploymentPhase, int],
    instances: int,
) -> Rollout:
    """Return the rollout of a reference that resolves to `arms`.

    counts: of the deployments of these arms with their versions. phases: of all deployments that
    follow the reference; there may be a hundred thousand others, each with an arm of its own.
    """
    found = {arm.arm: arm for arm in arms}
    failed = phases.get(DeploymentPhase.FAILED, 0)
    outdated = sum(phases.values()) - failed
    for one in counts:
        arm = found[one.arm]
        if one.phase is DeploymentPhase.FAILED:
            continue
        outdated -= one.count
        if one.phase is DeploymentPhase.SERVING:
            found[one.arm] = replace(arm, serving=arm.serving + one.count)
        elif one.phase is DeploymentPhase.LOADING:
            found[one.arm] = replace(arm, pending=arm.pending + one.count)
    return Rollout(reference, tuple(found.values()), instances, outdated, failed)
