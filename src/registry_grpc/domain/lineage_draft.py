"""Edges as callers send them: with named or described nodes that are not yet looked up."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry_grpc.domain.dataset import DIGEST_BYTES, check_dataset, check_no_password
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.lineage import Approver, Code, Dataset, EdgeRole, Run, Thing
from registry_grpc.domain.names import LineageName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.violations import Violations

MOST_EDGES = 1_000
_PLACE_BYTES = 4_096
_ID_BYTES = 256

NodeDraft = Reference | LineageName | Thing
"""A version by reference, another node by name, or a node described."""


@dataclass(frozen=True, slots=True)
class EdgeDraft:
    """An edge to be recorded."""

    source: NodeDraft
    role: EdgeRole
    target: NodeDraft


def parse_node(text: str) -> Reference | LineageName:
    """Read a version's reference or another node's name; raise ValueError."""
    if "/lineage/" not in text:
        return Reference.parse(text)
    name = LineageName.parse(text)
    if name.collection == "records":
        message = f"a record is no node: {text[:200]!r}"
        raise ValueError(message)
    return name


def check_edges(found: Violations, edges: Sequence[EdgeDraft]) -> None:
    """Note what is wrong, under the paths of RecordLineageRequest."""
    found.check("edges", len(edges) <= MOST_EDGES, f"at most {MOST_EDGES:,}")
    for index, edge in enumerate(edges):
        path = f"edges[{index}]"
        stated = edge.role is EdgeRole.APPROVED_BY
        found.check(f"{path}.role", not stated, "approvals are recorded by the registry only")
        check_node(found, f"{path}.source", edge.source)
        check_node(found, f"{path}.target", edge.target)


def check_node(found: Violations, path: str, node: NodeDraft) -> None:
    """Note what is wrong with a node that is described."""
    match node:
        case Dataset(uri, digest):
            found.check(f"{path}.dataset.uri", bool(uri), "is required")
            check_dataset(found, f"{path}.dataset.uri", uri, f"{path}.dataset.digest", digest)
        case Code(repository, commit):
            found.check(f"{path}.code.commit", bool(commit), "is required")
            check_text(found, f"{path}.code.commit", commit, DIGEST_BYTES)
            check_text(found, f"{path}.code.repository", repository, _PLACE_BYTES)
            check_no_password(found, f"{path}.code.repository", repository)
        case Run(run_id):
            found.check(f"{path}.run.run_id", bool(run_id), "is required")
            check_text(found, f"{path}.run.run_id", run_id, _ID_BYTES)
        case Approver():
            found.add(path, "approvals are recorded by the registry only")
