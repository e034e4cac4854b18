"""Stage graphs."""

from modelregistry._convert import checked, times
from modelregistry._convert.writing import build
from modelregistry.types import AliasRule, Stage, StageEdge, StageGraph
from modelregistry.v1 import stage_graph_pb2 as pb


def stage_graph_from_message(message: pb.StageGraph) -> StageGraph:
    """Read a stage graph."""
    return StageGraph(
        stages=tuple(
            Stage(id=stage.id, capacity=checked.count(stage.capacity, "stages.capacity"))
            for stage in message.stages
        ),
        edges=tuple(StageEdge(source=edge.source, target=edge.target) for edge in message.edges),
        alias_rules=tuple(
            AliasRule(pattern=rule.pattern, stages=tuple(rule.stages))
            for rule in message.alias_rules
        ),
        name=checked.resource_name(message.name),
        etag=message.etag,
        updater=message.updater,
        update_time=times.of(message, "update_time"),
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def stage_graph_to_message(graph: StageGraph, name: str, etag: str) -> pb.StageGraph:
    """Write the fields of a graph that users set, under its full name."""
    return build(
        pb.StageGraph,
        name=name,
        stages=[build(pb.Stage, id=stage.id, capacity=stage.capacity) for stage in graph.stages],
        edges=[build(pb.StageEdge, source=edge.source, target=edge.target) for edge in graph.edges],
        alias_rules=[
            build(pb.AliasRule, pattern=rule.pattern, stages=rule.stages)
            for rule in graph.alias_rules
        ],
        etag=etag,
    )
