"""Handlers of models."""

from collections.abc import Hashable, Sequence

from typing_extensions import override

from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import model_pb2
from registry_grpc.domain.annotation import MAX_BYTES, check_annotations
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.filter import parse_filter
from registry_grpc.domain.filter_fields import MODEL_FILTER
from registry_grpc.domain.ids import model_id
from registry_grpc.domain.limits import KIB
from registry_grpc.domain.list_order import MODEL_ORDER, parse_order
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.lookup_cache import Answer
from registry_grpc.services.model import Models
from registry_grpc.services.renaming import Renames
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.model import draft_fields, model_draft, model_message
from registry_grpc.transport.history import seen, stamped
from registry_grpc.transport.mask import map_patch, masked
from registry_grpc.transport.page import page_reply
from registry_grpc.transport.read_cache import CachedRead, Found, settled

_OUTPUT_ONLY = set(model_pb2.Model.DESCRIPTOR.fields_by_name)
_MAPS = ("labels", "annotations")
_MOST_BYTES = MAX_BYTES + 128 * KIB
"""Of the reply of GetModel: annotations, description and the rest."""
_VIEWS = frozenset(model_pb2.ModelView.values())


def _is_full(view: int) -> bool:
    if view not in _VIEWS:
        raise invalid("view", f"there is no view {view}")
    return view == model_pb2.MODEL_VIEW_FULL


class ModelHandlers:
    """CatalogService, as far as models go."""

    def __init__(self, models: Models, renames: Renames) -> None:
        self.GetModel = _GetModel(models)
        self._models = models
        self._renames = renames

    def CreateModel(self, call: Call, request: pb.CreateModelRequest) -> bytes:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        model = found.argument("model_id", model_id, request.model_id)
        draft, annotations = model_draft(request.model), request.model.annotations
        draft.check(found)
        check_annotations(found, "model.annotations", annotations)
        found.raise_if_any()
        name = ModelName(parent.value.namespace, model.value)
        mutation = call.mutation(request, model_message)
        return self._models.create(mutation, name, draft, dict(annotations)).reply

    def ListModels(self, call: Call, request: pb.ListModelsRequest) -> bytes:
        parent = parsed("parent", NamespaceName.parse, request.parent)
        where = parsed("filter", lambda text: parse_filter(text, MODEL_FILTER), request.filter)
        order = parsed("order_by", lambda text: parse_order(text, MODEL_ORDER), request.order_by)
        full = _is_full(request.view)
        arguments = (request.parent, request.filter, str(request.show_deleted), request.order_by)
        query = Query(call.method, arguments, (*(str for _ in order), str))
        with self._models.list(
            query,
            query.page(request.page_size, request.page_token),
            parent,
            where,
            show_deleted=request.show_deleted,
            full=full,
            order=order,
            seen=seen(request),
        ) as found:
            items = map(model_message, found.items)
            return page_reply(pb.ListModelsResponse, found, items, call.history)

    def UpdateModel(self, call: Call, request: pb.UpdateModelRequest) -> bytes:
        found = Violations()
        name = found.argument("model.name", ModelName.parse, request.model.name)
        mask, model = request.update_mask, request.model
        fields = masked(mask, draft_fields(model), _OUTPUT_ONLY, found, _MAPS)
        labels = map_patch(mask, "labels", model.labels, found)
        annotations = map_patch(mask, "annotations", model.annotations, found)
        found.raise_if_any()
        return self._models.update(
            call.mutation(request, model_message),
            name.value,
            model.etag,
            fields,
            labels=labels,
            annotations=annotations,
        ).reply

    def RenameModel(self, call: Call, request: pb.RenameModelRequest) -> bytes:
        found = Violations()
        name = found.argument("name", ModelName.parse, request.name)
        new = found.argument("model_id", model_id, request.model_id)
        found.raise_if_any()
        mutation = call.mutation(request, model_message)
        return self._renames.rename(
            mutation, name.value, new.value, request.etag, request.reason
        ).reply

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
    def most_bytes(self, request: pb.GetModelRequest) -> int:
        return _MOST_BYTES

    @override
    def read(self, call: Call, request: pb.GetModelRequest) -> Found:
        name = parsed("name", ModelName.parse, request.name)
        try:
            model = self._models.get(name, seen(request))
        except RegistryError as error:
            return Found([Answer(str(name), refusal=error)])
        message = stamped(model_message(model), call.history)
        if model.name == name:
            return Found([Answer(str(name), message.SerializeToString())])
        message.redirected_from = str(name)
        return Found([Answer(str(name), message.SerializeToString(), present=str(model.name))])

    @override
    def reply(self, call_id: str, request: pb.GetModelRequest, found: Found) -> bytes:
        return settled(found.answers[0])
