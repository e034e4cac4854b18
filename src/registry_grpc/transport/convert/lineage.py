"""Lineage to and from messages."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from modelregistry.v1 import lineage_pb2 as pb
from modelregistry.v1 import lineage_service_pb2
from registry_grpc.domain.lineage import (
    Approver,
    Code,
    Dataset,
    Edge,
    EdgeRole,
    Node,
    Run,
    ThingNode,
    VersionNode,
)
from registry_grpc.domain.lineage_draft import EdgeDraft, NodeDraft, parse_node
from registry_grpc.domain.lineage_record import LineageRecord
from registry_grpc.domain.violations import Violations
from registry_grpc.services.lineage_walk import Step
from registry_grpc.services.ports.lineage import Use
from registry_grpc.transport.convert.time import timestamp
from registry_grpc.transport.convert.version import STATES, version_message

_ROLES = {
    role: pb.LineageRole.ValueType(number)
    for number, role in enumerate(EdgeRole, pb.LINEAGE_ROLE_TRAINED_ON)
}
_ROLES_BACK = {message: role for role, message in _ROLES.items()}
# Keeps its place; what is noted gets nowhere.
_UNREADABLE = Run("-")


def node_message(node: Node) -> pb.LineageNode:
    """Return the message."""
    message = pb.LineageNode(name=str(node.name))
    if isinstance(node, VersionNode):
        message.version.CopyFrom(_version(node))
        return message
    match node.thing:
        case Dataset(uri, digest):
            message.dataset.CopyFrom(pb.DatasetNode(uri=uri, digest=digest))
        case Code(repository, commit):
            message.code.CopyFrom(pb.CodeNode(repository=repository, commit=commit))
        case Approver(principal):
            message.approver.CopyFrom(pb.ApproverNode(principal=principal))
        case Run():
            message.run.CopyFrom(_run(node, node.thing))
    return message


def _version(node: VersionNode) -> pb.VersionNode:
    return pb.VersionNode(
        root_digest=str(node.root_digest),
        stage=node.stage,
        state=STATES[node.state],
        creator=node.creator,
        create_time=timestamp(node.create_time),
    )


def _run(node: ThingNode, run: Run) -> pb.RunNode:
    return pb.RunNode(
        run_id=run.id,
        job_namespace=node.facts.job_namespace,
        job_name=node.facts.job_name,
        start_time=timestamp(node.facts.start_time),
        end_time=timestamp(node.facts.end_time),
        state=node.facts.state,
    )


def record_message(record: LineageRecord) -> pb.LineageRecord:
    """Return the message."""
    return pb.LineageRecord(
        name=str(record.name),
        edges=(
            pb.LineageEdge(source=edge.source, role=_ROLES[edge.role], target=edge.target)
            for edge in record.edges
        ),
        event_type=record.event_type,
        run=str(record.run or ""),
        event_time=timestamp(record.event_time),
        create_time=timestamp(record.create_time),
        recorder=record.recorder,
        revision=record.revision,
    )


def step_messages(
    steps: Sequence[Step], nodes: Mapping[UUID, Node]
) -> Iterator[lineage_service_pb2.LineageStep]:
    """Yield the messages; nodes: all that the steps name."""
    names = {uid: str(node.name) for uid, node in nodes.items()}
    for step in steps:
        yield lineage_service_pb2.LineageStep(
            depth=step.depth,
            edge=_edge(step.edge, names),
            node=node_message(nodes[step.node]),
            repeated_node=step.repeated,
        )


def _edge(edge: Edge, names: Mapping[UUID, str]) -> pb.LineageEdge:
    return pb.LineageEdge(
        source=names[edge.source],
        role=_ROLES[edge.role],
        target=names[edge.target],
        create_time=timestamp(edge.time),
        recorder=edge.recorder,
        revision=edge.revision,
    )


def use_message(use: Use) -> lineage_service_pb2.DatasetUse:
    """Return the message."""
    return lineage_service_pb2.DatasetUse(
        version=version_message(use.version, full=False),
        role=_ROLES[use.role],
        dataset=node_message(use.dataset),
        derived_from=node_message(use.derived_from) if use.derived_from else None,
    )


def drafts_from(
    messages: Sequence[lineage_service_pb2.LineageEdgeDraft], found: Violations
) -> list[EdgeDraft]:
    """Return the edges of a request; note what cannot be read."""
    return [
        EdgeDraft(
            _node_from(message.source, f"edges[{index}].source", found),
            role_from(message.role, f"edges[{index}].role", found),
            _node_from(message.target, f"edges[{index}].target", found),
        )
        for index, message in enumerate(messages)
    ]


def role_from(number: int, field: str, found: Violations) -> EdgeRole:
    """Return the role; note it when there is none with this number."""
    role = _ROLES_BACK.get(pb.LineageRole.ValueType(number))
    if role is None:
        found.add(field, "is required, as one of the roles")
    return role or EdgeRole.TRAINED_ON


def _node_from(message: pb.LineageNode, field: str, found: Violations) -> NodeDraft:
    if message.name:
        return found.parse(f"{field}.name", parse_node, message.name) or _UNREADABLE
    match message.WhichOneof("node"):
        case "dataset":
            return Dataset(message.dataset.uri, message.dataset.digest)
        case "code":
            return Code(message.code.repository, message.code.commit)
        case "run":
            return Run(message.run.run_id)
        case "version":
            found.add(field, "a version is named by a reference in `name`")
        case "approver":
            return Approver(message.approver.principal)
        case _:
            found.add(field, "is required: a name, or a data set, run or code")
    return _UNREADABLE
