"""Lineage: nodes, edges, records and walks."""

from modelregistry._convert import checked, times
from modelregistry._convert.page import page_of
from modelregistry._convert.version import state_from_number, version_from_message
from modelregistry._convert.writing import build, enum_number
from modelregistry.types import (
    ApproverNode,
    CodeNode,
    DatasetNode,
    DatasetUse,
    DatasetUsePage,
    LineageEdge,
    LineageRecord,
    LineageRole,
    LineageStep,
    RunNode,
    UnknownNode,
    VersionNode,
)
from modelregistry.types.lineage import LineageNode
from modelregistry.v1 import lineage_pb2 as pb
from modelregistry.v1 import lineage_service_pb2


def node_from_message(message: pb.LineageNode) -> LineageNode:
    """Read a node."""
    name = checked.resource_name(message.name)
    match message.WhichOneof("node"):
        case "version":
            version = message.version
            return VersionNode(
                name=name,
                root_digest=checked.digest_or_none(version.root_digest, "root_digest"),
                stage=version.stage,
                state=state_from_number(version.state),
                creator=version.creator,
                create_time=times.of(version, "create_time"),
            )
        case "dataset":
            return dataset_from_message(message)
        case "run":
            return _run(message)
        case "code":
            code = message.code
            return CodeNode(name=name, repository=code.repository, commit=code.commit)
        case "approver":
            return ApproverNode(name=name, principal=message.approver.principal)
        case _:
            return UnknownNode(name=name)


def dataset_from_message(message: pb.LineageNode) -> DatasetNode:
    """Read a dataset."""
    data = message.dataset
    return DatasetNode(name=checked.resource_name(message.name), uri=data.uri, digest=data.digest)


def _run(message: pb.LineageNode) -> RunNode:
    run = message.run
    return RunNode(
        name=message.name,
        run_id=run.run_id,
        job_namespace=run.job_namespace,
        job_name=run.job_name,
        start_time=times.of(run, "start_time"),
        end_time=times.of(run, "end_time"),
        state=run.state,
    )


def node_to_message(node: str | LineageNode) -> pb.LineageNode:
    """Write an end of an edge to record: a name or reference, or a description."""
    match node:
        case DatasetNode():
            return build(
                pb.LineageNode, dataset=build(pb.DatasetNode, uri=node.uri, digest=node.digest)
            )
        case RunNode():
            return build(pb.LineageNode, run=build(pb.RunNode, run_id=node.run_id))
        case CodeNode():
            code = build(pb.CodeNode, repository=node.repository, commit=node.commit)
            return build(pb.LineageNode, code=code)
        case str():
            return build(pb.LineageNode, name=node)
        case _:
            return build(pb.LineageNode, name=node.name)


def role_from_number(number: int) -> LineageRole | int:
    """Return the role, or the number itself when this release does not know it."""
    return LineageRole(number) if number in set(LineageRole) else number


def role_to_message(role: LineageRole | int) -> pb.LineageRole.ValueType:
    """Write a role."""
    return pb.LineageRole.ValueType(enum_number("role", role))


def edge_from_message(message: pb.LineageEdge) -> LineageEdge:
    """Read an edge as recorded."""
    return LineageEdge(
        source=checked.resource_name(message.source, "source"),
        role=role_from_number(message.role),
        target=checked.resource_name(message.target, "target"),
        create_time=times.of(message, "create_time"),
        recorder=message.recorder,
        revision=checked.revision(message.revision),
    )


def record_from_message(message: pb.LineageRecord) -> LineageRecord:
    """Read what one call recorded."""
    return LineageRecord(
        name=checked.resource_name(message.name),
        edges=tuple(map(edge_from_message, message.edges)),
        event_type=message.event_type,
        run=message.run,
        event_time=times.of(message, "event_time"),
        create_time=times.of(message, "create_time"),
        recorder=message.recorder,
        revision=checked.revision(message.revision),
    )


def step_from_message(message: lineage_service_pb2.LineageStep) -> LineageStep:
    """Read one step of a walk."""
    return LineageStep(
        depth=checked.count(message.depth, "depth"),
        edge=edge_from_message(message.edge),
        node=node_from_message(message.node),
        repeated=message.repeated_node,
    )


def uses_page(
    reply: lineage_service_pb2.FindVersionsByDatasetResponse, parent: str
) -> DatasetUsePage:
    """Read a page of uses by versions of the requested parent."""
    page = page_of(reply, map(use_from_message, reply.uses))
    for use in page.items:
        checked.below(use.version.name, f"{parent}/models", "version")
    return DatasetUsePage(
        items=page.items,
        next_page_token=page.next_page_token,
        revision=page.revision,
        history_id=page.history_id,
        truncated=reply.truncated,
        elsewhere=checked.count(reply.elsewhere, "elsewhere"),
    )


def use_from_message(message: lineage_service_pb2.DatasetUse) -> DatasetUse:
    """Read that a version used a dataset, or derives from it."""
    derived = message.HasField("derived_from")
    return DatasetUse(
        version=version_from_message(message.version),
        role=role_from_number(message.role),
        dataset=dataset_from_message(message.dataset),
        derived_from=node_from_message(message.derived_from) if derived else None,
    )
