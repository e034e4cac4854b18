"""The evaluation of the gates of a transition, at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from registry_grpc.domain.canonical import content_digest
from registry_grpc.domain.transition import Move, Need, Transition, distinct
from registry_grpc.services.gate import Gate, check_gate
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.transitions.steps import Step


@dataclass(frozen=True, slots=True)
class GateEvaluation:
    """The steps of a transition, and the gate of each."""

    steps: tuple[Step, ...]
    gates: tuple[Gate, ...]

    @property
    def blocks(self) -> bool:
        """Whether a rule of any policy blocks any step."""
        return any(gate.blocks for gate in self.gates)

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
        """The required approvals."""
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
        """The waiting time after the last approval."""
        return max((gate.wait for gate in self.gates), default=timedelta(0))

    @property
    def authors(self) -> tuple[str, ...]:
        """The principals that registered the versions."""
        return tuple(sorted({step.version.creator for step in self.steps}))

    @property
    def binding(self) -> str:
        """The binding of an approval of all steps."""
        return str(content_digest([str(gate.binding) for gate in self.gates]))


def evaluate_gates(
    tx: Transaction, steps: Sequence[Step], now: datetime, expressions: Expressions
) -> GateEvaluation:
    """Evaluate the gates of these steps; nothing is changed."""
    gates = tuple(
        check_gate(tx, step.model, step.version, step.to_stage, now, expressions) for step in steps
    )
    return GateEvaluation(tuple(steps), gates)


def renewed(transition: Transition, evaluation: GateEvaluation) -> Transition:
    """Return the transition with its present evaluation; approvals with another binding are void.

    A waiting transition is due later when its policies have a longer waiting time now.
    """
    due, longer = transition.apply_time, max(evaluation.wait - transition.wait, timedelta(0))
    return replace(
        transition,
        apply_time=None if due is None else due + longer,
        moves=evaluation.moves,
        authors=evaluation.authors,
        needs=evaluation.needs,
        wait=evaluation.wait,
        binding=evaluation.binding,
    )
