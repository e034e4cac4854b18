"""The use case of renames: a model gets another name, with all that belongs to it."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.history import require_etag
from registry_grpc.domain.model import Model, ModelAction
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.transition import Move
from registry_grpc.services.model_name import take_name
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_whole_model


class Renames:
    """Renames models. What belongs to a model belongs to its uid, so little is written."""

    def __init__(self, mutations: Mutations) -> None:
        self._mutations = mutations

    def rename(
        self, call: Mutation[Model], name: ModelName, new: str, etag: str, reason: str = ""
    ) -> Done[Model]:
        """Give a model the id `new`; the one that it has changes nothing.

        Raises InvalidRequest for the reason, ModelNotFound, ModelRenamed, ModelDeleted,
        ModelPurged, EtagMismatch or ModelAlreadyExists.
        """
        check_reason(reason)
        wanted = ModelName(name.namespace, new)

        def act(tx: Transaction) -> Model:
            before = require_whole_model(tx, name)
            before.require_live()
            require_etag(name, etag, before.etag, tx.head)
            if wanted == name:
                return before
            ended = take_name(tx, wanted, before)
            after = replace(before, name=wanted, update_time=tx.time, revision=tx.revision)
            tx.model_names.rename(before, after)
            tx.models.update(after)
            _rename_moves(tx, before, wanted)
            actor = call.actor.name
            renamed = Change(
                ModelAction.RENAME,
                str(wanted),
                actor,
                before,
                after,
                reason,
                ended_redirects=ended,
            )
            tx.record([renamed])
            return after

        return self._mutations.change(call, act)


def _rename_moves(tx: Transaction, before: Model, name: ModelName) -> None:
    # An open transition finds its versions by name, and the old name can soon be another model's.
    # Those that ended keep the names under which they did.
    for transition in tx.transitions.open_moving(before):
        moves = tuple(_renamed(move, before.name, name) for move in transition.moves)
        tx.transitions.update(replace(transition, moves=moves))


def _renamed(move: Move, old: ModelName, new: ModelName) -> Move:
    if move.version.parent != old:
        return move
    alias, previous = move.alias, move.previous
    return replace(
        move,
        version=new.version(move.version.number),
        alias=None if alias is None else new.alias(alias.alias),
        previous=None if previous is None else new.version(previous.number),
    )
