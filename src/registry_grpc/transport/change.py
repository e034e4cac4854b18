"""Handlers of the change log."""

from google.protobuf.message import Message

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.watch import wanted_from
from registry_grpc.services.change import Changes
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.change import event_message


class ChangeHandlers:
    """LookupService, as far as recorded changes go."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def ListChanges(self, call: Call, request: pb.ListChangesRequest) -> Message:
        found = Violations()
        wanted = wanted_from(found, request.parent, request.models, request.name_prefixes)
        found.check("start_revision", request.start_revision >= 0, "may not be negative")
        found.raise_if_any()
        query = Query(call.method, _arguments(request), (int,))
        page = query.page(request.page_size, request.page_token)
        result = self._changes.list(query, page, wanted, request.start_revision)
        return pb.ListChangesResponse(
            events=map(event_message, result.items),
            next_page_token=result.next_token,
            revision=result.revision,
        )


def _arguments(request: pb.ListChangesRequest) -> tuple[str, ...]:
    start, models = str(request.start_revision), str(len(request.models))
    return (request.parent, start, models, *request.models, *request.name_prefixes)
