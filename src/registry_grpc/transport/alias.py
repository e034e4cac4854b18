"""Handlers of aliases."""

from google.protobuf.message import Message

from modelregistry.v1 import catalog_service_pb2 as pb
from registry_grpc.domain.alias import alias_word
from registry_grpc.domain.names import AliasName, ModelName
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.alias import Aliases
from registry_grpc.services.mutation import Mutation
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.alias import alias_entry_message, alias_message
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply


def _free_name(text: str) -> AliasName:
    name = AliasName.parse(text)
    alias_word(name.alias)
    return name


class AliasHandlers:
    """CatalogService, as far as aliases go."""

    def __init__(self, aliases: Aliases) -> None:
        self._aliases = aliases

    def SetAlias(self, call: Call, request: pb.SetAliasRequest) -> bytes:
        found = Violations()
        name = found.argument("name", _free_name, request.name)
        target = found.argument("version", Reference.parse, request.version)
        found.raise_if_any()
        mutation = call.mutation(request, alias_message)
        return self._aliases.set(
            mutation, name.value, target.value, request.etag, request.reason
        ).reply

    def GetAlias(self, call: Call, request: pb.GetAliasRequest) -> Message:
        name = parsed("name", AliasName.parse, request.name)
        return alias_message(self._aliases.get(name, seen(request)))

    def ListAliases(self, call: Call, request: pb.ListAliasesRequest) -> bytes:
        parent = parsed("parent", ModelName.parse, request.parent)
        query = Query(call.method, (request.parent,), (str,))
        page = query.page(request.page_size, request.page_token)
        result = self._aliases.list(query, page, parent, seen(request))
        return page_reply(
            pb.ListAliasesResponse, result, map(alias_message, result.items), call.history
        )

    def DeleteAlias(self, call: Call, request: pb.DeleteAliasRequest) -> bytes:
        name = parsed("name", AliasName.parse, request.name)
        mutation: Mutation[int] = call.mutation(
            request, lambda revision: pb.DeleteAliasResponse(revision=revision)
        )
        return self._aliases.delete(mutation, name, request.etag, request.reason).reply

    def ListAliasHistory(self, call: Call, request: pb.ListAliasHistoryRequest) -> bytes:
        name = parsed("parent", AliasName.parse, request.parent)
        query = Query(call.method, (request.parent,), (int,))
        page = query.page(request.page_size, request.page_token)
        result = self._aliases.history(query, page, name, seen(request))
        return page_reply(
            pb.ListAliasHistoryResponse,
            result,
            map(alias_entry_message, result.items),
            call.history,
        )
