"""Superseded transitions: by a newer request, or by another move of a version."""

from registry_grpc.domain.model import Model
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.transition import Transition, TransitionState
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_model
from registry_grpc.services.transitions.record import end


def supersede_requests(tx: Transaction, actor: str, by: Transition) -> tuple[TransitionName, ...]:
    """End open transitions with a move of `by`, which replaces them, and return their names."""
    ended = list[TransitionName]()
    wanted = {(move.version, move.to_stage) for move in by.moves}
    for name in sorted({move.version for move in by.moves}):
        model = require_model(tx, name.parent)
        for found in tx.transitions.open_of(model, name.number):
            if any((move.version, move.to_stage) in wanted for move in found.moves):
                end(tx, actor, found, TransitionState.SUPERSEDED, f"{by.name} replaced it")
                ended.append(found.name)
    return tuple(ended)


def supersede_unusable(tx: Transaction, actor: str, version: Version) -> None:
    """End open transitions of a version that is no longer usable."""
    model = require_model(tx, version.name.parent)
    for found in tx.transitions.open_of(model, version.name.number):
        cause = f"{version.name} was {version.state}"
        end(tx, actor, found, TransitionState.SUPERSEDED, cause)


def supersede_moved(tx: Transaction, actor: str, model: Model, version: Version) -> None:
    """End open transitions of a version that has left their source stage."""
    for found in tx.transitions.open_of(model, version.name.number):
        if any(m.version == version.name and m.from_stage != version.stage for m in found.moves):
            cause = f"{version.name} moved to {version.stage}"
            end(tx, actor, found, TransitionState.SUPERSEDED, cause)
