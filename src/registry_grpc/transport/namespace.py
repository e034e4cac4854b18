"""Handlers of namespaces."""

from google.protobuf.message import Message

from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import namespace_pb2
from registry_grpc.domain.ids import namespace_id
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.preset import preset
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.namespace import Namespaces
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.namespace import (
    draft_changes,
    draft_fields,
    namespace_draft,
    namespace_message,
)
from registry_grpc.transport.history import seen
from registry_grpc.transport.mask import masked
from registry_grpc.transport.page import page_reply

_OUTPUT_ONLY = set(namespace_pb2.Namespace.DESCRIPTOR.fields_by_name)


class NamespaceHandlers:
    """CatalogService, as far as namespaces go."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces

    def CreateNamespace(self, call: Call, request: pb.CreateNamespaceRequest) -> bytes:
        found = Violations()
        name = found.argument("namespace_id", namespace_id, request.namespace_id)
        chosen = found.argument("preset", preset, request.preset)
        found.raise_if_any()
        mutation = call.mutation(request, namespace_message)
        draft = namespace_draft(request.namespace)
        return self._namespaces.create(
            mutation, NamespaceName(name.value), draft, chosen.value
        ).reply

    def GetNamespace(self, call: Call, request: pb.GetNamespaceRequest) -> Message:
        name = parsed("name", NamespaceName.parse, request.name)
        return namespace_message(self._namespaces.get(name, seen(request)))

    def ListNamespaces(self, call: Call, request: pb.ListNamespacesRequest) -> bytes:
        query = Query(call.method, (), (str,))
        page = query.page(request.page_size, request.page_token)
        result = self._namespaces.list(query, page, seen(request))
        return page_reply(
            pb.ListNamespacesResponse, result, map(namespace_message, result.items), call.history
        )

    def UpdateNamespace(self, call: Call, request: pb.UpdateNamespaceRequest) -> bytes:
        found = Violations()
        name = found.argument("namespace.name", NamespaceName.parse, request.namespace.name)
        fields = masked(request.update_mask, draft_fields(request.namespace), _OUTPUT_ONLY, found)
        found.raise_if_any()
        mutation = call.mutation(request, namespace_message)
        changes = draft_changes(fields)
        return self._namespaces.update(mutation, name.value, request.namespace.etag, changes).reply
