"""The use case of recording lineage: edges, or what an OpenLineage event states."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from registry_grpc.domain.change import Change
from registry_grpc.domain.lineage import (
    Edge,
    EdgeRole,
    NodeKind,
    ThingNode,
    content_uid,
    edge_problem,
    name_of,
)
from registry_grpc.domain.lineage_draft import EdgeDraft, NodeDraft
from registry_grpc.domain.lineage_record import LineageAction, LineageRecord, StatedEdge
from registry_grpc.domain.names import LineageName, NamespaceName, VersionName
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.run_event import RunEvent
from registry_grpc.domain.violations import Violations
from registry_grpc.services.lineage_node import find_thing
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_namespace


@dataclass(frozen=True, slots=True)
class _End:
    """One resolved end of an edge. thing: the node, if it may be new."""

    uid: UUID
    kind: NodeKind
    name: VersionName | LineageName
    thing: ThingNode | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """An edge with resolved ends."""

    source: _End
    role: EdgeRole
    target: _End

    @property
    def later(self) -> _End:
        """The end that was made from the other."""
        return self.target if self.role.target_is_later else self.source


class LineageRecords:
    """Records lineage."""

    def __init__(self, mutations: Mutations) -> None:
        self._mutations = mutations

    def record_edges(
        self, call: Mutation[LineageRecord], parent: NamespaceName, drafts: Sequence[EdgeDraft]
    ) -> Done[LineageRecord]:
        """Store validated edges; repeated edges return the first record.

        Raises InvalidRequest for kinds that a role cannot join, NamespaceNotFound, what
        `find_version` raises, LineageNodeNotFound.
        """

        def act(tx: Transaction) -> LineageRecord:
            require_namespace(tx, parent.namespace)
            found = _found(tx, parent, drafts)
            _check(parent, found)
            stated = sorted((str(e.source.name), e.role.value, str(e.target.name)) for e in found)
            content = [part for edge in stated for part in edge]
            name = _record_name(parent, "edges", *content)
            return _once(tx, call.actor.name, name, found, None)

        return self._mutations.change(call, act)

    def record_event(
        self, call: Mutation[LineageRecord], parent: NamespaceName, event: RunEvent
    ) -> Done[LineageRecord]:
        """Store the edges and the text of an event; a repeated event changes nothing.

        Raises like `record_edges`.
        """

        def act(tx: Transaction) -> LineageRecord:
            require_namespace(tx, parent.namespace)
            name = _record_name(parent, "event", event.text)
            known = tx.lineage.record(name.uuid)
            if known is not None:
                return known
            found = _found(tx, parent, list(_stated(event)))
            _check(parent, found)
            return _once(tx, call.actor.name, name, found, event)

        return self._mutations.change(call, act)


def _record_name(parent: NamespaceName, *content: str) -> LineageName:
    uid = content_uid(parent.namespace, "record", *content)
    return LineageName(parent.namespace, "records", uid)


def _stated(event: RunEvent) -> Iterator[EdgeDraft]:
    for item in event.inputs:
        yield EdgeDraft(event.run, item.role, _draft(item.data))
    for data in event.outputs:
        yield EdgeDraft(_draft(data), EdgeRole.PRODUCED_BY, event.run)
    if event.code is not None:
        yield EdgeDraft(event.run, EdgeRole.PRODUCED_BY, event.code)


def _draft(data: NodeDraft | VersionName) -> NodeDraft:
    if isinstance(data, VersionName):
        return Reference(data.parent, ByNumber(data.number))
    return data


def _found(tx: Transaction, parent: NamespaceName, drafts: Sequence[EdgeDraft]) -> Sequence[_Found]:
    known: dict[NodeDraft, _End] = {}

    def end(draft: NodeDraft) -> _End:
        if draft not in known:
            known[draft] = _end(tx, parent, draft)
        return known[draft]

    return [_Found(end(draft.source), draft.role, end(draft.target)) for draft in drafts]


def _end(tx: Transaction, parent: NamespaceName, draft: NodeDraft) -> _End:
    if isinstance(draft, Reference):
        version = find_version(tx, draft)
        return _End(version.uid, NodeKind.VERSION, version.name)
    if isinstance(draft, LineageName):
        node = find_thing(tx, draft)
    else:
        node = ThingNode(name_of(parent.namespace, draft), draft)
    return _End(node.uid, node.kind, node.name, node)


def _check(parent: NamespaceName, edges: Sequence[_Found]) -> None:
    found = Violations()
    for index, edge in enumerate(edges):
        path = f"edges[{index}]"
        problem = edge_problem(edge.source.kind, edge.role, edge.target.kind)
        found.check(path, not problem, problem)
        found.check(path, edge.source.uid != edge.target.uid, "leads from a node to itself")
        for end in (edge.source, edge.target):
            inside = end.name.namespace == parent.namespace
            free = end.kind is NodeKind.VERSION and end is not edge.later
            found.check(path, inside or free, f"{end.name} is not in {parent}")
    found.raise_if_any()


def _once(
    tx: Transaction,
    actor: str,
    name: LineageName,
    found: Sequence[_Found],
    event: RunEvent | None,
) -> LineageRecord:
    known = tx.lineage.record(name.uuid)
    if known is not None:
        return known
    stated = (StatedEdge(str(e.source.name), e.role, str(e.target.name)) for e in found)
    run = None if event is None else ThingNode(name_of(name.namespace, event.run), event.run)
    record = LineageRecord(
        name=name,
        edges=tuple(stated),
        recorder=actor,
        create_time=tx.time,
        revision=tx.revision,
        event_type="" if event is None else event.type,
        event_time=None if event is None else event.time,
        run=None if run is None else run.name,
    )
    things = [end.thing for edge in found for end in (edge.source, edge.target)]
    tx.lineage.add(
        [thing for thing in (*things, run) if thing is not None],
        [Edge(e.source.uid, e.role, e.target.uid, tx.time, actor, tx.revision) for e in found],
    )
    tx.lineage.add_record(record, event)
    tx.record([Change(LineageAction.RECORD, str(name), actor, None, record)])
    return record
