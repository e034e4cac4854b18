"""Changes of transitions for tests: `a_promotion(FRAUD, CREDIT)` moves a version of each."""

from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from registry_grpc.domain.change import Change
from registry_grpc.domain.names import ModelName, TransitionName
from registry_grpc.domain.transition import Move, Transition, TransitionKind, TransitionState

MOMENT = datetime(2026, 5, 3, 12, tzinfo=UTC)
_UIDS = count(1)


def a_promotion(*models: str) -> Change:
    """A request to promote version 1 of each of these models, by canonical name."""
    names = [ModelName.parse(model) for model in models]
    name = TransitionName(names[0].namespace, UUID(int=next(_UIDS)))
    asked = Transition(
        name=name,
        category=TransitionKind.PROMOTION,
        state=TransitionState.PENDING_APPROVAL,
        moves=tuple(Move(model.version(1), "none", "staging") for model in names),
        requester="ann",
        reason="better",
        create_time=MOMENT,
        expire_time=MOMENT,
        revision=1,
    )
    return Change("transition.request", str(name), "ann", None, asked, "better")
