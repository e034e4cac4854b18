"""Writing of lineage within a transaction: the origin and the approvers of a version."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from registry_grpc.domain.facts import DatasetRole, VersionDetail
from registry_grpc.domain.lineage import (
    Approver,
    Code,
    Dataset,
    Edge,
    EdgeRole,
    Run,
    Thing,
    ThingNode,
    name_of,
)
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Transaction

_ROLES = {
    DatasetRole.TRAINING: EdgeRole.TRAINED_ON,
    DatasetRole.VALIDATION: EdgeRole.VALIDATED_ON,
    DatasetRole.TEST: EdgeRole.TESTED_ON,
}


def write_origin(
    tx: Transaction, version: Version, parents: Sequence[Version], members: Sequence[Version]
) -> None:
    """Store the edges of a newly registered version: inputs, parents, members and source.

    They follow from the version, so they need no event of their own.
    """
    stated = tuple(_made_of(version.detail or VersionDetail()))
    derived = [(EdgeRole.DERIVED_FROM, parent.uid) for parent in parents]
    contained = [
        Edge(uid, EdgeRole.MEMBER_OF, version.uid, tx.time, version.creator, tx.revision)
        for uid in dict.fromkeys(member.uid for member in members)
    ]
    _write(tx, version.creator, version, stated, derived, contained)


def write_approvals(
    tx: Transaction, actor: str, version: Version, principals: Iterable[str]
) -> None:
    """Store the approvers of a version, in the change that applies the transition."""
    stated = tuple((EdgeRole.APPROVED_BY, Approver(principal)) for principal in principals)
    _write(tx, actor, version, stated, [])


def _made_of(detail: VersionDetail) -> Iterator[tuple[EdgeRole, Thing]]:
    for data in detail.inputs:
        yield _ROLES[data.role], Dataset(data.uri, data.digest)
    if detail.source is not None and detail.source.run_id:
        yield EdgeRole.PRODUCED_BY, Run(detail.source.run_id)
    if detail.source is not None and detail.source.commit:
        yield EdgeRole.PRODUCED_BY, Code(detail.source.repository, detail.source.commit)


def _write(
    tx: Transaction,
    actor: str,
    version: Version,
    stated: Sequence[tuple[EdgeRole, Thing]],
    versions: Sequence[tuple[EdgeRole, UUID]],
    others: Sequence[Edge] = (),
) -> None:
    namespace = version.name.namespace
    nodes = [ThingNode(name_of(namespace, thing), thing) for _, thing in stated]
    ends = [(role, node.uid) for (role, _), node in zip(stated, nodes, strict=True)]
    edges = [
        Edge(version.uid, role, uid, tx.time, actor, tx.revision)
        for role, uid in (*ends, *versions)
    ]
    edges += others
    if edges:
        tx.lineage.add(nodes, edges)
