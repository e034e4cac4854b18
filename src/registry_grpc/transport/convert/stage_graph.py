"""Stage graphs to and from messages."""

from modelregistry.v1 import stage_graph_pb2
from registry_grpc.domain.stage_graph import (
    AliasRule,
    Stage,
    StageEdge,
    StageGraph,
    StageGraphRevision,
)
from registry_grpc.transport.convert.time import timestamp


def stage_graph_message(found: StageGraphRevision) -> stage_graph_pb2.StageGraph:
    """Return the message."""
    graph = found.graph
    return stage_graph_pb2.StageGraph(
        name=str(found.name),
        stages=[
            stage_graph_pb2.Stage(id=stage.id, capacity=stage.capacity) for stage in graph.stages
        ],
        edges=[
            stage_graph_pb2.StageEdge(source=edge.source, target=edge.target)
            for edge in graph.edges
        ],
        alias_rules=[
            stage_graph_pb2.AliasRule(pattern=rule.pattern, stages=rule.stages)
            for rule in graph.alias_rules
        ],
        etag=found.etag,
        updater=found.actor,
        update_time=None if found.time is None else timestamp(found.time),
        revision=found.revision,
    )


def stage_graph_from(message: stage_graph_pb2.StageGraph) -> StageGraph:
    """Return what people write of it."""
    return StageGraph(
        stages=tuple(Stage(stage.id, stage.capacity) for stage in message.stages),
        edges=tuple(StageEdge(edge.source, edge.target) for edge in message.edges),
        alias_rules=tuple(
            AliasRule(rule.pattern, tuple(rule.stages)) for rule in message.alias_rules
        ),
    )
