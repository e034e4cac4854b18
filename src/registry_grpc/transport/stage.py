"""Handlers of stages."""

from modelregistry.v1 import catalog_service_pb2 as pb
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.stage import Stages
from registry_grpc.services.staged_version import StagedVersions
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.alias import stage_entry_message
from registry_grpc.transport.history import seen
from registry_grpc.transport.moment import given_moment
from registry_grpc.transport.page import page_reply
from registry_grpc.transport.version import full_message

_STAGE_BYTES = 128


class StageHandlers:
    """CatalogService, as far as stages go."""

    def __init__(self, stages: Stages, staged: StagedVersions) -> None:
        self._stages = stages
        self._staged = staged

    def SetStage(self, call: Call, request: pb.SetStageRequest) -> bytes:
        reference = parsed("name", Reference.parse, request.name)
        mutation = call.mutation(request, full_message)
        return self._stages.set(
            mutation, reference, request.stage, request.etag, request.reason
        ).reply

    def ListStagedVersions(self, call: Call, request: pb.ListStagedVersionsRequest) -> bytes:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        check_text(found, "stage", request.stage, _STAGE_BYTES)
        as_of = given_moment(found, request, "as_of")
        found.raise_if_any()
        arguments = (request.parent, request.stage, str(as_of))
        query = Query(call.method, arguments, (str, int))
        page = query.page(request.page_size, request.page_token)
        result = self._staged.list(
            *(query, page, parent.value.namespace, request.stage, as_of), seen(request)
        )
        return page_reply(
            pb.ListStagedVersionsResponse,
            result,
            map(stage_entry_message, result.items),
            call.history,
        )

    def ListStageHistory(self, call: Call, request: pb.ListStageHistoryRequest) -> bytes:
        parent = parsed("parent", ModelName.parse, request.parent)
        query = Query(call.method, (request.parent,), (int, int))
        page = query.page(request.page_size, request.page_token)
        result = self._stages.history(query, page, parent, seen(request))
        return page_reply(
            pb.ListStageHistoryResponse,
            result,
            map(stage_entry_message, result.items),
            call.history,
        )
