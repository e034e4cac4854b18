"""Use cases of lineage: traverse it, list the uses of a dataset, export it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from uuid import UUID

from registry_grpc.domain.document_budget import DocumentTooLarge
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.history import Position
from registry_grpc.domain.lineage import Direction, EdgeRole, Node, Subgraph, ThingNode
from registry_grpc.domain.names import LineageName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.work import current_work
from registry_grpc.services.dataset_impact import UsesPage, uses_page
from registry_grpc.services.lineage_node import find_node
from registry_grpc.services.lineage_token import token_role, token_uid
from registry_grpc.services.lineage_walk import Step, StepKey, Way, key_of, walk
from registry_grpc.services.listing import Listed, listed, require_page
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.lineage import LineageGraph, UseQuery
from registry_grpc.services.reading import require_namespace, require_revision
from registry_grpc.services.stage_names import require_stage

MOST_DEPTH = 100
DEFAULT_DEPTH = 10
MOST_WALKED = 10_000
MOST_EXPORTED = 2_000
_STEPS_AT_ONCE = 500
_MOST_EVENTS_OF_A_RUN = 10
_MOST_EVENT_TEXT = 1_024 * 1_024
_CHARACTERS_PER_UNIT, _UNITS_OF_AN_EDGE = 50, 10


WriteDocument = Callable[[Subgraph], str]
"""Returns a subgraph as a document; raises DocumentTooLarge beyond the size limit of documents."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The request of a walk. depth: 0 for the default. roles: all when empty."""

    node: Reference | LineageName
    direction: Direction
    depth: int = 0
    roles: Collection[EdgeRole] = ()


@dataclass(frozen=True, slots=True)
class Traversal:
    """A page of the steps of a walk. nodes: all that the steps name, by uid."""

    start: Node
    page: Listed[Step]
    nodes: Mapping[UUID, Node]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Export:
    """A document. truncated: whether it was cut at the maximum size."""

    document: str
    truncated: bool
    revision: int


class Lineages:
    """Reads lineage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def traverse(self, query: Query, page: Page, wanted: Wanted, seen: Position) -> Traversal:
        """Return a page of the walk from a node.

        Raises what `find_version` raises, LineageNodeNotFound or RevisionNotReached.
        """
        after = None if page.after is None else _step_key(page.after)
        with self._database.read() as tx:
            require_revision(tx, seen)
            head = tx.head
            require_page(page, head)
            start = find_node(tx, wanted.node)
            way = _way(start.uid, wanted, MOST_WALKED)
            found = walk(tx.lineage, way, after, page.size + 1)
            rest = iter(found.steps)
            nodes: dict[UUID, Node] = {}

            def rows(_: Key | None, limit: int) -> Sequence[Step]:
                some = list(islice(rest, limit))
                nodes.update(_ends(tx.lineage, start, some))
                return some

            steps = listed(
                query,
                page,
                head,
                rows,
                partial(_step_token, way.direction),
                at_once=_STEPS_AT_ONCE,
                measure=partial(_step_size, nodes),
            )
            return Traversal(start, steps, nodes, found.truncated and not steps.next_token)

    def uses(
        self,
        query: Query,
        page: Page,
        wanted: UseQuery,
        seen: Position,
    ) -> UsesPage:
        """Return a page of the live versions that used a dataset, or also derive from it.

        Raises NamespaceNotFound, or InvalidRequest for a stage that never existed.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, wanted.namespace)
            if wanted.stage:
                require_stage(tx, wanted.namespace, "stage", wanted.stage)
            return uses_page(tx, query, page, wanted)

    def datasets(
        self, query: Query, page: Page, wanted: UseQuery, seen: Position
    ) -> Listed[ThingNode]:
        """Return a page of the datasets with a URI or digest; raises NamespaceNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, wanted.namespace)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.lineage.datasets(wanted, _uid_after(after), limit),
                lambda node: (str(node.uid),),
            )

    def export(
        self, version: Reference, depth: int, seen: Position, write: WriteDocument
    ) -> Export:
        """Return the upstream lineage of a version as a document; raises as `find_version`."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            start = find_node(tx, version)
            way = _way(start.uid, Wanted(version, Direction.UP, depth), MOST_EXPORTED)
            found = walk(tx.lineage, way, None, MOST_EXPORTED + 1)
            steps, truncated = found.steps, found.truncated
            nodes = _ends(tx.lineage, start, steps)
            read = lru_cache(MOST_EXPORTED)(partial(_events_of, tx.lineage))
            work = current_work()
            while True:
                nodes = {uid: nodes[uid] for uid in _uids(start, steps) if uid in nodes}
                events, cut = _events(nodes, read)
                edges = [step.edge for step in steps]
                text = sum(len(event) for texts in events.values() for event in texts)
                work.take(text / _CHARACTERS_PER_UNIT + _UNITS_OF_AN_EDGE * (1 + len(edges)))
                try:
                    graph = Subgraph(start.uid, nodes, edges, events)
                    document = write(graph)
                except DocumentTooLarge:
                    # URIs may be long: if the document is too large, the nearest edges are kept.
                    steps, truncated = steps[: len(steps) // 2], True
                    continue
                return Export(document, truncated or cut, tx.revision)


def _way(start: UUID, wanted: Wanted, most: int) -> Way:
    depth = wanted.depth or DEFAULT_DEPTH
    return Way((start,), wanted.direction, frozenset(wanted.roles), depth, most)


def _ends(graph: LineageGraph, start: Node, steps: Sequence[Step]) -> Mapping[UUID, Node]:
    return {**graph.nodes(_uids(start, steps) - {start.uid}), start.uid: start}


def _uids(start: Node, steps: Sequence[Step]) -> set[UUID]:
    ends = {uid for step in steps for uid in (step.edge.source, step.edge.target)}
    return ends | {start.uid}


def _events_of(graph: LineageGraph, run: UUID) -> Sequence[str]:
    return graph.events([run], _MOST_EVENTS_OF_A_RUN)[run]


def _events(
    nodes: Mapping[UUID, Node], read: Callable[[UUID], Sequence[str]]
) -> tuple[Mapping[UUID, Sequence[str]], bool]:
    """Return the events of runs within the size bound, and whether some were left out."""
    left = _MOST_EVENT_TEXT
    found: dict[UUID, Sequence[str]] = {}
    for uid in sorted(nodes):
        node = nodes[uid]
        # An event names a job; a run without one has no events.
        if not isinstance(node, ThingNode) or not node.facts.job_name:
            continue
        texts = read(uid)
        left -= sum(map(len, texts))
        if left < 0:
            return found, True
        found[uid] = texts
    return found, False


def _step_size(nodes: Mapping[UUID, Node], step: Step) -> int:
    ends = most_encoded(nodes[step.edge.source].name) + most_encoded(nodes[step.edge.target].name)
    return most_encoded(step.edge) + most_encoded(nodes[step.node]) + ends


def _step_token(direction: Direction, step: Step) -> Key:
    depth, (before, role, beyond) = key_of(direction, step)
    return depth, str(before), role.value, str(beyond)


def _step_key(key: Key) -> StepKey:
    depth, before, role, beyond = key
    return int(depth), (token_uid(before), token_role(role), token_uid(beyond))


def _uid_after(key: Key | None) -> UUID | None:
    return None if key is None else token_uid(key[0])
