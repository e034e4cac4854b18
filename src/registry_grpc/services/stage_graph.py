"""Use cases of stage graphs."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import StageGraphInUse
from registry_grpc.domain.history import Position, require_etag
from registry_grpc.domain.id_text import folded
from registry_grpc.domain.names import NamespaceName, StageGraphName
from registry_grpc.domain.policy import Policy
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.stage_graph import (
    StageGraph,
    StageGraphAction,
    StageGraphRevision,
    default_graph,
)
from registry_grpc.domain.violations import Violations
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.stage_graph import Placed
from registry_grpc.services.reading import require_namespace, require_revision

_AT_ONCE = 200


class StageGraphs:
    """Reads and sets the stage graphs of namespaces."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    def get(self, name: StageGraphName, revision: int, seen: Position) -> StageGraphRevision:
        """Return the graph in force at `revision`, 0 for now.

        Raises NamespaceNotFound, or RevisionNotReached.
        """
        with self._database.read() as tx:
            require_revision(tx, replace(seen, revision=max(revision, seen.revision)))
            require_namespace(tx, name.namespace)
            found = tx.graphs.revision(name.namespace, revision or None)
            return found or default_graph(name)

    def set(
        self,
        call: Mutation[StageGraphRevision],
        name: StageGraphName,
        etag: str,
        graph: StageGraph,
        reason: str,
    ) -> Done[StageGraphRevision]:
        """Set the graph in force; an equal graph changes nothing.

        Raises InvalidRequest, NamespaceNotFound, EtagMismatch, or StageGraphInUse with all
        conflicts.
        """
        check_reason(reason)
        found = Violations()
        graph.check(found)
        found.raise_if_any()

        def act(tx: Transaction) -> StageGraphRevision:
            require_namespace(tx, name.namespace)
            stored = tx.graphs.revision(name.namespace, None)
            before = stored or default_graph(name)
            require_etag(name, etag, before.etag, tx.head)
            if graph == before.graph:
                return before
            causes = list(_causes(tx, name.namespace, before.graph, graph))
            if causes:
                raise StageGraphInUse(str(NamespaceName(name.namespace)), causes)
            after = StageGraphRevision(name, graph, call.actor.name, tx.time, tx.revision)
            tx.graphs.add(after)
            actor = call.actor.name
            tx.record([Change(StageGraphAction.SET, str(name), actor, stored, after, reason)])
            return after

        return self._mutations.change(call, act)


def _causes(
    tx: Transaction, namespace: str, before: StageGraph, after: StageGraph
) -> Iterator[str]:
    """Yield a sentence for each model, policy, alias and route that conflicts with `after`."""
    gone = [stage for stage in before.names if stage not in after]
    for stage in gone:
        for model, count in tx.graphs.overfull_models(namespace, stage, 0):
            yield f"stage {stage} would go, and {model} has versions in it: {count}"
    if gone:
        yield from _policy_causes(tx, namespace, gone)
    for stage in after.names:
        most = after.capacity(stage)
        if most:
            for model, count in tx.graphs.overfull_models(namespace, stage, most):
                yield f"stage {stage} would hold {most}, and {model} has versions in it: {count}"
    yield from _alias_causes(tx, namespace, before, after)


def _policy_causes(tx: Transaction, namespace: str, gone: Sequence[str]) -> Iterator[str]:
    # A policy of a missing stage would have no effect, unnoticed.
    for policy in _in_force(tx, namespace):
        for stage in gone:
            if stage in {policy.draft.from_stage, policy.draft.to_stage}:
                yield f"stage {stage} would go, and {policy.name} guards moves of it"


def _in_force(tx: Transaction, namespace: str) -> Iterator[Policy]:
    after: str | None = None
    while page := tx.policies.page(namespace, after, _AT_ONCE):
        yield from page
        after = page[-1].name.policy


def _alias_causes(
    tx: Transaction, namespace: str, before: StageGraph, after: StageGraph
) -> Iterator[str]:
    new = set(after.names) - set(before.names)
    if not new and after.alias_rules == before.alias_rules:
        return
    for placed in tx.graphs.aliases(namespace):
        yield from _placed_causes(placed, "an alias", new, after)
    for _, versions in groupby(tx.routes.placed(namespace), key=lambda one: one.name):
        causes = (_placed_causes(placed, "a route", new, after) for placed in versions)
        yield from dict.fromkeys(chain.from_iterable(causes))


def _placed_causes(
    placed: Placed, kind: str, new: Collection[str], after: StageGraph
) -> Iterator[str]:
    word = str(placed.name).rpartition("/")[2]
    if folded(word) in new:
        yield f"{folded(word)} would be a stage, and is {kind}: {placed.name}"
    rule = after.broken(word, placed.stage)
    if rule is not None:
        needs = " or ".join(rule.stages)
        yield f"{placed.name} would need a version in {needs}; it names one in {placed.stage}"
