"""Namespaces: tenants."""

from modelregistry import names
from modelregistry._async.methods import Methods
from modelregistry._async.pager import Pager
from modelregistry._convert import catalog as convert
from modelregistry._wire.call import new_id
from modelregistry.types import Namespace, Page
from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import namespace_pb2


class NamespaceMethods(Methods):
    """Namespaces."""

    async def create_namespace(self, namespace: str, *, description: str = "") -> Namespace:
        """Create a namespace; NamespaceAlreadyExists when there is one of this id."""
        request = pb.CreateNamespaceRequest(
            namespace_id=namespace,
            namespace=namespace_pb2.Namespace(description=description),
            request_id=new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.CreateNamespace, request)
        return convert.namespace_from_message(reply)

    async def get_namespace(self, namespace: str, *, min_revision: int = 0) -> Namespace:
        """Read a namespace; NamespaceNotFound when there is none."""
        request = pb.GetNamespaceRequest(
            name=names.namespace_name(namespace), min_revision=min_revision
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.GetNamespace, request)
        return convert.namespace_from_message(reply)

    def list_namespaces(self, *, page_size: int = 0, min_revision: int = 0) -> Pager[Namespace]:
        """List the namespaces by name."""

        async def fetch(token: str) -> Page[Namespace]:
            request = pb.ListNamespacesRequest(
                page_size=page_size, page_token=token, min_revision=min_revision
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.catalog.ListNamespaces, request)
            return Page(
                items=tuple(map(convert.namespace_from_message, reply.namespaces)),
                next_page_token=reply.next_page_token,
                revision=reply.revision,
            )

        return Pager(fetch)
