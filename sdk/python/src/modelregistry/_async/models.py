"""Models: named series of versions."""

from collections.abc import Mapping

from google.protobuf.field_mask_pb2 import FieldMask

from modelregistry import names
from modelregistry._async.methods import Methods, nothing_to_change
from modelregistry._async.pager import Pager
from modelregistry._convert import catalog as convert
from modelregistry._convert import checked
from modelregistry._convert.arguments import given_texts, texts
from modelregistry._convert.ordering import by_name
from modelregistry._convert.page import page_of_named
from modelregistry._convert.writing import build, invalid
from modelregistry._wire.call import new_id
from modelregistry.types import Model, Page
from modelregistry.types.version import Scalar
from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import model_pb2

_BASIC = model_pb2.ModelView.MODEL_VIEW_BASIC
_FULL = model_pb2.ModelView.MODEL_VIEW_FULL


class ModelMethods(Methods):
    """Models. `model` is `fraud`, `risk/fraud`, a full name, or a Model."""

    async def create_model(
        self,
        model: str,
        *,
        description: str = "",
        labels: Mapping[str, Scalar] | None = None,
        owner: str = "",
        annotations: Mapping[str, Scalar] | None = None,
        request_id: str = "",
    ) -> Model:
        """Create a model; raise ModelAlreadyExists when it exists, even soft-deleted."""
        parent, _, model_id = self._model(model).rpartition("/models/")
        request = build(
            pb.CreateModelRequest,
            parent=parent,
            model_id=model_id,
            model=build(
                model_pb2.Model,
                description=description,
                labels=texts("labels", labels or {}),
                owner=owner,
                annotations=texts("annotations", annotations or {}),
            ),
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.CreateModel, request)
        return checked.named(convert.model_from_message(reply), self._model(model))

    async def get_model(
        self, model: str | Model, *, min_revision: int = 0, history_id: str = ""
    ) -> Model:
        """Read a model with annotations, also a soft-deleted one, by its name or a former one.

        Read by a former name it has `redirected_from`. Raises ModelNotFound.
        """
        request = build(
            pb.GetModelRequest,
            name=self._model(model),
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.GetModel, request)
        return convert.found_model(reply, request.name)

    def list_models(
        self,
        *,
        namespace: str | None = None,
        filter: str = "",  # noqa: A002 - what the contract calls it
        order_by: str = "",
        show_deleted: bool = False,
        full: bool = False,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Model]:
        """List the models of a namespace by id; with annotations if `full`.

        `filter` is an expression such as `labels.team = "risk" AND ilike(owner, "%ann%")` over id,
        description, owner, creator, create_time, update_time, activity_time, labels and
        annotations. `order_by` is one such as `activity_time desc` of id, create_time, update_time
        and activity_time. Raises NamespaceNotFound or InvalidRequest.
        """

        async def fetch(token: str) -> Page[Model]:
            request = build(
                pb.ListModelsRequest,
                parent=self._parent(namespace),
                page_size=page_size,
                page_token=token,
                filter=filter,
                order_by=order_by,
                show_deleted=show_deleted,
                view=_FULL if full else _BASIC,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.catalog.ListModels, request)
            return page_of_named(
                reply, map(convert.model_from_message, reply.models), f"{request.parent}/models"
            )

        return Pager(fetch, None if order_by else by_name)

    async def update_model(
        self,
        model: str | Model,
        *,
        description: str | None = None,
        labels: Mapping[str, Scalar] | None = None,
        owner: str | None = None,
        annotations: Mapping[str, Scalar | None] | None = None,
        etag: str = "",
        request_id: str = "",
    ) -> Model:
        """Change the given fields; None leaves a field as it is.

        `labels` replaces all labels. `annotations` sets those given, removes those given as None,
        and keeps the others.

        With `etag` the call succeeds only if the model has not changed since it was read: otherwise
        it raises EtagMismatch. Raises ModelNotFound or ModelDeleted.
        """
        given = {"description": description, "labels": labels, "owner": owner}
        changes = [field for field, new in given.items() if new is not None]
        noted = annotations or {}
        changes += [f"annotations.{key}" for key in noted]
        if not changes:
            raise nothing_to_change("description, labels, owner or annotations")
        request = build(
            pb.UpdateModelRequest,
            model=build(
                model_pb2.Model,
                name=self._model(model),
                description=description or "",
                labels=texts("labels", labels or {}),
                owner=owner or "",
                annotations=given_texts("annotations", noted),
                etag=etag,
            ),
            update_mask=build(FieldMask, paths=changes),
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.UpdateModel, request)
        return checked.named(convert.model_from_message(reply), request.model.name)

    async def rename_model(
        self,
        model: str | Model,
        new: str,
        *,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> Model:
        """Give a model another name, with all its versions, aliases and history.

        `new` is `fraud-2`, or a name in the same namespace. Lookups by the old name lead to the
        model until another one takes that name; other calls raise ModelRenamed, with the new name
        as `metadata["model"]`. With `etag` the call succeeds only if the model has not changed
        since it was read. Raises ModelNotFound, ModelRenamed, ModelDeleted, ModelPurged,
        EtagMismatch or ModelAlreadyExists.
        """
        name = self._model(model)
        parent = name.rpartition("/")[0]
        wanted = names.model_name(new, name.split("/")[1])
        if wanted.rpartition("/")[0] != parent:
            raise invalid("new", f"must be in the namespace of {name}")
        request = build(
            pb.RenameModelRequest,
            name=name,
            model_id=wanted.rpartition("/")[2],
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.RenameModel, request)
        return checked.named(convert.model_from_message(reply), wanted)

    async def delete_model(
        self,
        model: str | Model,
        *,
        etag: str = "",
        force: bool = False,
        reason: str = "",
        request_id: str = "",
    ) -> Model:
        """Soft-delete a model: nothing resolves, nothing is lost, `undelete_model` restores it.

        Raises ModelNotFound, ModelDeleted, EtagMismatch, or VersionInUse when a version is in
        production and `force` is not set.
        """
        request = build(
            pb.DeleteModelRequest,
            name=self._model(model),
            etag=etag,
            force=force,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.DeleteModel, request)
        return checked.named(convert.model_from_message(reply), request.name)

    async def undelete_model(
        self, model: str | Model, *, etag: str = "", request_id: str = ""
    ) -> Model:
        """Restore a soft-deleted model.

        Raises ModelNotFound, ModelNotDeleted, ModelPurged or EtagMismatch.
        """
        request = build(
            pb.UndeleteModelRequest,
            name=self._model(model),
            etag=etag,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.UndeleteModel, request)
        return checked.named(convert.model_from_message(reply), request.name)

    async def purge_model(
        self,
        model: str | Model,
        *,
        versions: bool = False,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> Model:
        """Make the deletion of a model final, once all its versions are purged.

        With `versions` they are deleted and purged too, by as many calls as it takes; if it is
        interrupted, call it again. The record, history and lineage stay, and the name is never free
        again, unless the namespace has `reuse_purged_names`. Needs the role admin. Raises
        ModelNotFound, ModelNotDeleted, ModelNotEmpty or EtagMismatch.
        """
        request = build(
            pb.PurgeModelRequest,
            name=self._model(model),
            etag=etag,
            reason=reason,
            purge_versions=versions,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.PurgeModel, request)
        while versions and not reply.HasField("purge_time"):
            checked.named(convert.model_from_message(reply), request.name)
            request.request_id = new_id()  # each call purges some of them
            reply = await self._connection.unary(stubs.catalog.PurgeModel, request)
        return convert.purged_model_from_message(reply, request.name)
