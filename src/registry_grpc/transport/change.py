"""Handlers of the change log."""

from dataclasses import replace

from google.protobuf.message import Message

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.actions import action_problem
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.page import Query
from registry_grpc.domain.trail import Asked, Selection
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.watch import wanted_from
from registry_grpc.services.change import Changes
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.change import entry_message
from registry_grpc.transport.moment import given_moment

_MOST_BYTES = 3 * MIB
"""Of a reply: a client accepts 4 MiB by default. A page then has fewer events than requested."""
_MAX_ACTOR_BYTES = 256
_POSITION = ("page_size", "page_token")


class ChangeHandlers:
    """LookupService, as far as recorded changes go."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def ListChanges(self, call: Call, request: pb.ListChangesRequest) -> Message:
        asked = _asked(request)
        query = Query(call.method, (_arguments(request),), (int, int))
        page = query.page(request.page_size, request.page_token)
        while True:
            result = self._changes.list(query, page, asked)
            reply = pb.ListChangesResponse(
                events=map(entry_message, result.items),
                next_page_token=result.next_token,
                revision=result.revision,
            )
            if page.size == 1 or reply.ByteSize() <= _MOST_BYTES:
                return reply
            page = replace(page, size=page.size // 2)


def _asked(request: pb.ListChangesRequest) -> Asked:
    found = Violations()
    wanted = wanted_from(found, request.parent, request.models, request.name_prefixes)
    found.check("start_revision", request.start_revision >= 0, "may not be negative")
    check_text(found, "actor", request.actor, _MAX_ACTOR_BYTES)
    if request.action:
        problem = action_problem(request.action)
        found.check("action", not problem, problem)
    asked_for_audit = request.audit or not request.denied_only
    found.check("denied_only", asked_for_audit, "needs audit")
    start, end = (given_moment(found, request, field) for field in ("start_time", "end_time"))
    found.raise_if_any()
    return Asked(
        selection=Selection(
            wanted=wanted,
            actor=request.actor,
            action=request.action,
            denied_only=request.denied_only,
        ),
        history=request.history_id,
        start_revision=request.start_revision,
        start_time=start,
        end_time=end,
        newest_first=request.newest_first,
        audit=request.audit,
    )


def _arguments(request: pb.ListChangesRequest) -> str:
    """Return what a page token is bound to: all of the request but where it is."""
    bound = pb.ListChangesRequest()
    bound.CopyFrom(request)
    for field in _POSITION:
        bound.ClearField(field)  # type: ignore[arg-type]
    return bound.SerializeToString(deterministic=True).hex()
