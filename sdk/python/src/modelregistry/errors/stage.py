"""Refusals about stages, and the aliases that demand one."""

from modelregistry.errors.kinds import NotFound, WrongState


class StageEmpty(NotFound):
    """No version is in the stage, or was at the time asked for."""

    REASON = "STAGE_EMPTY"


class TransitionNotAllowed(WrongState):
    """The stage graph has no such edge."""

    REASON = "TRANSITION_NOT_ALLOWED"


class StageGraphInUse(WrongState):
    """The stage graph cannot be changed so; `violations` says why."""

    REASON = "STAGE_GRAPH_IN_USE"


class AliasProtected(WrongState):
    """A protected alias may name only versions in certain stages."""

    REASON = "ALIAS_PROTECTED"
