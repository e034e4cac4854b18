"""What stands between versions and the stages they shall go to, at one moment."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry_grpc.domain.canonical import content_digest
from registry_grpc.domain.errors import RegistryError, TransitionNotAllowed
from registry_grpc.domain.finding import Finding
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.stage import ARCHIVED
from registry_grpc.domain.transition import Move, Need, Transition, distinct
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid
from registry_grpc.services.gate import Gate, check_gate
from registry_grpc.services.lookup import find_version
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.reading import require_live_model


@dataclass(frozen=True, slots=True)
class Step:
    """One version (with detail) and where it shall go."""

    model: Model
    version: Version
    to_stage: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Steps that are taken together, and the gate of each."""

    steps: tuple[Step, ...]
    gates: tuple[Gate, ...]

    @property
    def refuses(self) -> bool:
        """Whether the rules of any policy refuse any step."""
        return any(gate.refuses for gate in self.gates)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What every rule says of every step."""
        return tuple(finding for gate in self.gates for finding in gate.findings)

    @property
    def moves(self) -> tuple[Move, ...]:
        """The steps as a transition records them."""
        return tuple(
            Move(
                version=step.version.name,
                from_stage=step.version.stage,
                to_stage=step.to_stage,
                policies=tuple(policy.reference for policy in gate.policies),
                findings=gate.findings,
            )
            for step, gate in zip(self.steps, self.gates, strict=True)
        )

    @property
    def needs(self) -> tuple[Need, ...]:
        """What people must say."""
        return distinct(
            Need(
                policy=policy,
                requirement=wanted.id,
                meaning=wanted.meaning,
                count=wanted.count,
                roles=wanted.roles,
                allow_requester=wanted.allow_requester,
                allow_author=wanted.allow_author,
            )
            for gate in self.gates
            for policy, wanted in gate.approvals
        )

    @property
    def wait(self) -> timedelta:
        """How long to wait after the last approval."""
        return max((gate.wait for gate in self.gates), default=timedelta(0))

    @property
    def authors(self) -> tuple[str, ...]:
        """Who registered the versions."""
        return tuple(sorted({step.version.creator for step in self.steps}))

    @property
    def binding(self) -> str:
        """What an approval of all steps is bound to."""
        return str(content_digest([str(gate.binding) for gate in self.gates]))


def wanted_steps(tx: Transaction, wanted: Sequence[tuple[Reference, str]]) -> tuple[Step, ...]:
    """Return the steps that a request names.

    Raises InvalidRequest for an unknown stage, a version named twice or more versions of a model
    than a stage holds, TransitionNotAllowed, VersionDeleted, VersionYanked, VersionRevoked, and as
    `find_version`.
    """
    steps = []
    for index, (reference, stage) in enumerate(wanted):
        graph = tx.graphs.get(reference.model.namespace, None)
        if stage not in graph:
            known = ", ".join(graph.names)
            path = f"moves[{index}].to_stage"
            raise invalid(path, f"must be one of {known}")
        model = require_live_model(tx, reference.model)
        version = find_version(tx, reference)
        version.require_followed()
        allowed = graph.targets(version.stage)
        if stage not in allowed:
            raise TransitionNotAllowed(str(version.name), version.stage, stage, allowed)
        steps.append(Step(model, version, stage))
    _require_room(tx, steps)
    return tuple(steps)


def _require_room(tx: Transaction, steps: Sequence[Step]) -> None:
    names = [step.version.name for step in steps]
    for index, name in enumerate(names):
        if name in names[:index]:
            path = f"moves[{index}].version"
            raise invalid(path, f"{name} is there twice")
    crowds = Counter((step.model.name, step.to_stage) for step in steps)
    for (model, stage), count in crowds.items():
        capacity = tx.graphs.get(model.namespace, None).capacity(stage) or count
        if count > capacity:
            message = f"{count} versions of {model} into {stage}, which holds {capacity}"
            raise invalid("moves", message)
    _require_order(tx, steps)


def _require_order(tx: Transaction, steps: Sequence[Step]) -> None:
    # Who is pushed out of a stage by an earlier move would move twice in one transaction.
    for index, step in enumerate(steps):
        stage, model = step.version.stage, step.model.name
        taken = any(one.model.name == model and one.to_stage == stage for one in steps[:index])
        limited = tx.graphs.get(model.namespace, None).capacity(stage)
        if taken and limited and step.to_stage != ARCHIVED:
            path = f"moves[{index}].version"
            raise invalid(path, "comes behind the move that takes its place: put it before that")


def recorded_steps(tx: Transaction, transition: Transition) -> tuple[tuple[Step, ...], str]:
    """Return the steps of an open transition, and why they cannot be taken any more, or ''."""
    steps = []
    for move in transition.moves:
        try:
            version = _version(tx, move.version)
            model = require_live_model(tx, move.version.parent)
        except RegistryError as error:
            return (), error.message
        if version.stage != move.from_stage:
            return (), f"{version.name} has moved to {version.stage} meanwhile"
        steps.append(Step(model, version, move.to_stage))
        graph = tx.graphs.get(model.name.namespace, None)
        if move.to_stage not in graph.targets(version.stage):
            return (), f"the stages do not lead from {version.stage} to {move.to_stage} any more"
    try:
        _require_room(tx, steps)
    except RegistryError as error:  # the stages hold less by now
        return (), error.message
    return tuple(steps), ""


def _version(tx: Transaction, name: VersionName) -> Version:
    version = find_version(tx, Reference(name.parent, ByNumber(name.number)))
    version.require_followed()
    return version


def passage_of(
    tx: Transaction, steps: Sequence[Step], now: datetime, expressions: Expressions
) -> Passage:
    """Evaluate the gates of these steps; nothing is changed."""
    gates = tuple(
        check_gate(tx, step.model, step.version, step.to_stage, now, expressions) for step in steps
    )
    return Passage(tuple(steps), gates)
