"""Handlers of purges."""

from modelregistry.v1 import catalog_service_pb2 as pb
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.violations import parsed
from registry_grpc.services.purge import Purges
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.model import model_message
from registry_grpc.transport.version import full_message, require_number


class PurgeHandlers:
    """CatalogService, as far as purges go."""

    def __init__(self, purges: Purges) -> None:
        self._purges = purges

    def PurgeModel(self, call: Call, request: pb.PurgeModelRequest) -> bytes:
        name = parsed("name", ModelName.parse, request.name)
        mutation = call.mutation(request, model_message)
        return self._purges.model(
            mutation, name, request.etag, request.reason, versions=request.purge_versions
        ).reply

    def PurgeVersion(self, call: Call, request: pb.PurgeVersionRequest) -> bytes:
        reference = parsed("name", Reference.parse, request.name)
        require_number(reference)
        mutation = call.mutation(request, full_message)
        return self._purges.version(mutation, reference, request.etag, request.reason).reply
