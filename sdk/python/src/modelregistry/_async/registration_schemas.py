"""Registration schemas: the conditions for records to be registered in a namespace."""

from modelregistry._async.methods import Methods
from modelregistry._async.pager import Pager
from modelregistry._convert import checked
from modelregistry._convert import registration_schema as convert
from modelregistry._convert.ordering import newest_number_first
from modelregistry._convert.page import page_of, page_of_one
from modelregistry._convert.writing import build
from modelregistry._wire.call import new_id
from modelregistry.types import Page, RegistrationSchema, SchemaFailure
from modelregistry.v1 import governance_service_pb2 as pb


class RegistrationSchemaMethods(Methods):
    """Registration schemas of namespaces, by default of the client's."""

    async def set_registration_schema(
        self,
        schema: RegistrationSchema,
        namespace: str | None = None,
        *,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> RegistrationSchema:
        """Enforce a schema from now on; `RegistrationSchema()` turns the check off.

        Registered versions stay; `check_registration_schema` lists those that would fail. With
        `etag` the call succeeds only if the schema has not changed since it was read: otherwise it
        raises EtagMismatch. Raises InvalidRequest with all problems of the schema, or
        NamespaceNotFound.
        """
        message = convert.schema_to_message(schema, name=self._schema(namespace), etag=etag)
        request = build(
            pb.SetRegistrationSchemaRequest,
            schema=message,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.SetRegistrationSchema, request)
        return checked.named(convert.schema_from_message(reply), message.name)

    async def registration_schema(
        self,
        namespace: str | None = None,
        *,
        number: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> RegistrationSchema:
        """Read the enforced schema, or the one with this number.

        Raises SchemaNotFound when there is none, or NamespaceNotFound.
        """
        request = build(
            pb.GetRegistrationSchemaRequest,
            name=self._schema(namespace),
            number=number,
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.GetRegistrationSchema, request)
        return checked.named(convert.schema_from_message(reply), request.name)

    def registration_schema_revisions(
        self,
        namespace: str | None = None,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[RegistrationSchema]:
        """List the schemas of a namespace, newest first."""

        async def fetch(token: str) -> Page[RegistrationSchema]:
            request = build(
                pb.ListRegistrationSchemaRevisionsRequest,
                name=self._schema(namespace),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            call = stubs.governance.ListRegistrationSchemaRevisions
            reply = await self._connection.unary(call, request)
            schemas = map(convert.schema_from_message, reply.schemas)
            return page_of_one(reply, schemas, request.name)

        return Pager(fetch, newest_number_first)

    def check_registration_schema(
        self,
        schema: RegistrationSchema | None = None,
        namespace: str | None = None,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[SchemaFailure]:
        """List the versions that do not satisfy a schema, by model and number; change nothing.

        Without `schema` it checks the enforced one. Raises InvalidRequest for an invalid schema,
        SchemaNotFound when there is none, or NamespaceNotFound.
        """

        async def fetch(token: str) -> Page[SchemaFailure]:
            request = build(
                pb.CheckRegistrationSchemaRequest,
                parent=self._parent(namespace),
                schema=None if schema is None else convert.schema_to_message(schema),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.governance.CheckRegistrationSchema, request)
            failures = tuple(map(convert.failure_from_message, reply.failures))
            for failure in failures:
                checked.below(failure.version, f"{self._parent(namespace)}/models", "version")
            return page_of(reply, failures)

        return Pager(fetch)

    def _schema(self, namespace: str | None) -> str:
        return f"{self._parent(namespace)}/registrationSchema"
