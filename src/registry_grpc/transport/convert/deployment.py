"""Deployments to and from messages."""

from collections.abc import Mapping, Sequence

from modelregistry.v1 import deployment_pb2 as pb
from registry_grpc.domain.characters import has_control_characters
from registry_grpc.domain.deployment import (
    ARM_BYTES,
    INSTANCE_BYTES,
    MESSAGE_BYTES,
    MOST_DEPLOYMENTS,
    TARGET_BYTES,
    Deployment,
    DeploymentPhase,
    Reported,
    Rollout,
)
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.time import timestamp

_PHASES: Mapping[DeploymentPhase, pb.DeploymentPhase.ValueType] = {
    DeploymentPhase.LOADING: pb.DEPLOYMENT_PHASE_LOADING,
    DeploymentPhase.SERVING: pb.DEPLOYMENT_PHASE_SERVING,
    DeploymentPhase.DRAINING: pb.DEPLOYMENT_PHASE_DRAINING,
    DeploymentPhase.FAILED: pb.DEPLOYMENT_PHASE_FAILED,
}
_PHASES_BACK: Mapping[int, DeploymentPhase] = {message: phase for phase, message in _PHASES.items()}
_NO_PHASE = "must be LOADING, SERVING, DRAINING or FAILED"


def deployment_message(deployment: Deployment) -> pb.Deployment:
    """Return the message."""
    return pb.Deployment(
        name=str(deployment.name),
        target=deployment.target,
        instance=deployment.instance,
        version=str(deployment.version),
        reference=deployment.reference,
        arm=deployment.arm,
        phase=_PHASES[deployment.phase],
        message=deployment.message,
        reporter=deployment.reporter,
        create_time=timestamp(deployment.create_time),
        update_time=timestamp(deployment.update_time),
    )


def rollout_message(rollout: Rollout) -> pb.Rollout:
    """Return the message."""
    return pb.Rollout(
        reference=rollout.reference,
        arms=[
            pb.RolloutArm(
                arm=arm.arm, version=str(arm.version), serving=arm.serving, pending=arm.pending
            )
            for arm in rollout.arms
        ],
        instances=rollout.instances,
        outdated=rollout.outdated,
        failed=rollout.failed,
        converged=rollout.converged,
    )


def phase_from(found: Violations, field: str, value: int) -> DeploymentPhase | None:
    """Return the phase of a filter; None for none. Adds a violation for an unknown one."""
    if value == pb.DEPLOYMENT_PHASE_UNSPECIFIED:
        return None
    found.check(field, value in _PHASES_BACK, _NO_PHASE)
    return _PHASES_BACK.get(value)


def check_target(found: Violations, field: str, text: str, *, required: bool = True) -> None:
    """Add what is wrong with a target to `found`."""
    _check_word(found, field, text, TARGET_BYTES, required=required)


def check_instance(found: Violations, field: str, text: str) -> None:
    """Add what is wrong with the name of an instance to `found`."""
    _check_word(found, field, text, INSTANCE_BYTES, required=True)


def _check_word(found: Violations, field: str, text: str, most: int, *, required: bool) -> None:
    found.check(field, bool(text) or not required, "is required")
    check_text(found, field, text, most)
    found.check(field, not has_control_characters(text), "may not contain control characters")


def reported_from(
    found: Violations, namespace: str, messages: Sequence[pb.Deployment]
) -> Sequence[Reported]:
    """Return the deployments of a report; add every violation to `found`."""
    field = "report.deployments"
    if len(messages) > MOST_DEPLOYMENTS:
        found.add(field, f"at most {MOST_DEPLOYMENTS}")
        return ()
    reported, seen = list[Reported](), set[tuple[ModelName, str, str]]()
    for index, message in enumerate(messages):
        one = _reported(found, f"{field}[{index}]", namespace, message)
        if one is None:
            continue
        identity = (one.version.parent, one.follows, one.arm)
        repeated = "repeats the model, reference and arm of another deployment"
        found.check(f"{field}[{index}]", identity not in seen, repeated)
        seen.add(identity)
        reported.append(one)
    return reported


def _reported(
    found: Violations, field: str, namespace: str, message: pb.Deployment
) -> Reported | None:
    version = found.parse(f"{field}.version", Reference.parse, message.version)
    follows = ""
    if version is not None:
        numbered = isinstance(version.selector, ByNumber)
        found.check(f"{field}.version", numbered, "must be a version by its number")
        inside = not namespace or version.model.namespace == namespace
        found.check(f"{field}.version", inside, f"is not in namespace {namespace}")
    if message.reference:
        reference = found.parse(f"{field}.reference", Reference.parse, message.reference)
        if reference is not None and version is not None:
            own = reference.model == version.model
            found.check(f"{field}.reference", own, f"is not of {version.model}")
            follows = reference.suffix
    check_text(found, f"{field}.message", message.message, MESSAGE_BYTES)
    _check_word(found, f"{field}.arm", message.arm, ARM_BYTES, required=False)
    phase = _PHASES_BACK.get(message.phase)
    found.check(f"{field}.phase", phase is not None, _NO_PHASE)
    if version is None or phase is None or not isinstance(version.selector, ByNumber):
        return None
    name = version.model.version(version.selector.number)
    return Reported(name, follows, message.arm, phase, message.message)
