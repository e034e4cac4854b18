"""Errors of promotion: policies and their evidence, stages, transitions, protected aliases."""

from collections.abc import Sequence

from registry_grpc.domain.errors.kinds import Conflict, NotFound, WrongState
from registry_grpc.domain.finding import Finding, Outcome


class PolicyNotFound(NotFound):
    """The policy, or that revision of it, does not exist."""

    reason = "POLICY_NOT_FOUND"
    resource_type = "policy"


class CelUnavailable(WrongState):
    """A policy has a CEL rule, and this server was installed without CEL."""

    reason = "CEL_UNAVAILABLE"
    audited = True
    text = "{resource} has a CEL rule, and this server has no CEL; install registry-grpc[cel]"


class EvaluationNotFound(NotFound):
    """The evaluation does not exist."""

    reason = "EVALUATION_NOT_FOUND"
    resource_type = "evaluation"


class GateRefused(WrongState):
    """Rules block the promotion; `findings` has everything that did not pass."""

    reason = "GATE_REFUSED"
    audited = True

    def __init__(self, transition: str, subject: str, findings: Sequence[Finding]) -> None:
        blocking = [item for item in findings if item.outcome is not Outcome.WARNED]
        first = f": {blocking[0].message}" if blocking else ""
        more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
        super().__init__(
            subject,
            f"promotion of {subject} blocked{first}{more}",
            causes=[item.message for item in blocking],
            transition=transition,
            finding_count=len(findings),
        )
        self.findings = tuple(findings)


class StageEmpty(NotFound):
    """No version of the model is in the stage, or was at the requested time."""

    reason = "STAGE_EMPTY"
    resource_type = "stage"

    def __init__(self, model: str, stage: str) -> None:
        super().__init__(model, f"no version of {model} is in stage {stage!r}", stage=stage)


class StageGraphInUse(WrongState):
    """The stage graph cannot be replaced as requested."""

    reason = "STAGE_GRAPH_IN_USE"
    audited = True

    def __init__(self, namespace: str, causes: Sequence[str]) -> None:
        more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
        super().__init__(
            namespace,
            f"the stage graph of {namespace} cannot be replaced: {causes[0]}{more}",
            causes=causes,
        )


class AliasProtected(WrongState):
    """A protected alias can reference only versions in certain stages."""

    reason = "ALIAS_PROTECTED"
    audited = True

    def __init__(self, alias: str, version: str, stage: str, needs: Sequence[str]) -> None:
        super().__init__(
            alias,
            f"{alias} can reference only a version in stage {' or '.join(needs)}; {version} is in "
            f"{stage}",
            causes=[f"needs stage {name}" for name in needs],
            stage=stage,
        )


class RouteWeightExceeded(WrongState):
    """A policy allows a version less weight in a route until it is in a stage."""

    reason = "ROUTE_WEIGHT_EXCEEDED"
    audited = True
    text = (
        "arm {arm} of {resource} may have at most {maximum} basis points while {version} is not in "
        "{to_stage}: policy {policy}"
    )

    def __init__(
        self, route: str, arm: str, version: str, policy: str, maximum: int, to_stage: str
    ) -> None:
        super().__init__(
            route, arm=arm, version=version, policy=policy, maximum=maximum, to_stage=to_stage
        )


class MonitorFiring(WrongState):
    """A monitor fires on the version of an arm that would get more units."""

    reason = "MONITOR_FIRING"
    audited = True
    text = (
        "arm {arm} of {resource} may get no more units while {state} fires on {version}: "
        "policy {policy}"
    )

    def __init__(self, route: str, arm: str, version: str, state: str, policy: str) -> None:
        super().__init__(route, arm=arm, version=version, state=state, policy=policy)


class RouteArmBlocked(WrongState):
    """The default arm of a route may not be served: its version left the required stages."""

    reason = "ROUTE_ARM_BLOCKED"
    text = "{version} left the stages that {resource} requires of its default arm {arm}"

    def __init__(self, route: str, arm: str, version: str) -> None:
        super().__init__(route, arm=arm, version=version)


class TransitionNotAllowed(WrongState):
    """The stage graph has no such edge."""

    reason = "TRANSITION_NOT_ALLOWED"
    audited = True

    def __init__(
        self, version: str, source: str, target: str, allowed: Sequence[str], *, asked: str = ""
    ) -> None:
        """asked: the reference of the request, if it was another name of the version."""
        subject = f"{asked} is {version}, which" if asked else version
        super().__init__(
            version,
            f"{subject} cannot go from stage {source!r} to {target!r}; "
            f"from here it may go to {', '.join(allowed) or 'no other stage'}",
            from_stage=source,
            to_stage=target,
        )


class ApprovalRequired(WrongState):
    """The move needs approvals or a waiting time, and so a transition."""

    reason = "APPROVAL_REQUIRED"
    audited = True

    def __init__(self, version: str, source: str, target: str, needs: Sequence[str]) -> None:
        super().__init__(
            version,
            f"{version} goes from {source} to {target} only by a transition, which needs "
            f"{', '.join(needs)}; request one",
            causes=needs,
            from_stage=source,
            to_stage=target,
        )


class ApprovalNotAllowed(WrongState):
    """The caller may not approve this transition."""

    reason = "APPROVAL_NOT_ALLOWED"
    audited = True

    def __init__(self, transition: str, principal: str, causes: Sequence[str]) -> None:
        super().__init__(
            transition,
            f"{principal} may not approve {transition}: {'; '.join(causes)}",
            causes=causes,
            principal=principal,
        )


class TransitionNotFound(NotFound):
    """The transition does not exist."""

    reason = "TRANSITION_NOT_FOUND"
    resource_type = "transition"


class TransitionNotOpen(WrongState):
    """The transition has ended, or does not wait for this."""

    reason = "TRANSITION_NOT_OPEN"
    audited = True

    def __init__(self, transition: str, state: str, cause: str = "") -> None:
        why = f": {cause}" if cause else ""
        super().__init__(transition, f"{transition} is {state}{why}", state=state)


class BindingMismatch(Conflict):
    """Version, policy or evidence changed since the approver read the transition."""

    reason = "BINDING_MISMATCH"
    audited = True
    text = "the version, policy or evidence of {resource} changed since you read it; read it again"

    def __init__(self, transition: str, given: str, current: str) -> None:
        super().__init__(resource=transition, given_binding=given, current_binding=current)


class RollbackNotPossible(WrongState):
    """There is no earlier version to go back to, or it can no longer be used."""

    reason = "ROLLBACK_NOT_POSSIBLE"
    audited = True

    def __init__(self, subject: str, cause: str) -> None:
        super().__init__(subject, f"{subject} cannot be rolled back: {cause}", causes=[cause])
