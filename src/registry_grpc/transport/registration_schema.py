"""Handlers of registration schemas."""

from google.protobuf.message import Message

from modelregistry.v1 import governance_service_pb2 as pb
from registry_grpc.domain.names import NamespaceName, RegistrationSchemaName
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.registration_schema import RegistrationSchemas
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.registration_schema import (
    failure_message,
    schema_draft,
    schema_message,
)
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply

# Ten of the largest are about as much as a client takes at once by default.
_MOST_LISTED = 10
_MOST_CHECKED = 200


class RegistrationSchemaHandlers:
    """GovernanceService, as far as registration schemas go."""

    def __init__(self, schemas: RegistrationSchemas) -> None:
        self._schemas = schemas

    def SetRegistrationSchema(self, call: Call, request: pb.SetRegistrationSchemaRequest) -> bytes:
        found = Violations()
        name = found.argument("schema.name", RegistrationSchemaName.parse, request.schema.name)
        draft = schema_draft(request.schema, found)
        found.raise_if_any()
        mutation = call.mutation(request, schema_message)
        return self._schemas.set(
            mutation, name.value, draft, request.schema.etag, request.reason
        ).reply

    def GetRegistrationSchema(
        self, call: Call, request: pb.GetRegistrationSchemaRequest
    ) -> Message:
        found = Violations()
        name = found.argument("name", RegistrationSchemaName.parse, request.name)
        found.check("number", request.number >= 0, "may not be negative")
        found.raise_if_any()
        schema = self._schemas.get(name.value, request.number, seen(request))
        return schema_message(schema)

    def ListRegistrationSchemaRevisions(
        self, call: Call, request: pb.ListRegistrationSchemaRevisionsRequest
    ) -> bytes:
        name = parsed("name", RegistrationSchemaName.parse, request.name)
        query = Query(call.method, (request.name,), (int,))
        page = query.page(
            request.page_size, request.page_token, default=_MOST_LISTED, most=_MOST_LISTED
        )
        result = self._schemas.history(query, page, name, seen(request))
        return page_reply(
            pb.ListRegistrationSchemaRevisionsResponse,
            result,
            map(schema_message, result.items),
            call.history,
        )

    def CheckRegistrationSchema(
        self, call: Call, request: pb.CheckRegistrationSchemaRequest
    ) -> Message:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        proposed = request.HasField("schema")
        draft = schema_draft(request.schema, found) if proposed else None
        found.raise_if_any()
        name = RegistrationSchemaName(parent.value.namespace)
        query = Query(call.method, (request.parent, _fingerprint(request)), (str, int))
        page = query.page(request.page_size, request.page_token, most=_MOST_CHECKED)
        result = self._schemas.check(query, page, name, draft, seen(request))
        return pb.CheckRegistrationSchemaResponse(
            failures=map(failure_message, result.failures),
            checked_count=result.count,
            next_page_token=result.next_token,
            revision=result.revision,
        )


def _fingerprint(request: pb.CheckRegistrationSchemaRequest) -> str:
    if not request.HasField("schema"):
        return ""
    return request.schema.SerializeToString(deterministic=True).hex()
