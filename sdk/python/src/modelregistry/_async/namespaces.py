"""Namespaces: tenants."""

from typing import Literal

from google.protobuf.field_mask_pb2 import FieldMask

from modelregistry import names
from modelregistry._async.methods import Methods, nothing_to_change
from modelregistry._async.pager import Pager
from modelregistry._convert import catalog as convert
from modelregistry._convert import checked
from modelregistry._convert.limits import usage_from_message
from modelregistry._convert.ordering import by_name
from modelregistry._convert.page import page_of_named
from modelregistry._convert.writing import build
from modelregistry._wire.call import new_id
from modelregistry.types import Namespace, Page, Usage
from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import namespace_pb2


class NamespaceMethods(Methods):
    """Namespaces."""

    async def create_namespace(
        self,
        namespace: str,
        *,
        description: str = "",
        quota_bytes: int | None = None,
        reuse_purged_names: bool = False,
        preset: str = "",
        request_id: str = "",
    ) -> Namespace:
        """Create a namespace; raise NamespaceAlreadyExists when the id is taken.

        `quota_bytes` is its quota: 0 for no limit, None for the server's default. With
        `reuse_purged_names` a new model can get the name of a purged one. `preset="mlflow"` sets
        that, and the stages and moves that clients of MLflow expect.
        """
        request = build(
            pb.CreateNamespaceRequest,
            namespace_id=namespace,
            namespace=build(
                namespace_pb2.Namespace,
                description=description,
                quota_bytes=quota_bytes,
                reuse_purged_names=reuse_purged_names,
            ),
            preset=preset,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.CreateNamespace, request)
        return checked.named(convert.namespace_from_message(reply), names.namespace_name(namespace))

    async def get_namespace(
        self, namespace: str, *, min_revision: int = 0, history_id: str = ""
    ) -> Namespace:
        """Read a namespace; raise NamespaceNotFound."""
        request = build(
            pb.GetNamespaceRequest,
            name=names.namespace_name(namespace),
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.GetNamespace, request)
        return checked.named(convert.namespace_from_message(reply), request.name)

    async def get_usage(self, namespace: str | None = None) -> Usage:
        """Read the used bytes and the quota of a namespace; raise NamespaceNotFound."""
        request = build(artifact.GetTransferLimitsRequest, parent=self._parent(namespace))
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.artifacts.GetTransferLimits, request)
        return usage_from_message(reply)

    def list_namespaces(
        self, *, page_size: int = 0, min_revision: int = 0, history_id: str = ""
    ) -> Pager[Namespace]:
        """List the namespaces by name."""

        async def fetch(token: str) -> Page[Namespace]:
            request = build(
                pb.ListNamespacesRequest,
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.catalog.ListNamespaces, request)
            return page_of_named(
                reply, map(convert.namespace_from_message, reply.namespaces), "namespaces"
            )

        return Pager(fetch, by_name)

    async def update_namespace(
        self,
        namespace: str,
        *,
        description: str | None = None,
        quota_bytes: int | Literal["default"] | None = None,
        reuse_purged_names: bool | None = None,
        etag: str = "",
        request_id: str = "",
    ) -> Namespace:
        """Change the given fields; None leaves a field as it is.

        `quota_bytes` is the quota: 0 for no limit, `"default"` for the server's default. A quota
        below the present usage removes nothing and rejects further pushes. With `etag` the call
        succeeds only if the namespace has not changed since it was read: otherwise it raises
        EtagMismatch. Raises NamespaceNotFound.
        """
        given = {
            "description": description,
            "quota_bytes": quota_bytes,
            "reuse_purged_names": reuse_purged_names,
        }
        changes = [field for field, new in given.items() if new is not None]
        if not changes:
            raise nothing_to_change("description, quota_bytes or reuse_purged_names")
        request = build(
            pb.UpdateNamespaceRequest,
            namespace=build(
                namespace_pb2.Namespace,
                name=names.namespace_name(namespace),
                description=description or "",
                quota_bytes=None if quota_bytes == "default" else quota_bytes,
                reuse_purged_names=bool(reuse_purged_names),
                etag=etag,
            ),
            update_mask=FieldMask(paths=changes),
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.UpdateNamespace, request)
        return checked.named(convert.namespace_from_message(reply), request.namespace.name)
