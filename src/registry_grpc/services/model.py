"""Use cases of models."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from types import MappingProxyType

from registry_grpc.domain.annotation import NO_ANNOTATIONS, Annotations, check_annotations
from registry_grpc.domain.change import Change
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import ModelNotDeleted, VersionInUse
from registry_grpc.domain.filter import Node
from registry_grpc.domain.history import Position, require_etag
from registry_grpc.domain.list_order import OrderTerm, sort_text
from registry_grpc.domain.map_patch import UNCHANGED, MapPatch
from registry_grpc.domain.model import Model, ModelAction, ModelDraft
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.stage import PRODUCTION
from registry_grpc.domain.violations import Violations
from registry_grpc.services.annotation import store_annotations
from registry_grpc.services.deployment_report import served_version, serving_instances
from registry_grpc.services.listing import (
    Listed,
    filtered,
    listed,
    require_page,
    sort_values,
    text_of,
)
from registry_grpc.services.model_name import take_name
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.model_list import ModelKey, ModelQuery
from registry_grpc.services.reading import (
    find_whole_model,
    require_namespace,
    require_revision,
    require_whole_model,
)
from registry_grpc.services.reply_memory import ReplyMemory

_BY_ID = (OrderTerm("id"),)


def add_model(
    tx: Transaction,
    ids: Ids,
    actor: str,
    name: ModelName,
    draft: ModelDraft,
    annotations: Annotations = NO_ANNOTATIONS,
) -> Model:
    """Store and record a new model; raises NamespaceNotFound or ModelAlreadyExists."""
    ended = take_name(tx, name)
    model = Model(name, ids(), draft, actor, tx.time, tx.time, tx.revision, annotations=annotations)
    model = replace(model, activity_time=tx.time)
    tx.models.add(model)
    changes = store_annotations(tx, model.uid, NO_ANNOTATIONS, annotations)
    created = Change(
        ModelAction.CREATE,
        str(name),
        actor,
        None,
        model,
        annotations=changes,
        ended_redirects=ended,
    )
    tx.record([created])
    return model


class Models:
    """Create, read, change, delete and undelete series of versions."""

    def __init__(
        self, database: Database, mutations: Mutations, ids: Ids, room: ReplyMemory
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._ids = ids
        self._room = room

    def create(
        self,
        call: Mutation[Model],
        name: ModelName,
        draft: ModelDraft,
        annotations: Mapping[str, str] = MappingProxyType({}),
    ) -> Done[Model]:
        """Create a model; raises InvalidRequest, NamespaceNotFound or ModelAlreadyExists."""
        _check(draft, annotations)
        given = Annotations.of(annotations)
        return self._mutations.change(
            call, lambda tx: add_model(tx, self._ids, call.actor.name, name, draft, given)
        )

    def get(self, name: ModelName, seen: Position) -> Model:
        """Return it, also by a former name, with annotations.

        Raises ModelNotFound, RevisionNotReached.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            return find_whole_model(tx, name)

    @contextmanager
    def list(
        self,
        query: Query,
        page: Page,
        parent: NamespaceName,
        where: Node | None,
        *,
        show_deleted: bool,
        full: bool = False,
        order: Sequence[OrderTerm] = (),
        seen: Position,
    ) -> Iterator[Listed[Model]]:
        """Yield a page of those that pass the filter; raises NamespaceNotFound.

        order: by id if empty. full: with annotations, for which there is room until the block ends.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, parent.namespace)
            wanted = ModelQuery(parent.namespace, where, show_deleted)
            found = _page(tx, query, page, wanted, order, _most if full else most_encoded)
            if full:
                with self._room.building(sum(map(_most, found.items))):
                    yield replace(found, items=tx.models.with_annotations(found.items))
                return
        yield found

    def update(
        self,
        call: Mutation[Model],
        name: ModelName,
        etag: str,
        fields: Mapping[str, object],
        *,
        labels: MapPatch = UNCHANGED,
        annotations: MapPatch = UNCHANGED,
    ) -> Done[Model]:
        """Change some fields of the draft, labels and annotations.

        Raises InvalidRequest, EtagMismatch or ModelDeleted.
        """
        _check(replace(ModelDraft(), **fields))  # type: ignore[arg-type]

        def change(model: Model) -> Model:
            model.require_live()
            draft = replace(model.draft, **fields)  # type: ignore[arg-type]
            if not labels.is_empty:
                draft = replace(draft, labels=labels.apply(draft.labels))
            pairs = annotations.apply(model.annotations.pairs)
            _check(draft, pairs)
            return replace(model, draft=draft, annotations=Annotations.of(pairs))

        return self._change(call, ModelAction.UPDATE, name, etag, change)

    def delete(
        self, call: Mutation[Model], name: ModelName, etag: str, reason: str, *, force: bool
    ) -> Done[Model]:
        """Soft-delete; raises ModelDeleted, EtagMismatch or VersionInUse.

        The latter for members of ensembles of other models and, unless `force`, for a version in
        production.
        """
        check_reason(reason)

        def act(tx: Transaction) -> Model:
            model = require_whole_model(tx, name)
            model.require_live()
            require_etag(name, etag, model.etag, tx.head)
            require_no_members(tx, model)
            if not force and (holders := tx.stages.holders(model, PRODUCTION, None)):
                raise VersionInUse(str(name.version(holders[0])), [f"stage {PRODUCTION}"])
            served = None if force else served_version(tx, model)
            if served is not None:
                instances = serving_instances(tx, model, served.number)
                raise VersionInUse(str(served), instances)
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
            before = require_whole_model(tx, name)
            require_etag(name, etag, before.etag, tx.head)
            after = change(before)
            return before if after == before else _store(tx, call, action, before, after)

        return self._mutations.change(call, act)


def require_no_members(tx: Transaction, model: Model) -> None:
    """Raise VersionInUse while an ensemble of another model has a version as a member."""
    found = tx.ensembles.pinning_model(model, 1)
    if found:
        version, ensemble = found[0]
        raise VersionInUse(str(version), [f"ensemble {ensemble}"], forcible=False)


def _most(model: Model) -> int:
    return most_encoded(model) + model.annotations.size


def _page(
    tx: Transaction,
    query: Query,
    page: Page,
    wanted: ModelQuery,
    order: Sequence[OrderTerm],
    measure: Callable[[Model], int],
) -> Listed[Model]:
    few = tx.model_lists.candidates(wanted)
    if order:
        return _ordered(tx, query, page, replace(wanted, among=few), order, measure)
    if few is not None:
        return _of_few(tx, query, page, replace(wanted, among=few), measure)
    space, where = wanted.namespace, wanted.where

    def rows(after: Key | None, upto: Key | None, limit: int) -> Sequence[Model]:
        return tx.models.page(
            space,
            where,
            text_of(after),
            limit,
            show_deleted=wanted.show_deleted,
            upto=text_of(upto),
        )

    def end(after: Key | None, count: int) -> Key | None:
        last = tx.models.id_behind(space, text_of(after), count)
        return None if last is None else (last,)

    if where is not None:
        return filtered(query, page, tx.head, rows, end, _key, measure=measure)
    return listed(
        query, page, tx.head, lambda after, n: rows(after, None, n), _key, measure=measure
    )


def _ordered(
    tx: Transaction,
    query: Query,
    page: Page,
    wanted: ModelQuery,
    order: Sequence[OrderTerm],
    measure: Callable[[Model], int],
) -> Listed[Model]:
    require_page(page, tx.head)
    after = None
    if page.after is not None:
        after = ModelKey(sort_values(order, page.after[:-1]), str(page.after[-1]))
    # Without an index an order is made of all keys: so they are read once, and not by portions.
    rest = iter(tx.model_lists.ordered(wanted, order, after, page.size + 1))

    def rows(_: Key | None, limit: int) -> Sequence[Model]:
        return tx.model_lists.read(list(islice(rest, limit)))

    def key(model: Model) -> Key:
        return (*(sort_text(term.value(model)) for term in order), model.name.model)

    return listed(query, page, tx.head, rows, key, measure=measure)


def _of_few(
    tx: Transaction,
    query: Query,
    page: Page,
    wanted: ModelQuery,
    measure: Callable[[Model], int],
) -> Listed[Model]:
    """Return a page of few models, by id."""

    def rows(after: Key | None, limit: int) -> Sequence[Model]:
        key = None if after is None else ModelKey(after, str(after[0]))
        return tx.model_lists.read(tx.model_lists.ordered(wanted, _BY_ID, key, limit))

    return listed(query, page, tx.head, rows, _key, measure=measure)


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
    after = replace(after, update_time=tx.time, activity_time=tx.time, revision=tx.revision)
    tx.models.update(after)
    changes = store_annotations(tx, after.uid, before.annotations, after.annotations)
    name, actor = str(after.name), call.actor.name
    tx.record([Change(action, name, actor, before, after, reason, annotations=changes)])
    return after


def _check(draft: ModelDraft, annotations: Mapping[str, str] = MappingProxyType({})) -> None:
    found = Violations()
    draft.check(found)
    check_annotations(found, "model.annotations", annotations)
    found.raise_if_any()
