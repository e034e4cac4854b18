"""What stands between versions and the stages they shall go to, at one moment."""

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
    """Steps that are taken together, and the gate of each."""

    steps: tuple[Step, ...]
    gates: tuple[Gate, ...]

    @property
    def blocks(self) -> bool:
        """Whether the rules of any policy refuse any step."""
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


def evaluate_gates(
    tx: Transaction, steps: Sequence[Step], now: datetime, expressions: Expressions
) -> GateEvaluation:
    """Evaluate the gates of these steps; nothing is changed."""
    gates = tuple(
        check_gate(tx, step.model, step.version, step.to_stage, now, expressions) for step in steps
    )
    return GateEvaluation(tuple(steps), gates)


def renewed(transition: Transition, evaluation: GateEvaluation) -> Transition:
    """Return it with what its evaluation is now; approvals for another one do not count.

    One that waits is due later when its policies have got a longer waiting time meanwhile.
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
