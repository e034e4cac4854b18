"""Handlers of models."""

from collections.abc import Hashable, Sequence

from typing_extensions import override

from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import model_pb2
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.filter import parse_filter
from registry_grpc.domain.filter_fields import MODEL_FILTER
from registry_grpc.domain.ids import model_id
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.lookup_cache import Answer
from registry_grpc.services.model import Models
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.model import draft_fields, model_draft, model_message
from registry_grpc.transport.history import seen, stamped
from registry_grpc.transport.mask import masked
from registry_grpc.transport.page import page_reply
from registry_grpc.transport.read_cache import CachedRead, Found, settled

_OUTPUT_ONLY = set(model_pb2.Model.DESCRIPTOR.fields_by_name)


class ModelHandlers:
    """CatalogService, as far as models go."""

    def __init__(self, models: Models) -> None:
        self.GetModel = _GetModel(models)
        self._models = models

    def CreateModel(self, call: Call, request: pb.CreateModelRequest) -> bytes:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        model = found.argument("model_id", model_id, request.model_id)
        draft = model_draft(request.model)
        draft.check(found)
        found.raise_if_any()
        name = ModelName(parent.value.namespace, model.value)
        return self._models.create(call.mutation(request, model_message), name, draft).reply

    def ListModels(self, call: Call, request: pb.ListModelsRequest) -> bytes:
        parent = parsed("parent", NamespaceName.parse, request.parent)
        where = parsed("filter", lambda text: parse_filter(text, MODEL_FILTER), request.filter)
        query = Query(
            call.method, (request.parent, request.filter, str(request.show_deleted)), (str,)
        )
        result = self._models.list(
            query,
            query.page(request.page_size, request.page_token),
            parent,
            where,
            show_deleted=request.show_deleted,
            seen=seen(request),
        )
        items = map(model_message, result.items)
        return page_reply(pb.ListModelsResponse, result, items, call.history)

    def UpdateModel(self, call: Call, request: pb.UpdateModelRequest) -> bytes:
        found = Violations()
        name = found.argument("model.name", ModelName.parse, request.model.name)
        fields = masked(request.update_mask, draft_fields(request.model), _OUTPUT_ONLY, found)
        found.raise_if_any()
        mutation = call.mutation(request, model_message)
        return self._models.update(mutation, name.value, request.model.etag, fields).reply

    def DeleteModel(self, call: Call, request: pb.DeleteModelRequest) -> bytes:
        return self._models.delete(
            call.mutation(request, model_message),
            parsed("name", ModelName.parse, request.name),
            request.etag,
            request.reason,
            force=request.force,
        ).reply

    def UndeleteModel(self, call: Call, request: pb.UndeleteModelRequest) -> bytes:
        name = parsed("name", ModelName.parse, request.name)
        return self._models.undelete(
            call.mutation(request, model_message), name, request.etag
        ).reply


class _GetModel(CachedRead):
    def __init__(self, models: Models) -> None:
        self._models = models

    @override
    def questions(self, request: pb.GetModelRequest) -> Sequence[Hashable]:
        return (("model", request.name),)

    @override
    def read(self, call: Call, request: pb.GetModelRequest) -> Found:
        name = parsed("name", ModelName.parse, request.name)
        try:
            model = self._models.get(name, seen(request))
        except RegistryError as error:
            return Found([Answer(str(name), refusal=error)])
        body = stamped(model_message(model), call.history).SerializeToString()
        return Found([Answer(str(name), body)])

    @override
    def reply(self, call_id: str, request: pb.GetModelRequest, found: Found) -> bytes:
        return settled(found.answers[0])
