"""Handler of copies of versions."""

from modelregistry.v1 import catalog_service_pb2 as pb
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.violations import Violations
from registry_grpc.services.version_copying import CopyOptions, VersionCopies
from registry_grpc.transport.call import Call
from registry_grpc.transport.version import full_message


class VersionCopyHandlers:
    """CatalogService, as far as copies go."""

    def __init__(self, copies: VersionCopies) -> None:
        self._copies = copies

    def CopyVersion(self, call: Call, request: pb.CopyVersionRequest) -> bytes:
        found = Violations()
        name = found.argument("parent", ModelName.parse, request.parent)
        source = found.argument("source", Reference.parse, request.source)
        options = CopyOptions(request.alias, request.alias_etag, request.create_model)
        options.check(found)
        found.raise_if_any()
        mutation = call.mutation(request, full_message)
        return self._copies.copy(mutation, name.value, source.value, options).reply
