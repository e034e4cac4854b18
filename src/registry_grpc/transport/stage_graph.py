"""Handlers of stage graphs."""

from google.protobuf.message import Message

from modelregistry.v1 import governance_service_pb2 as pb
from registry_grpc.domain.names import StageGraphName
from registry_grpc.domain.violations import invalid, parsed
from registry_grpc.services.stage_graph import StageGraphs
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.stage_graph import stage_graph_from, stage_graph_message
from registry_grpc.transport.history import seen


class StageGraphHandlers:
    """GovernanceService, as far as stage graphs go."""

    def __init__(self, graphs: StageGraphs) -> None:
        self._graphs = graphs

    def GetStageGraph(self, call: Call, request: pb.GetStageGraphRequest) -> Message:
        name = parsed("name", StageGraphName.parse, request.name)
        if request.revision < 0:
            raise invalid("revision", "must be at least 0")
        found = self._graphs.get(name, request.revision, seen(request))
        return stage_graph_message(found)

    def SetStageGraph(self, call: Call, request: pb.SetStageGraphRequest) -> bytes:
        wanted = request.stage_graph
        name = parsed("stage_graph.name", StageGraphName.parse, wanted.name)
        mutation = call.mutation(request, stage_graph_message)
        graph = stage_graph_from(wanted)
        return self._graphs.set(mutation, name, wanted.etag, graph, request.reason).reply
