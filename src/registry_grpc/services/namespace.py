"""Use cases of namespaces."""

from collections.abc import Mapping
from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.history import Position, require_etag
from registry_grpc.domain.names import NamespaceName, StageGraphName
from registry_grpc.domain.namespace import Namespace, NamespaceAction, NamespaceDraft
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.preset import PLAIN, Preset
from registry_grpc.domain.stage_graph import StageGraphAction, StageGraphRevision
from registry_grpc.domain.violations import Violations
from registry_grpc.services.listing import Listed, listed, text_of
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace, require_revision


class Namespaces:
    """Create, read and change tenants."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    def create(
        self,
        call: Mutation[Namespace],
        name: NamespaceName,
        draft: NamespaceDraft,
        preset: Preset = PLAIN,
    ) -> Done[Namespace]:
        """Create a namespace with what the preset states, in one transaction.

        Raises InvalidRequest or NamespaceAlreadyExists.
        """
        _check(draft)

        def act(tx: Transaction) -> Namespace:
            actor = call.actor.name
            reuse = draft.reuse_purged_names or preset.reuse_purged_names
            namespace = Namespace(
                name, draft.description, actor, tx.time, tx.revision, draft.quota, reuse
            )
            tx.namespaces.add(namespace)
            tx.record([Change(NamespaceAction.CREATE, str(name), actor, None, namespace)])
            if preset.graph is not None:
                space = StageGraphName(name.namespace)
                graph = StageGraphRevision(space, preset.graph, actor, tx.time, tx.revision)
                tx.graphs.add(graph)
                tx.record([Change(StageGraphAction.SET, str(space), actor, None, graph)])
            return namespace

        return self._mutations.change(call, act)

    def update(
        self,
        call: Mutation[Namespace],
        name: NamespaceName,
        etag: str,
        fields: Mapping[str, object],
    ) -> Done[Namespace]:
        """Change some fields of the draft; raises InvalidRequest, EtagMismatch, NamespaceNotFound.

        A quota that is smaller than what is held is no error: nothing goes, nothing more comes.
        """
        _check(replace(NamespaceDraft(), **fields))  # type: ignore[arg-type]

        def act(tx: Transaction) -> Namespace:
            before = require_namespace(tx, name.namespace)
            require_etag(name, etag, before.etag, tx.head)
            after = replace(before, **fields)  # type: ignore[arg-type]
            if after == before:
                return before
            after = replace(after, revision=tx.revision)
            tx.namespaces.update(after)
            tx.record([Change(NamespaceAction.UPDATE, str(name), call.actor.name, before, after)])
            return after

        return self._mutations.change(call, act)

    def get(self, name: NamespaceName, seen: Position) -> Namespace:
        """Return it; raises NamespaceNotFound or RevisionNotReached."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            return require_namespace(tx, name.namespace)

    def list(self, query: Query, page: Page, seen: Position) -> Listed[Namespace]:
        """Return a page, by id; raises RevisionNotReached."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.namespaces.page(text_of(after), limit),
                lambda row: (row.name.namespace,),
            )


def _check(draft: NamespaceDraft) -> None:
    found = Violations()
    draft.check(found)
    found.raise_if_any()
