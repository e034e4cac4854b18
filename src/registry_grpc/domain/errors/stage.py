"""Refusals about stages, and the aliases that demand one."""

from collections.abc import Sequence

from registry_grpc.domain.errors.kinds import NotFound, WrongState


class StageEmpty(NotFound):
    """No version of the model is in the stage (or was, at the time asked for)."""

    reason = "STAGE_EMPTY"
    resource_type = "stage"

    def __init__(self, model: str, stage: str) -> None:
        super().__init__(model, f"no version of {model} is in stage {stage!r}", stage=stage)


class TransitionNotAllowed(WrongState):
    """The stage graph has no such edge."""

    reason = "TRANSITION_NOT_ALLOWED"

    def __init__(self, version: str, source: str, target: str, allowed: Sequence[str]) -> None:
        super().__init__(
            version,
            f"{version} cannot go from stage {source!r} to {target!r}; "
            f"from here it may go to {', '.join(allowed) or 'no other stage'}",
            from_stage=source,
            to_stage=target,
        )


class StageGraphInUse(WrongState):
    """The stage graph cannot be changed so."""

    reason = "STAGE_GRAPH_IN_USE"

    def __init__(self, namespace: str, causes: Sequence[str]) -> None:
        more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
        super().__init__(
            namespace,
            f"the stages of {namespace} cannot be changed so: {causes[0]}{more}",
            causes=causes,
        )


class AliasProtected(WrongState):
    """A protected alias may name only versions in certain stages."""

    reason = "ALIAS_PROTECTED"

    def __init__(self, alias: str, version: str, stage: str, needs: Sequence[str]) -> None:
        super().__init__(
            alias,
            f"{alias} may name only a version in stage {' or '.join(needs)}; {version} is in "
            f"{stage}",
            causes=[f"needs stage {name}" for name in needs],
            stage=stage,
        )
