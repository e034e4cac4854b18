"""Deployments, rollouts, and reports of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from modelregistry import names
from modelregistry._convert import checked, times
from modelregistry._convert.writing import build, enum_number, invalid
from modelregistry.errors import ConfigurationError
from modelregistry.types import Deployment, DeploymentPhase, Rollout, RolloutArm
from modelregistry.v1 import deployment_pb2
from modelregistry.v1 import deployment_service_pb2 as pb

MESSAGE_BYTES: Final = 512
_SHORTEST_S: Final = 0.1
_LONGEST: Final = 2 / 3


@dataclass(frozen=True, slots=True)
class Served:
    """A version that this process serves. reference, arm: empty for none."""

    version: str
    phase: DeploymentPhase
    reference: str = ""
    arm: str = ""
    message: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it in its instance; without a reference, its model."""
        return self.reference or names.model_of(self.version), self.arm


def deployment_from_message(message: deployment_pb2.Deployment) -> Deployment:
    """Read a deployment."""
    name = checked.resource_name(message.name)
    parent = name.rpartition("/deployments/")[0]
    checked.child_name(name, parent, "deployments")
    version = checked.version_name(message.version, "version")
    return Deployment(
        name=name,
        target=message.target,
        instance=message.instance,
        version=checked.below(version, checked.namespace_name(parent), "version"),
        reference=message.reference,
        arm=message.arm,
        phase=_phase(message.phase),
        message=message.message,
        reporter=message.reporter,
        create_time=times.of(message, "create_time"),
        update_time=times.of(message, "update_time"),
    )


def named_deployment(message: deployment_pb2.Deployment, name: str) -> Deployment:
    """Read a deployment; raise MalformedReply unless it is this one."""
    return checked.named(deployment_from_message(message), name)


def _phase(number: int) -> DeploymentPhase | int:
    return DeploymentPhase(number) if number in set(DeploymentPhase) else number


def rollout_from_message(reply: pb.GetRolloutResponse, ref: str) -> Rollout:
    """Read a rollout; raise MalformedReply unless it is of this reference."""
    message = reply.rollout
    model = names.model_of(ref)
    checked.same(names.model_of(message.reference), model, "rollout.reference")
    deployments = tuple(map(deployment_from_message, reply.deployments))
    for one in deployments:
        checked.below(one.name, model.partition("/models/")[0])
    return Rollout(
        reference=message.reference,
        arms=tuple(map(_arm, message.arms)),
        instances=checked.count(message.instances, "instances"),
        outdated=checked.count(message.outdated, "outdated"),
        failed=checked.count(message.failed, "failed"),
        converged=message.converged,
        deployments=deployments,
        revision=checked.revision(reply.revision),
        history_id=checked.history(reply.history_id),
    )


def _arm(message: deployment_pb2.RolloutArm) -> RolloutArm:
    return RolloutArm(
        arm=message.arm,
        version=checked.version_name(message.version, "arms.version"),
        serving=checked.count(message.serving, "arms.serving"),
        pending=checked.count(message.pending, "arms.pending"),
    )


def phase_number(phase: DeploymentPhase | int | None) -> deployment_pb2.DeploymentPhase.ValueType:
    """Write a phase; None for none."""
    number = 0 if phase is None else enum_number("phase", phase)
    return deployment_pb2.DeploymentPhase.ValueType(number)


def served(
    version: object, namespace: str, phase: object, reference: str, arm: str, message: str
) -> Served:
    """Return what is reported of a version; raise InvalidRequest for wrong arguments."""
    name = getattr(version, "name", version)
    if not isinstance(name, str):
        raise invalid("version", f"must be text (str) or a Version, not {type(version).__name__}")
    number = enum_number("phase", phase)
    if number not in set(DeploymentPhase):
        raise invalid("phase", "must be a DeploymentPhase")
    full = names.qualified(reference, namespace) if reference else ""
    shortened = message.encode(errors="replace")[:MESSAGE_BYTES].decode(errors="ignore")
    version_name = names.qualified(name, namespace)
    return Served(version_name, DeploymentPhase(number), full, arm, shortened.replace("\0", " "))


def report_to_message(deployments: Iterable[Served]) -> pb.DeploymentReport:
    """Write all deployments of an instance."""
    return pb.DeploymentReport(
        deployments=[
            build(
                deployment_pb2.Deployment,
                version=one.version,
                reference=one.reference,
                arm=one.arm,
                phase=phase_number(one.phase),
                message=one.message,
            )
            for one in deployments
        ]
    )


def first_report(
    parent: str, target: str, instance: str, ttl: timedelta
) -> pb.ReportDeploymentsRequest:
    """Write what identifies an instance; raise ConfigurationError for wrong arguments."""
    for field, text in (("target", target), ("instance", instance)):
        if not text:
            problem = f"{field} may not be empty"
            raise ConfigurationError(problem)
    request = build(pb.ReportDeploymentsRequest, parent=parent, target=target, instance=instance)
    request.ttl.FromTimedelta(ttl)
    return request


def interval_from_message(reply: pb.ReportDeploymentsResponse, ttl: float) -> float:
    """Read the seconds after which the next heartbeat is sent: less than the time to live."""
    asked = checked.duration(reply.heartbeat_interval, "heartbeat_interval").total_seconds()
    return min(max(asked, _SHORTEST_S), ttl * _LONGEST)
