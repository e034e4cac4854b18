"""The moves of a transition, resolved and validated."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry_grpc.domain.errors import LimitExceeded, RegistryError, TransitionNotAllowed
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.stage import ARCHIVED
from registry_grpc.domain.transition import Transition
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid
from registry_grpc.services.lookup import find_version
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_live_model

_MOST_BYTES = 16 * MIB


@dataclass(frozen=True, slots=True)
class Step:
    """One version (with detail) and its target stage."""

    model: Model
    version: Version
    to_stage: str


def wanted_steps(tx: Transaction, wanted: Sequence[tuple[Reference, str]]) -> tuple[Step, ...]:
    """Return the steps of a request.

    Raises InvalidRequest for an unknown stage, a repeated version or more versions of a model than
    the capacity of a stage, TransitionNotAllowed, VersionDeleted, VersionYanked, VersionRevoked,
    LimitExceeded, and as `find_version`.
    """
    steps = []
    for index, (reference, stage) in enumerate(wanted):
        graph = tx.graphs.get(reference.model.namespace, None)
        if stage not in graph:
            known = ", ".join(graph.names)
            path = f"moves[{index}].to_stage"
            raise invalid(path, f"must be one of {known}")
        model = require_live_model(tx, reference.model)
        version = find_version(tx, reference, full=False)
        version.require_followed()
        allowed = graph.targets(version.stage)
        if stage not in allowed:
            asked = "" if isinstance(reference.selector, ByNumber) else str(reference)
            raise TransitionNotAllowed(
                str(version.name), version.stage, stage, allowed, asked=asked
            )
        steps.append(Step(model, version, stage))
    _require_room(tx, steps)
    return _with_details(tx, steps)


def _with_details(tx: Transaction, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps with details, which are in memory for all of them together."""
    size = sum(step.version.detail_bytes for step in steps)
    if size > _MOST_BYTES:
        limit = "bytes of the records that are moved together"
        raise LimitExceeded(limit, _MOST_BYTES, size, "move fewer versions at once")
    details = tx.versions.details([step.version.uid for step in steps])
    return tuple(
        replace(step, version=replace(step.version, detail=details[step.version.uid]))
        for step in steps
    )


def _require_room(tx: Transaction, steps: Sequence[Step]) -> None:
    names = [step.version.name for step in steps]
    for index, name in enumerate(names):
        if name in names[:index]:
            path = f"moves[{index}].version"
            raise invalid(path, f"{name} is repeated")
    counts = Counter((step.model.name, step.to_stage) for step in steps)
    for (model, stage), count in counts.items():
        capacity = tx.graphs.get(model.namespace, None).capacity(stage) or count
        if count > capacity:
            message = f"{count} versions of {model} exceed the capacity of {stage}, {capacity}"
            raise invalid("moves", message)
    _require_order(tx, steps)


def _require_order(tx: Transaction, steps: Sequence[Step]) -> None:
    # A version that an earlier move displaces would move twice in one transaction.
    for index, step in enumerate(steps):
        stage, model = step.version.stage, step.model.name
        taken = any(one.model.name == model and one.to_stage == stage for one in steps[:index])
        limited = tx.graphs.get(model.namespace, None).capacity(stage)
        if taken and limited and step.to_stage != ARCHIVED:
            path = f"moves[{index}].version"
            raise invalid(path, "is after the move that replaces it: put it before that")


def recorded_steps(tx: Transaction, transition: Transition) -> tuple[tuple[Step, ...], str]:
    """Return the steps of an open transition, and why they are no longer possible, or ''."""
    steps = []
    for move in transition.moves:
        try:
            version = _version(tx, move.version)
            model = require_live_model(tx, move.version.parent)
        except RegistryError as error:
            return (), error.message
        if version.stage != move.from_stage:
            return (), f"{version.name} moved to {version.stage} meanwhile"
        steps.append(Step(model, version, move.to_stage))
        graph = tx.graphs.get(model.name.namespace, None)
        if move.to_stage not in graph.targets(version.stage):
            return (), f"the stage graph no longer allows {version.stage} to {move.to_stage}"
    try:
        _require_room(tx, steps)
    except RegistryError as error:  # a lower capacity now
        return (), error.message
    return tuple(steps), ""


def _version(tx: Transaction, name: VersionName) -> Version:
    version = find_version(tx, Reference(name.parent, ByNumber(name.number)))
    version.require_followed()
    return version
