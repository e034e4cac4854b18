"""Nodes that are not versions: what they are, in columns."""

import hashlib

from sqlalchemy import Row, select

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.lineage import (
    COLLECTIONS,
    Approver,
    Code,
    Dataset,
    NodeKind,
    Run,
    RunFacts,
    Thing,
    ThingNode,
)
from registry_grpc.domain.names import LineageName
from registry_grpc.persistence.lineage_tables import lineage_nodes

NODE_COLUMNS = select(
    lineage_nodes.c.uid,
    lineage_nodes.c.namespace,
    lineage_nodes.c.kind,
    lineage_nodes.c.place,
    lineage_nodes.c.pin,
)
"""The columns that `node_of` reads."""

_KINDS = {kind.value: kind for kind in NodeKind}  # thousands are read at once


def node_values(node: ThingNode) -> dict[str, object]:
    """Return the row of a node."""
    place, pin = _columns(node.thing)
    return {
        "uid": node.uid,
        "namespace": node.name.namespace,
        "kind": node.kind.value,
        "place": place,
        "place_sha256": sha256_of(place),
        "pin": pin,
    }


def node_of(row: Row[*tuple[object, ...]], facts: RunFacts | None = None) -> ThingNode:
    """Return the node of a row; facts: of a run."""
    kind = _KINDS[row.kind]
    name = LineageName(row.namespace, COLLECTIONS[kind], row.uid)
    return ThingNode(name, _thing(kind, row.place, row.pin), facts or RunFacts())


def sha256_of(place: str) -> Digest:
    """Return what stands for a place in an index."""
    return Digest(hashlib.sha256(place.encode()).hexdigest())


def _columns(thing: Thing) -> tuple[str, str]:
    match thing:
        case Dataset(uri, digest):
            return uri, digest
        case Code(repository, commit):
            return repository, commit
        case Run(run_id):
            return run_id, ""
        case Approver(principal):
            return principal, ""


def _thing(kind: NodeKind, place: str, pin: str) -> Thing:
    match kind:
        case NodeKind.DATASET:
            return Dataset(place, pin)
        case NodeKind.CODE:
            return Code(place, pin)
        case NodeKind.RUN:
            return Run(place)
        case _:
            return Approver(place)
