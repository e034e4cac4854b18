"""Use cases of models."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import ModelNotDeleted, VersionInUse
from registry_grpc.domain.filter import Node
from registry_grpc.domain.history import Position, require_etag
from registry_grpc.domain.model import Model, ModelAction, ModelDraft
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.stage import PRODUCTION
from registry_grpc.domain.violations import Violations
from registry_grpc.services.listing import Listed, filtered, listed, text_of
from registry_grpc.services.model_name import require_unused
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import (
    require_live_model,
    require_model,
    require_namespace,
    require_revision,
)


def add_model(tx: Transaction, ids: Ids, actor: str, name: ModelName, draft: ModelDraft) -> Model:
    """Store and record a new model; raises NamespaceNotFound or ModelAlreadyExists."""
    require_namespace(tx, name.namespace)
    require_unused(tx, name)
    model = Model(name, ids(), draft, actor, tx.time, tx.time, tx.revision)
    tx.models.add(model)
    tx.record([Change(ModelAction.CREATE, str(name), actor, None, model)])
    return model


class Models:
    """Create, read, change, delete and undelete series of versions."""

    def __init__(self, database: Database, mutations: Mutations, ids: Ids) -> None:
        self._database = database
        self._mutations = mutations
        self._ids = ids

    def create(self, call: Mutation[Model], name: ModelName, draft: ModelDraft) -> Done[Model]:
        """Create a model; raises InvalidRequest, NamespaceNotFound or ModelAlreadyExists."""
        _check(draft)
        return self._mutations.change(
            call, lambda tx: add_model(tx, self._ids, call.actor.name, name, draft)
        )

    def get(self, name: ModelName, seen: Position) -> Model:
        """Return it, also soft-deleted; raises ModelNotFound, RevisionNotReached."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            return require_model(tx, name)

    def list(
        self,
        query: Query,
        page: Page,
        parent: NamespaceName,
        where: Node | None,
        *,
        show_deleted: bool,
        seen: Position,
    ) -> Listed[Model]:
        """Return a page of those that pass the filter, by id; raises NamespaceNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, parent.namespace)

            def rows(after: Key | None, upto: Key | None, limit: int) -> Sequence[Model]:
                return tx.models.page(
                    parent.namespace,
                    where,
                    text_of(after),
                    limit,
                    show_deleted=show_deleted,
                    upto=text_of(upto),
                )

            def end(after: Key | None, count: int) -> Key | None:
                last = tx.models.id_behind(parent.namespace, text_of(after), count)
                return None if last is None else (last,)

            if where is not None:
                return filtered(query, page, tx.head, rows, end, _key)
            return listed(query, page, tx.head, lambda after, n: rows(after, None, n), _key)

    def update(
        self, call: Mutation[Model], name: ModelName, etag: str, fields: Mapping[str, object]
    ) -> Done[Model]:
        """Change some fields of the draft; raises InvalidRequest, EtagMismatch, ModelDeleted."""
        _check(replace(ModelDraft(), **fields))  # type: ignore[arg-type]

        def change(model: Model) -> Model:
            model.require_live()
            return replace(model, draft=replace(model.draft, **fields))  # type: ignore[arg-type]

        return self._change(call, ModelAction.UPDATE, name, etag, change)

    def delete(
        self, call: Mutation[Model], name: ModelName, etag: str, reason: str, *, force: bool
    ) -> Done[Model]:
        """Soft-delete; raises ModelDeleted, EtagMismatch, or VersionInUse unless `force`."""
        check_reason(reason)

        def act(tx: Transaction) -> Model:
            model = require_live_model(tx, name)
            require_etag(name, etag, model.etag, tx.head)
            if not force and (holders := tx.stages.holders(model, PRODUCTION, None)):
                raise VersionInUse(str(name.version(holders[0])), [f"stage {PRODUCTION}"])
            return _store(
                tx, call, ModelAction.DELETE, model, replace(model, delete_time=tx.time), reason
            )

        return self._mutations.change(call, act)

    def undelete(self, call: Mutation[Model], name: ModelName, etag: str) -> Done[Model]:
        """Bring a soft-deleted model back; raises ModelNotDeleted, ModelPurged or EtagMismatch."""

        def change(model: Model) -> Model:
            model.require_unpurged()
            if model.delete_time is None:
                raise ModelNotDeleted(str(name))
            return replace(model, delete_time=None)

        return self._change(call, ModelAction.UNDELETE, name, etag, change)

    def _change(
        self,
        call: Mutation[Model],
        action: ModelAction,
        name: ModelName,
        etag: str,
        change: Callable[[Model], Model],
    ) -> Done[Model]:
        def act(tx: Transaction) -> Model:
            before = require_model(tx, name)
            require_etag(name, etag, before.etag, tx.head)
            after = change(before)
            return before if after == before else _store(tx, call, action, before, after)

        return self._mutations.change(call, act)


def _key(model: Model) -> Key:
    return (model.name.model,)


def _store(
    tx: Transaction,
    call: Mutation[Model],
    action: ModelAction,
    before: Model,
    after: Model,
    reason: str = "",
) -> Model:
    after = replace(after, update_time=tx.time, revision=tx.revision)
    tx.models.update(after)
    tx.record([Change(action, str(after.name), call.actor.name, before, after, reason)])
    return after


def _check(draft: ModelDraft) -> None:
    found = Violations()
    draft.check(found)
    found.raise_if_any()
