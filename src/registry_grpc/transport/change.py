"""Handlers of the change log."""

from dataclasses import replace

from google.protobuf.message import Message

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.watch import wanted_from
from registry_grpc.services.change import Changes
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.change import event_message

_MOST_BYTES = 4 * 1_024 * 1_024
"""Of a reply: a client takes no more by default. Fewer events come then than were asked for."""


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
        while True:
            result = self._changes.list(query, page, wanted, request.start_revision)
            reply = pb.ListChangesResponse(
                events=map(event_message, result.items),
                next_page_token=result.next_token,
                revision=result.revision,
            )
            if page.size == 1 or reply.ByteSize() <= _MOST_BYTES:
                return reply
            page = replace(page, size=page.size // 2)


def _arguments(request: pb.ListChangesRequest) -> tuple[str, ...]:
    start, models = str(request.start_revision), str(len(request.models))
    return (request.parent, start, models, *request.models, *request.name_prefixes)
