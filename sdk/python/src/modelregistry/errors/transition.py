"""Refusals about transitions: approvals, and the way back."""

from modelregistry.errors.kinds import Conflict, NotFound, WrongState


class TransitionNotFound(NotFound):
    """The transition does not exist."""

    REASON = "TRANSITION_NOT_FOUND"


class TransitionNotOpen(WrongState):
    """The transition has ended, or does not wait for this."""

    REASON = "TRANSITION_NOT_OPEN"


class ApprovalRequired(WrongState):
    """The move needs approvals or a waiting time: request a transition."""

    REASON = "APPROVAL_REQUIRED"


class ApprovalNotAllowed(WrongState):
    """You may not approve this transition; `violations` says why."""

    REASON = "APPROVAL_NOT_ALLOWED"


class BindingMismatch(Conflict):
    """What the transition is about changed since it was read: read it again, decide again."""

    REASON = "BINDING_MISMATCH"


class RollbackNotPossible(WrongState):
    """There is no earlier holder to go back to, or it may not be used any more."""

    REASON = "ROLLBACK_NOT_POSSIBLE"
