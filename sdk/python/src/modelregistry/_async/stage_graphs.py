"""Stage graphs: the stages of a namespace, as data."""

from modelregistry._async.methods import Methods
from modelregistry._convert import checked
from modelregistry._convert.stage_graph import stage_graph_from_message, stage_graph_to_message
from modelregistry._convert.writing import build
from modelregistry._wire.call import new_id
from modelregistry.types import StageGraph
from modelregistry.v1 import governance_service_pb2 as pb


class StageGraphMethods(Methods):
    """Which stages there are, which moves, and what aliases demand."""

    async def stage_graph(
        self,
        namespace: str | None = None,
        *,
        revision: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> StageGraph:
        """Read the stages of a namespace, now or at a revision of the registry.

        Raises NamespaceNotFound.
        """
        request = build(
            pb.GetStageGraphRequest,
            name=f"{self._parent(namespace)}/stageGraph",
            revision=revision,
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.GetStageGraph, request)
        return checked.named(stage_graph_from_message(reply), request.name)

    async def set_stage_graph(
        self,
        graph: StageGraph,
        namespace: str | None = None,
        *,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> StageGraph:
        """Replace the stages of a namespace as a whole; equal stages change nothing.

        With `etag` the call succeeds only if the graph has not changed since it was read: otherwise
        it raises EtagMismatch. Raises NamespaceNotFound, and StageGraphInUse when existing
        versions, policies or aliases do not fit.
        """
        name = f"{self._parent(namespace)}/stageGraph"
        request = build(
            pb.SetStageGraphRequest,
            stage_graph=stage_graph_to_message(graph, name, etag),
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.SetStageGraph, request)
        return checked.named(stage_graph_from_message(reply), name)
