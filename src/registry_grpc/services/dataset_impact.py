"""The versions that a dataset affects: those that used it, and those that derive from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from registry_grpc.domain.lineage import USES, Direction, EdgeRole, ThingNode
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.services.lineage_token import token_role, token_uid
from registry_grpc.services.lineage_walk import Step, Way, walk
from registry_grpc.services.listing import Listed, listed
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.lineage import Use, UseQuery

_MOST_EDGES = 10_000
_MOST_STEPS = 100
_AT_ONCE = 500
_USED, _DERIVED = 0, 1
KEY_SHAPE = (int, int, str, str, str)
"""The types of a page's key: used or derived, steps, version, dataset, role."""


@dataclass(frozen=True, slots=True)
class UsesPage:
    """A page of uses. truncated, elsewhere: as in the contract, of the last page."""

    page: Listed[Use]
    truncated: bool = False
    elsewhere: int = 0


def uses_page(tx: Transaction, query: Query, page: Page, wanted: UseQuery) -> UsesPage:
    """Return a page of the live versions that used a dataset, then of those that derive from it."""
    derivations = _Derivations(tx, wanted)

    def rows(after: Key | None, limit: int) -> Sequence[Use]:
        found: list[Use] = []
        if after is None or after[0] == _USED:
            last = None
            if after is not None:
                last = token_uid(after[2]), token_uid(after[3]), token_role(after[4])
            found += tx.lineage.uses(wanted, last, limit)
            after = None
        if wanted.derived and len(found) < limit:
            found += derivations.uses(after, limit - len(found))
        return found

    def key(use: Use) -> Key:
        ends = (str(use.version.uid), str(use.dataset.uid), use.role.value)
        if use.derived_from is None:
            return (_USED, 0, *ends)
        return (_DERIVED, derivations.depth(use.version.uid), *ends)

    found = listed(query, page, tx.head, rows, key)
    if not wanted.derived or found.next_token:
        return UsesPage(found)
    return UsesPage(found, derivations.truncated, derivations.elsewhere)


@dataclass(frozen=True, slots=True)
class _Derived:
    """The first step to a node, and the dataset at the start."""

    step: Step
    before: UUID
    dataset: UUID


class _Derivations:
    """The walk down from the datasets; it is made when the first derived version is read."""

    def __init__(self, tx: Transaction, wanted: UseQuery) -> None:
        self._tx = tx
        self._wanted = wanted
        self.truncated = False

    def depth(self, version: UUID) -> int:
        """Return the number of steps between the dataset and a derived version."""
        return self._found[version].step.depth

    @property
    def elsewhere(self) -> int:
        """The number of derived versions in other namespaces."""
        return len(self._versions[1])

    def uses(self, after: Key | None, limit: int) -> Sequence[Use]:
        """Return derived versions after `after`, by steps and uid."""
        start = (0, UUID(int=0)) if after is None else (int(after[1]), token_uid(after[2]))
        uids = [uid for uid in self._versions[0] if (self.depth(uid), uid) > start][:limit]
        ends = {end for uid in uids for end in (self._found[uid].before, self._found[uid].dataset)}
        nodes = self._tx.lineage.nodes(ends)
        made = []
        for version in self._tx.version_lists.read(uids):
            found = self._found[version.uid]
            dataset = nodes[found.dataset]
            if isinstance(dataset, ThingNode):
                role = found.step.edge.role
                made.append(Use(version, role, dataset, nodes[found.before]))
        return made

    @cached_property
    def _found(self) -> dict[UUID, _Derived]:
        """The nodes that derive from the datasets, but for those that used them directly."""
        datasets = self._tx.lineage.datasets(self._wanted, None, _MOST_EDGES)
        starts = {node.uid for node in datasets}
        way = Way(tuple(starts), Direction.DOWN, frozenset(), _MOST_STEPS, _MOST_EDGES)
        walked = walk(self._tx.lineage, way, None, _MOST_EDGES + 1)
        self.truncated = walked.truncated or any(
            step.depth == _MOST_STEPS and not step.repeated for step in walked.steps
        )
        found: dict[UUID, _Derived] = {}
        used: set[UUID] = set()
        origin = {start: start for start in starts}
        for step in walked.steps:
            before, role = step.edge.before(Direction.DOWN), step.edge.role
            if not step.repeated:
                origin[step.node] = origin[before]
                found[step.node] = _Derived(step, before, origin[before])
            by_itself = before in starts and role in USES
            if by_itself or (before in used and role is EdgeRole.PRODUCED_BY):
                used.add(step.node)
        return {uid: one for uid, one in found.items() if uid not in used}

    @cached_property
    def _versions(self) -> tuple[Sequence[UUID], Sequence[UUID]]:
        """The live derived versions: of the namespace, by steps and uid, and of others."""
        inside: list[UUID] = []
        outside: list[UUID] = []
        uids = sorted(self._found, key=lambda uid: (self.depth(uid), uid))
        for at in range(0, len(uids), _AT_ONCE):
            some = uids[at : at + _AT_ONCE]
            namespaces = self._tx.version_lists.live(some, self._wanted.stage)
            for uid in some:
                if uid in namespaces:
                    of_this = namespaces[uid] == self._wanted.namespace
                    (inside if of_this else outside).append(uid)
        return inside, outside
