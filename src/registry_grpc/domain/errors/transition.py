"""Refusals about transitions: approvals, and the way back."""

from collections.abc import Sequence

from registry_grpc.domain.errors.kinds import Conflict, NotFound, WrongState


class TransitionNotFound(NotFound):
    """The transition does not exist."""

    reason = "TRANSITION_NOT_FOUND"
    resource_type = "transition"


class TransitionNotOpen(WrongState):
    """The transition has ended, or does not wait for this."""

    reason = "TRANSITION_NOT_OPEN"

    def __init__(self, transition: str, state: str, cause: str = "") -> None:
        why = f": {cause}" if cause else ""
        super().__init__(transition, f"{transition} is {state}{why}", state=state)


class ApprovalRequired(WrongState):
    """The move needs approvals or a waiting time, and so a transition."""

    reason = "APPROVAL_REQUIRED"

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
    """This principal may not approve this transition."""

    reason = "APPROVAL_NOT_ALLOWED"

    def __init__(self, transition: str, principal: str, causes: Sequence[str]) -> None:
        super().__init__(
            transition,
            f"{principal} may not approve {transition}: {'; '.join(causes)}",
            causes=causes,
            principal=principal,
        )


class BindingMismatch(Conflict):
    """Version, policy or evidence changed since the approver read the transition."""

    reason = "BINDING_MISMATCH"

    def __init__(self, transition: str, given: str, current: str) -> None:
        super().__init__(
            f"what {transition} is about has changed since you read it; read it again",
            resource=transition,
            given_binding=given,
            current_binding=current,
        )


class RollbackNotPossible(WrongState):
    """There is no earlier holder to go back to, or it may not be used any more."""

    reason = "ROLLBACK_NOT_POSSIBLE"

    def __init__(self, subject: str, cause: str) -> None:
        super().__init__(subject, f"{subject} cannot be rolled back: {cause}", causes=[cause])
