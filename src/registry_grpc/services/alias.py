"""Use cases of aliases."""

from registry_grpc.domain.alias import MOST_ALIASES, Alias, AliasAction, AliasEntry, free_alias
from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import AliasNotFound, AliasProtected, LimitExceeded, NameInUse
from registry_grpc.domain.history import ABSENT_ETAG, Position, require_etag
from registry_grpc.domain.names import AliasName, ModelName, VersionName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.stage_graph import StageGraph
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid, parsed
from registry_grpc.services.listing import Listed, listed, number_of, text_of
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_live_model, require_model, require_revision


def require_free(graph: StageGraph, field: str, name: AliasName) -> None:
    """Raise InvalidRequest for `field` when a stage of the namespace is called so."""
    parsed(field, lambda text: free_alias(text, graph), name.alias)


def require_unrouted(tx: Transaction, name: AliasName) -> None:
    """Raise NameInUse when a route of the model has the id of an alias."""
    route = name.parent.route(name.alias)
    if tx.routes.get(route) is not None:
        raise NameInUse(str(route))


def require_allowed(graph: StageGraph, name: AliasName, version: str, stage: str) -> None:
    """Raise AliasProtected when the alias may not reference a version in this stage."""
    rule = graph.broken(name.alias, stage)
    if rule is not None:
        raise AliasProtected(str(name), version, stage, rule.stages)


def move_alias(
    tx: Transaction, actor: str, name: AliasName, target: Version, etag: str, reason: str = ""
) -> Alias:
    """Point an alias at a version; raises EtagMismatch, AliasProtected or LimitExceeded.

    Pointing it where it points already changes nothing.
    """
    head = tx.aliases.get(name)
    require_etag(name, etag, head.etag if head else ABSENT_ETAG, tx.head)
    if head is not None and head.version == target.name:
        return head
    if len(target.aliases) >= MOST_ALIASES:
        raise LimitExceeded("aliases of a version", MOST_ALIASES, len(target.aliases) + 1)
    require_allowed(tx.graphs.get(name.namespace, None), name, str(target.name), target.stage)
    return point_alias(tx, actor, name, head, target.name, reason)


def keep_protected(
    tx: Transaction,
    actor: str,
    graph: StageGraph,
    moved: Version,
    successor: Version | None,
    reason: str,
) -> None:
    """Remove the aliases that the stage of a version does not allow; its successor may get them."""
    number = moved.name.number
    model = require_model(tx, moved.name.parent)
    for alias in tx.aliases.naming(model, [number], None).get(number, ()):
        if graph.broken(alias, moved.stage) is None:
            continue
        name = moved.name.parent.alias(alias)
        head = _require_alias(tx, name)
        if successor is None or graph.broken(alias, successor.stage) is not None:
            remove_alias(tx, actor, head, reason)
        else:
            point_alias(tx, actor, name, head, successor.name, reason)


def point_alias(
    tx: Transaction,
    actor: str,
    name: AliasName,
    head: Alias | None,
    target: VersionName,
    reason: str = "",
) -> Alias:
    """Move an alias from its head to a version that it may reference."""
    previous = head.version if head else None
    alias = Alias(name, target, tx.time, actor, tx.revision)
    tx.aliases.append(AliasEntry(name, target, previous, tx.time, actor, reason, tx.revision))
    tx.record([Change(AliasAction.SET, str(name), actor, head, alias, reason)])
    return alias


def remove_alias(tx: Transaction, actor: str, head: Alias, reason: str) -> None:
    """Remove an alias; its history stays."""
    entry = AliasEntry(head.name, None, head.version, tx.time, actor, reason, tx.revision)
    tx.aliases.append(entry)
    tx.record([Change(AliasAction.DELETE, str(head.name), actor, head, None, reason)])


class Aliases:
    """Set, read and remove moving names."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    def set(
        self, call: Mutation[Alias], name: AliasName, target: Reference, etag: str, reason: str
    ) -> Done[Alias]:
        """Point an alias at a version of its model.

        Raises InvalidRequest for another model's version or the name of a stage, ModelDeleted,
        VersionNotFound, VersionDeleted, VersionYanked, VersionRevoked, EtagMismatch, NameInUse or
        AliasProtected.
        """
        check_reason(reason)
        if target.model != name.parent:
            raise invalid("version", f"is not a version of {name.parent}")

        def act(tx: Transaction) -> Alias:
            require_free(tx.graphs.get(name.namespace, None), "name", name)
            require_unrouted(tx, name)
            version = find_version(tx, target, full=False)
            version.require_followed()
            return move_alias(tx, call.actor.name, name, version, etag, reason)

        return self._mutations.change(call, act)

    def get(self, name: AliasName, seen: Position) -> Alias:
        """Return where it points; raises ModelNotFound or AliasNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            return _require_alias(tx, name)

    def list(
        self,
        query: Query,
        page: Page,
        parent: ModelName,
        seen: Position,
    ) -> Listed[Alias]:
        """Return a page, by id; raises ModelNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            model = require_model(tx, parent)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.aliases.page(model, text_of(after), limit),
                lambda row: (row.name.alias,),
            )

    def delete(self, call: Mutation[int], name: AliasName, etag: str, reason: str) -> Done[int]:
        """Remove an alias and answer the revision; raises AliasNotFound or EtagMismatch."""
        check_reason(reason)

        def act(tx: Transaction) -> int:
            require_live_model(tx, name.parent)
            head = _require_alias(tx, name)
            require_etag(name, etag, head.etag, tx.head)
            remove_alias(tx, call.actor.name, head, reason)
            return tx.revision

        return self._mutations.change(call, act)

    def history(
        self,
        query: Query,
        page: Page,
        name: AliasName,
        seen: Position,
    ) -> Listed[AliasEntry]:
        """Return a page of its moves, newest first; raises AliasNotFound if it never existed."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_model(tx, name.parent)
            result = listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.aliases.history(name, number_of(after), limit),
                lambda row: (row.revision,),
            )
        if page.after is None and not result.items:
            raise AliasNotFound(str(name))
        return result


def _require_alias(tx: Transaction, name: AliasName) -> Alias:
    require_model(tx, name.parent)
    head = tx.aliases.get(name)
    if head is None:
        raise AliasNotFound(str(name))
    return head
